import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Conflict } from '../../common/conflict.ts'
import { KEPT_AREA } from '../../common/kept-area.ts'
import type { Action, Entry, FolderId } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import type { DecidedItem, Decision } from '../../common/protocol.ts'
import { createPool } from '../../main/pool.ts'
import { ConflictBench } from '../fakes/conflict-bench.ts'
import { textsBelow } from '../fakes/files-below.ts'
import { contentOf, startS3Fixture, type S3Fixture } from '../fakes/s3/harness.ts'

const CALLER = { transport: 'direct' } as const
const SIGNAL = new AbortController().signal
const FOLDER: Entry = { path: toRelPath('thing'), kind: 'directory', size: 0, mtimeNs: 0n }
const BELOW = { 'thing/one': 'one', 'thing/deep/two': 'two' }

const REFUSED = {
  operation: 'CopyObject',
  nth: 1,
  times: 1,
  action: { kind: 'status', status: 400, code: 'InvalidRequest' },
} as const

let s3: S3Fixture
let bench: ConflictBench
beforeEach(async () => {
  s3 = await startS3Fixture({ prefix: 'shared' })
  bench = await ConflictBench.open(createPool({ threads: 1 }), s3.provider)
})
afterEach(async () => {
  await bench.close()
  await s3.close()
})

const folderId = (): FolderId => bench.folder.id as FolderId

function putThere(path: string, text: string): Promise<unknown> {
  const options = { metadata: { mtimeNs: 1_000_000_000n }, expect: { kind: 'any' }, signal: SIGNAL } as const
  return s3.provider.put(toRelPath(path), contentOf(text), options)
}

async function moveThere(from: string, to: string): Promise<void> {
  const { path, etag } = await bench.stat('target', from)
  await s3.provider.features.move!(path, toRelPath(to), { expect: { kind: 'etag', etag: etag! }, signal: SIGNAL })
}

/** The bucket's objects below the prefix; of what is put away, the path it had. */
function there(): {
  readonly objects: Readonly<Record<string, string>>
  readonly kept: Readonly<Record<string, string>>
} {
  const bucket = s3.server.buckets.get(s3.bucket)!
  const found = bucket.keys().flatMap((key) => {
    const version = bucket.current(key)
    return version === undefined
      ? []
      : [[key.slice('shared/'.length), Buffer.from(version.content.bytes()).toString()] as const]
  })
  const isKept = ([path]: readonly [string, string]): boolean => path.startsWith(`${KEPT_AREA}/`)
  const own = found.filter(([path]) => !path.startsWith('.tidekeep/'))
  const kept = found.filter(isKept).map(([path, text]) => [path.split('/').slice(3).join('/'), text] as const)
  return { objects: Object.fromEntries(own), kept: Object.fromEntries(kept) }
}

const here = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(textsBelow(join(bench.root, 'source'))).filter(([path]) => !path.startsWith('.tidekeep/')),
  )

/** Carries out what a pass planned, as *execute* and *record* do. */
async function carryOut(action: Action): Promise<void> {
  bench.store.queue.enqueue(folderId(), [{ action, lane: 'small' }])
  await bench.executeAll()
}

/** As the diff of a listing has it: a file here, and objects below its name there. */
async function conflicted(): Promise<Conflict> {
  bench.write('source', 'thing', 'the file')
  for (const [path, text] of Object.entries(BELOW)) await putThere(path, text)
  return found()
}

async function found(): Promise<Conflict> {
  const base = bench.store.baseline.get(folderId(), FOLDER.path)
  const local = bench.scanned('thing')
  await carryOut({
    kind: 'settle',
    path: FOLDER.path,
    local,
    remote: FOLDER,
    expect: { kind: 'any' },
    ...(base && { base }),
  })
  return bench.store.conflicts.at(folderId(), FOLDER.path)!
}

async function decide(decision: Decision, conflict: Conflict): Promise<DecidedItem> {
  const request = { decision, conflicts: [bench.shown(conflict)], dryRun: false }
  return (await bench.handlers['conflicts.resolve'](request, CALLER)).items[0]!
}

async function undo({ id }: Conflict): Promise<DecidedItem> {
  return (await bench.handlers['conflicts.undo']({ ids: [id] }, CALLER)).items[0]!
}

