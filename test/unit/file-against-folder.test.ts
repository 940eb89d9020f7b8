import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Conflict } from '../../common/conflict.ts'
import type { FolderId } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import type { DecidedItem, Decision } from '../../common/protocol.ts'
import { ConflictBench } from '../fakes/conflict-bench.ts'

const CALLER = { transport: 'direct' } as const
const OTHER = { source: 'target', target: 'source' } as const
type Side = keyof typeof OTHER

let bench: ConflictBench
beforeEach(async () => {
  bench = await ConflictBench.open()
})
afterEach(() => bench.close())

/** A file on one side, and on the other a folder with two files in it, under the same name. */
async function conflicted(fileAt: Side, path = 'thing'): Promise<Conflict> {
  bench.write(fileAt, path, 'the file')
  for (const name of ['one', 'deep/two']) bench.write(OTHER[fileAt], `${path}/${name}`, `in the folder: ${name}`)
  const found = {
    path: toRelPath(path),
    kind: 'type' as const,
    local: { entry: bench.scanned(path) },
    remote: { entry: await bench.stat('target', path) },
  }
  return bench.store.conflicts.found(bench.folder.id as FolderId, found, bench.host.clock.now())
}

async function decide(decision: Decision, ...conflicts: readonly Conflict[]): Promise<readonly DecidedItem[]> {
  const request = { decision, conflicts: conflicts.map((each) => bench.shown(each)), dryRun: false }
  return (await bench.handlers['conflicts.resolve'](request, CALLER)).items
}

async function undo({ id }: Conflict): Promise<DecidedItem> {
  return (await bench.handlers['conflicts.undo']({ ids: [id] }, CALLER)).items[0]!
}

const at = (side: Side, path: string): string => join(bench.root, side, path)
const isFolder = (side: Side, path = 'thing'): boolean => statSync(at(side, path)).isDirectory()
const everything = (): readonly string[] => [...bench.contents('source'), ...bench.contents('target')]
const ALL = ['the file', 'in the folder: one', 'in the folder: deep/two']