describe('a file here against what a bucket holds below its name', () => {
  it('is a conflict that touches nothing, and offers the same choices', async () => {
    const conflict = await conflicted()
    expect(conflict).toMatchObject({ kind: 'type', local: { entry: { kind: 'file' } }, remote: { entry: FOLDER } })
    const detail = await bench.handlers['conflicts.show']({ id: conflict.id, fetch: false }, CALLER)
    expect(detail).toMatchObject({
      choices: ['keep-local', 'keep-remote', 'keep-both'],
      evidence: { kind: 'folder', at: 'remote', files: 2, bytes: 6 },
    })
    expect(detail.conflict).toMatchObject({ newer: 'neither' })
    expect(detail.conflict.remote).not.toHaveProperty('mtimeMs')
    expect([here(), there()]).toEqual([{ thing: 'the file' }, { objects: BELOW, kept: {} }])
  })

  it('keeps the file: what lies below is put away whole, and comes back', async () => {
    const conflict = await conflicted()
    expect(await decide({ kind: 'keep-local' }, conflict)).toMatchObject({ outcome: 'decided' })
    await bench.executeAll()
    expect(there()).toEqual({ objects: { thing: 'the file' }, kept: BELOW })
    expect(await undo(conflict)).toMatchObject({ outcome: 'reopened', conflict: { state: 'open', kind: 'type' } })
    expect(there()).toEqual({ objects: BELOW, kept: { thing: 'the file' } })
    expect(here()).toEqual({ thing: 'the file' })
    expect(bench.store.baseline.get(folderId(), FOLDER.path)).toBeUndefined()
  })

  it('keeps what lies below: the file is put away, nothing is agreed on of the folder, and it comes back', async () => {
    const conflict = await conflicted()
    await decide({ kind: 'keep-remote' }, conflict)
    await bench.executeAll()
    expect(statSync(join(bench.root, 'source/thing')).isDirectory()).toBe(true)
    expect(bench.store.baseline.get(folderId(), FOLDER.path)).toBeUndefined()
    expect(bench.store.conflicts.get(conflict.id)).toMatchObject({
      state: 'resolved',
      resolution: { kind: 'keep-remote' },
    })
    expect(await undo(conflict)).toMatchObject({ outcome: 'reopened' })
    expect([here(), there()]).toEqual([{ thing: 'the file' }, { objects: BELOW, kept: {} }])
  })

  it('keeps both: the file gets the name that was given, and gives it back', async () => {
    const conflict = await conflicted()
    expect(await decide({ kind: 'keep-both', as: 'the file' }, conflict)).toMatchObject({ renamedTo: 'the file' })
    await bench.executeAll()
    expect(here()).toEqual({ 'the file': 'the file' })
    expect(await undo(conflict)).toMatchObject({ outcome: 'reopened' })
    expect([here(), there()]).toEqual([{ thing: 'the file' }, { objects: BELOW, kept: {} }])
  })

  it('goes on where it was cut off, between two objects or in the move of one', async () => {
    const conflict = await conflicted()
    await decide({ kind: 'keep-local' }, conflict)
    const { as } = bench.queued()[0] as Extract<Action, { readonly kind: 'make-way' }>
    await moveThere('thing/one', `${as}/one`)
    await putThere(`${as}/deep/two`, 'two')
    await bench.executeAll()
    expect(there()).toEqual({ objects: { thing: 'the file' }, kept: BELOW })
    expect(bench.store.conflicts.get(conflict.id)?.state).toBe('resolved')
  })

  it('puts back what was away already where a decision that was cut off is taken back', async () => {
    const conflict = await conflicted()
    await decide({ kind: 'keep-local' }, conflict)
    const { as } = bench.queued()[0] as Extract<Action, { readonly kind: 'make-way' }>
    await moveThere('thing/one', `${as}/one`)
    expect(await undo(conflict)).toMatchObject({ outcome: 'reopened' })
    expect(there()).toEqual({ objects: BELOW, kept: {} })
  })

  it('goes on with putting back, too, where that was cut off', async () => {
    const conflict = await conflicted()
    await decide({ kind: 'keep-local' }, conflict)
    const { as } = bench.queued()[0] as Extract<Action, { readonly kind: 'make-way' }>
    await moveThere('thing/one', `${as}/one`)
    s3.server.faults.add(REFUSED)
    expect(await undo(conflict)).toMatchObject({ outcome: 'failed' })
    expect(await undo(conflict)).toMatchObject({ outcome: 'reopened' })
    expect(there()).toEqual({ objects: BELOW, kept: {} })
  })

  it('replaces nothing that took the place of what is put away, puts the rest back and shows the conflict anew', async () => {
    const conflict = await conflicted()
    await decide({ kind: 'keep-local' }, conflict)
    const { as } = bench.queued()[0] as Extract<Action, { readonly kind: 'make-way' }>
    await putThere(`${as}/one`, 'of somebody else')
    await bench.executeAll()
    expect(there()).toEqual({ objects: BELOW, kept: { 'thing/one': 'of somebody else' } })
    expect(bench.store.conflicts.get(conflict.id)?.state).toBe('open')
  })

  it('is not taken back where something new lies below the file that stayed', async () => {
    const conflict = await conflicted()
    await decide({ kind: 'keep-local' }, conflict)
    await bench.executeAll()
    await putThere('thing/new', 'nobody else has this')
    expect(await undo(conflict)).toMatchObject({ outcome: 'moved', failure: { code: 'precondition-failed' } })
    expect(there()).toEqual({ objects: { thing: 'the file', 'thing/new': 'nobody else has this' }, kept: BELOW })
  })

  it('goes on with taking back where that was cut off', async () => {
    const conflict = await conflicted()
    await decide({ kind: 'keep-local' }, conflict)
    await bench.executeAll()
    s3.server.faults.add({ ...REFUSED, nth: 3 })
    expect(await undo(conflict)).toMatchObject({ outcome: 'failed' })
    expect(await undo(conflict)).toMatchObject({ outcome: 'reopened' })
    expect(there().objects).toEqual(BELOW)
  })
})

describe('a bucket that holds both the file and what lies below its name', () => {
  /** Agreed on, and then somebody else puts objects there. */
  async function agreedThenBelow(): Promise<Conflict> {
    bench.write('source', 'thing', 'the file')
    await carryOut({ kind: 'upload', path: FOLDER.path, local: bench.scanned('thing'), expect: { kind: 'absent' } })
    for (const [path, text] of Object.entries(BELOW)) await putThere(path, text)
    return found()
  }

  it('gives up what lies below, and the file stays agreed on', async () => {
    const conflict = await agreedThenBelow()
    await decide({ kind: 'keep-local' }, conflict)
    await bench.executeAll()
    expect(there()).toEqual({ objects: { thing: 'the file' }, kept: BELOW })
    expect(bench.store.baseline.get(folderId(), FOLDER.path)).toMatchObject({ kind: 'file', size: 8 })
    await undo(conflict)
    expect(there()).toMatchObject({ objects: BELOW })
  })

  it('gives up the file, which is kept on both sides', async () => {
    const conflict = await agreedThenBelow()
    await decide({ kind: 'keep-remote' }, conflict)
    await bench.executeAll()
    expect(there()).toEqual({ objects: BELOW, kept: { thing: 'the file' } })
    expect(await undo(conflict)).toMatchObject({ outcome: 'reopened' })
    expect(here()).toEqual({ thing: 'the file' })
  })

  it('keeps a version of the file there that nobody agreed on, which is against the folder then', async () => {
    const conflict = await agreedThenBelow()
    await putThere('thing', 'another version')
    await decide({ kind: 'keep-both', as: 'mine' }, conflict)
    await bench.executeAll()
    expect(here()).toEqual({ mine: 'the file' })
    expect(there()).toEqual({ objects: { ...BELOW, thing: 'another version' }, kept: {} })
  })

  it('compares the file with another version there once what lies below is away', async () => {
    const conflict = await agreedThenBelow()
    bench.write('source', 'thing', 'edited here')
    await putThere('thing', 'edited there')
    await decide({ kind: 'keep-local' }, await found())
    await bench.executeAll()
    expect(there()).toEqual({ objects: { thing: 'edited there' }, kept: BELOW })
    expect(bench.store.conflicts.get(conflict.id)).toMatchObject({ state: 'open', kind: 'edit-edit' })
  })

  it('puts what lies below away with the folder here where the file there is kept, and both come back', async () => {
    mkdirSync(join(bench.root, 'source/thing'))
    bench.write('source', 'thing/one', 'one')
    await putThere('thing', 'the file')
    await putThere('thing/one', 'one')
    const remote = await bench.stat('target', 'thing')
    await carryOut({
      kind: 'settle',
      path: FOLDER.path,
      local: bench.scanned('thing'),
      remote,
      expect: { kind: 'any' },
    })
    const conflict = bench.store.conflicts.at(folderId(), FOLDER.path)!
    await decide({ kind: 'keep-remote' }, conflict)
    await bench.executeAll()
    expect([here(), there()]).toEqual([
      { thing: 'the file' },
      { objects: { thing: 'the file' }, kept: { 'thing/one': 'one' } },
    ])
    expect(await undo(conflict)).toMatchObject({ outcome: 'reopened' })
    expect(here()).toEqual({ 'thing/one': 'one' })
    expect(there()).toEqual({ objects: { thing: 'the file', 'thing/one': 'one' }, kept: {} })
  })
})