describe.each([['source'], ['target']] as const)('a file against a folder, the file at the %s', (fileAt) => {
  const folderAt = OTHER[fileAt]
  const keepFile = fileAt === 'source' ? 'keep-local' : 'keep-remote'
  const keepFolder = fileAt === 'source' ? 'keep-remote' : 'keep-local'

  it('keeps the file: the folder is put away whole, and comes back', async () => {
    const conflict = await conflicted(fileAt)
    expect(await decide({ kind: keepFile }, conflict)).toMatchObject([{ outcome: 'decided' }])
    await bench.carryOut()
    expect([bench.read('source', 'thing'), bench.read('target', 'thing')]).toEqual(['the file', 'the file'])
    expect(everything()).toEqual(expect.arrayContaining(ALL))
    expect(bench.store.conflicts.get(conflict.id)).toMatchObject({ state: 'resolved', resolution: { kind: keepFile } })
    expect(await undo(conflict)).toMatchObject({ outcome: 'reopened', conflict: { state: 'open', kind: 'type' } })
    expect(bench.read(folderAt, 'thing/deep/two')).toBe('in the folder: deep/two')
    expect(bench.read(fileAt, 'thing')).toBe('the file')
    expect(bench.store.baseline.get(bench.folder.id as FolderId, toRelPath('thing'))).toBeUndefined()
  })

  it('keeps the folder: the file is put away, and comes back', async () => {
    const conflict = await conflicted(fileAt)
    await decide({ kind: keepFolder }, conflict)
    await bench.carryOut()
    expect([isFolder('source'), isFolder('target')]).toEqual([true, true])
    expect(everything()).toEqual(expect.arrayContaining(ALL))
    expect(await undo(conflict)).toMatchObject({ outcome: 'reopened' })
    expect(bench.read(fileAt, 'thing')).toBe('the file')
    expect(bench.read(folderAt, 'thing/one')).toBe('in the folder: one')
  })

  it('keeps both: the file gets the name that was given, and gives it back', async () => {
    const conflict = await conflicted(fileAt)
    const items = await decide({ kind: 'keep-both', as: 'thing, the file' }, conflict)
    expect(items).toMatchObject([{ outcome: 'decided', renamedTo: 'thing, the file' }])
    await bench.carryOut()
    expect(bench.read(fileAt, 'thing, the file')).toBe('the file')
    expect([isFolder('source'), isFolder('target')]).toEqual([true, true])
    expect(bench.store.conflicts.get(conflict.id)?.resolution).toMatchObject({ renamedTo: 'thing, the file' })
    expect(await undo(conflict)).toMatchObject({ outcome: 'reopened' })
    expect(bench.read(fileAt, 'thing')).toBe('the file')
    expect(existsSync(at(fileAt, 'thing, the file'))).toBe(false)
  })

  it('goes on where a crash cut it off after the rename', async () => {
    const conflict = await conflicted(fileAt)
    await decide({ kind: 'keep-both', as: 'beside' }, conflict)
    renameSync(at(fileAt, 'thing'), at(fileAt, 'beside'))
    await bench.carryOut()
    expect([isFolder('source'), isFolder('target')]).toEqual([true, true])
    expect(bench.read(fileAt, 'beside')).toBe('the file')
    expect(bench.store.conflicts.get(conflict.id)?.state).toBe('resolved')
  })

  it('touches nothing where the file is another one by then', async () => {
    const conflict = await conflicted(fileAt)
    await decide({ kind: keepFolder }, conflict)
    bench.write(fileAt, 'thing', 'the file, edited meanwhile')
    await bench.carryOut()
    expect(bench.read(fileAt, 'thing')).toBe('the file, edited meanwhile')
    expect(bench.store.conflicts.get(conflict.id)?.state).toBe('open')
  })

  it('is not taken back where the folder that took the place holds something new', async () => {
    const conflict = await conflicted(fileAt)
    await decide({ kind: keepFolder }, conflict)
    await bench.carryOut()
    bench.write(fileAt, 'thing/new', 'nobody else has this')
    expect(await undo(conflict)).toMatchObject({ outcome: 'moved', failure: { code: 'precondition-failed' } })
    expect(bench.read(fileAt, 'thing/new')).toBe('nobody else has this')
  })

  it('is not taken back where what was put away is kept no longer', async () => {
    const conflict = await conflicted(fileAt)
    await decide({ kind: keepFile }, conflict)
    await bench.carryOut()
    rmSync(at(folderAt, '.tidekeep/kept'), { recursive: true })
    expect(await undo(conflict)).toMatchObject({ outcome: 'refused' })
    expect([bench.read('source', 'thing'), bench.read('target', 'thing')]).toEqual(['the file', 'the file'])
  })

  it('is decided alone where one of them is put away; both can be kept of many', async () => {
    const conflicts = [await conflicted(fileAt), await conflicted(fileAt, 'other')]
    for (const kind of ['keep-local', 'keep-remote'] as const) {
      const items = await decide({ kind }, ...conflicts)
      expect(items.map(({ outcome }) => outcome)).toEqual(['refused', 'refused'])
    }
    expect(bench.queued()).toEqual([])
    expect(await decide({ kind: 'keep-both' }, ...conflicts)).toMatchObject([
      { outcome: 'decided' },
      { outcome: 'decided' },
    ])
  })

  it('forgets what was agreed on below: it is compared, and taken for deleted on neither side', async () => {
    const conflict = await conflicted(fileAt)
    const below = toRelPath('thing/one')
    const proof = { size: 1, verifiedBy: 'checksum' as const }
    const entry = { path: below, kind: 'file' as const, size: 1, mtimeNs: 1n, remote: proof, recordedAtMs: 0 }
    bench.store.baseline.put(bench.folder.id as FolderId, entry)
    await decide({ kind: keepFolder }, conflict)
    await bench.carryOut()
    expect(bench.store.baseline.get(bench.folder.id as FolderId, below)).toBeUndefined()
    expect(bench.store.baseline.get(bench.folder.id as FolderId, toRelPath('thing'))).toBeDefined()
  })
})
