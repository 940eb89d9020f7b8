import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { Action, BaselineEntry, Entry, Outcome, RelPath } from '../../common/model.ts'
import { execute } from '../../main/engine/execute/executor.ts'
import { uploadOutcome } from '../../main/engine/execute/put.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { blake3Hex } from '../../workers/hash/blake3.ts'
import {
  createTransferBench,
  expecting,
  unstopped,
  uploadOf,
  withFeatures,
  without,
  type TransferBench,
} from '../fakes/transfer-bench.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

let bench: TransferBench
let clock: VirtualClock

beforeEach(() => {
  clock = new VirtualClock(Date.UTC(2026, 0, 2, 3, 4, 5))
  bench = createTransferBench(clock)
})
afterEach(() => bench.close())

const run = (action: Action, attempts = 0): Promise<Outcome> =>
  execute(bench.context, action, { signal: unstopped, attempts })
const stat = (path: string): Promise<Entry> => bench.target.stat(path as RelPath, { signal: unstopped })
const hashOf = (content: string): string => blake3Hex(Buffer.from(content))
/** As agreed on before the target's file got another etag; the target knows both for those of one file. */
function drifted(base: BaselineEntry): BaselineEntry {
  bench.target = withFeatures(bench.target, { isSameFile: (one: string) => one === 'an-earlier-one' })
  return { ...base, remote: { ...base.remote, etag: 'an-earlier-one' } }
}
const KEPT = '.tidekeep/kept/2026-01-02T03-04-05.000-foreign'

describe('an upload', () => {
  it('stores the content with its attributes and gives what both sides agree on', async () => {
    const local = bench.write('a/b.txt', 'hello', { mtimeMs: 1_700_000_000_123, mode: 0o640 })
    const outcome = await run(uploadOf(local))
    expect(await bench.remote()).toEqual({ 'a/b.txt': 'hello' })
    const remote = await stat('a/b.txt')
    expect([remote.mtimeNs, remote.mode]).toEqual([local.mtimeNs, 0o640])
    expect(outcome).toMatchObject({ method: 'whole', bytesSent: 5, bytesReused: 0 })
    expect(outcome.baseline).toEqual({
      path: 'a/b.txt',
      kind: 'file',
      size: 5,
      mtimeNs: local.mtimeNs,
      mode: 0o640,
      identity: local.identity,
      contentHash: hashOf('hello'),
      recordedAtMs: clock.now(),
      remote: { size: 5, etag: remote.etag, verifiedBy: 'checksum', storedAtMs: clock.now() },
    })
  })

  it('sends nothing when only times or mode differ from what is kept', async () => {
    const base = await bench.keep('a', 'same')
    const local = bench.write('a', 'same', { mtimeMs: 1_600_000_000_000, mode: 0o600 })
    const outcome = await run({ ...uploadOf(local, expecting(base)), base })
    expect(outcome).toMatchObject({ method: 'metadata', bytesSent: 0, bytesReused: 4 })
    expect(await stat('a')).toMatchObject({ mtimeNs: local.mtimeNs, mode: 0o600 })
    expect(outcome.baseline?.remote.etag).toBe((await stat('a')).etag)
  })

  it('sends other content of the same size', async () => {
    const base = await bench.keep('a', 'one')
    const outcome = await run({ ...uploadOf(bench.write('a', 'two'), expecting(base)), base })
    expect(outcome).toMatchObject({ method: 'whole', bytesSent: 3 })
    expect(await bench.remote()).toEqual({ a: 'two' })
  })

  it('adopts the same content that someone else put there', async () => {
    await bench.foreign('a', 'same')
    const local = bench.write('a', 'same')
    const outcome = await run(uploadOf(local))
    expect(outcome).toMatchObject({ method: 'adopt', bytesSent: 0, bytesReused: 4 })
    expect(outcome.keptAside).toBeUndefined()
    expect(await stat('a')).toMatchObject({ mtimeNs: local.mtimeNs, mode: local.mode })
    expect(await bench.remote()).toEqual({ a: 'same' })
  })

  it('adopts nothing that was listed long ago and is another version by now', async () => {
    await bench.foreign('a', 'first')
    const listed = await stat('a')
    await bench.foreign('a', 'second')
    const local = bench.write('a', 'first')
    // Times alike: nothing else has to be told to the target.
    const how = { remote: { ...listed, mtimeNs: local.mtimeNs }, expect: { kind: 'etag', etag: listed.etag! } } as const
    const outcome = await run({ kind: 'adopt', path: local.path, local, ...how })
    expect(outcome).toMatchObject({ method: 'whole', keptAside: `${KEPT}/a` })
    expect(await bench.remote()).toEqual({ a: 'first', [`${KEPT}/a`]: 'second' })
  })

  it('keeps other content that someone else put there aside, whole', async () => {
    await bench.foreign('d/a', 'theirs')
    const outcome = await run(uploadOf(bench.write('d/a', 'ours')))
    expect(outcome).toMatchObject({ method: 'whole', keptAside: `${KEPT}/d/a` })
    expect(await bench.remote()).toEqual({ 'd/a': 'ours', [`${KEPT}/d/a`]: 'theirs' })
  })

  it('keeps a version aside that changed at the target since it was agreed on', async () => {
    const base = await bench.keep('a', 'first')
    await bench.foreign('a', 'theirs')
    const outcome = await run({ ...uploadOf(bench.write('a', 'second'), expecting(base)), base })
    expect(outcome.keptAside).toBe(`${KEPT}/a`)
    expect(await bench.remote()).toEqual({ a: 'second', [`${KEPT}/a`]: 'theirs' })
  })

  it('keeps nothing aside twice where that was cut off between its two steps', async () => {
    const cutOff = '.tidekeep/kept/2026-01-02T02-00-00.000-foreign/a'
    bench.storedAtMs = Date.UTC(2026, 0, 2, 1)
    await bench.foreign('a', 'theirs')
    await bench.foreign(cutOff, 'theirs')
    const outcome = await run(uploadOf(bench.write('a', 'ours')))
    expect(outcome.keptAside).toBe(cutOff)
    expect(await bench.remote()).toEqual({ a: 'ours', [cutOff]: 'theirs' })
    // Other content of that size is another version.
    await bench.foreign('a', 'thairs')
    expect((await run(uploadOf(bench.write('a', 'again')))).keptAside).toBe(`${KEPT}/a`)
    expect(await bench.remote()).toEqual({ a: 'again', [cutOff]: 'theirs', [`${KEPT}/a`]: 'thairs' })
  })

  it('keeps the same content once more where somebody stored it again since', async () => {
    const before = '.tidekeep/kept/2026-01-02T02-00-00.000-foreign/a'
    bench.storedAtMs = Date.UTC(2026, 0, 2, 3)
    await bench.foreign(before, 'theirs')
    await bench.foreign('a', 'theirs')
    await run(uploadOf(bench.write('a', 'ours')))
    expect(await bench.remote()).toEqual({ a: 'ours', [before]: 'theirs', [`${KEPT}/a`]: 'theirs' })
  })

  it('puts back what the target lost', async () => {
    const base = await bench.keep('a', 'first')
    await bench.target.remove('a' as RelPath, { signal: unstopped, expect: { kind: 'any' } })
    await run({ ...uploadOf(bench.write('a', 'second'), expecting(base)), base })
    expect(await bench.remote()).toEqual({ a: 'second' })
  })

  it('clears a file out of the way of a folder, and keeps it', async () => {
    await bench.foreign('d', 'was a file')
    const outcome = await run(uploadOf(bench.write('d/e/a', 'ours')))
    expect(outcome.keptAside).toBe(`${KEPT}/d`)
    expect(await bench.remote()).toEqual({ 'd/e/a': 'ours', [`${KEPT}/d`]: 'was a file' })
  })

  it('moves a folder out of the way of a file, with everything in it', async () => {
    await bench.foreign('d/x', 'theirs')
    const outcome = await run(uploadOf(bench.write('d', 'ours')))
    expect(outcome.keptAside).toBe(`${KEPT}/d`)
    expect(await bench.remote()).toEqual({ d: 'ours', [`${KEPT}/d/x`]: 'theirs' })
  })

  it('overwrites nothing at a target that cannot move', async () => {
    await bench.foreign('a', 'theirs')
    bench.target = without(bench.target, 'move')
    await expect(run(uploadOf(bench.write('a', 'ours')))).rejects.toMatchObject({ code: 'already-exists', path: 'a' })
    expect(await bench.remote()).toEqual({ a: 'theirs' })
  })

  it('refuses a file that changed since it was scanned, and leaves no trace', async () => {
    const local = bench.write('a', 'first')
    bench.write('a', 'longer than that')
    await expect(run(uploadOf(local))).rejects.toMatchObject({ code: 'changed' })
    bench.removeLocal('a')
    await expect(run(uploadOf(local))).rejects.toMatchObject({ code: 'vanished' })
    expect(await bench.remote()).toEqual({})
  })

  it('never counts what the target could not prove', async () => {
    const memory = bench.target
    const unproven: TargetProvider['put'] = async (...put) => ({ ...(await memory.put(...put)), verifiedBy: 'none' })
    bench.target = new Proxy(memory, { get: (real, name) => (name === 'put' ? unproven : Reflect.get(real, name)) })
    const local = bench.write('a', 'content')
    await expect(run(uploadOf(local))).rejects.toMatchObject({ code: 'corrupt', path: 'a' })
    const result = await unproven(
      'b' as RelPath,
      { size: 0, open: async function* () {} },
      { metadata: { mtimeNs: 1n }, expect: { kind: 'any' }, signal: unstopped },
    )
    expect(() => uploadOutcome(bench.context, uploadOf(local), { result, durationMs: 1, atMs: 0 })).toThrow(
      TidekeepError,
    )
  })

  it('starts nothing once it is cancelled', async () => {
    const local = bench.write('a', 'content')
    const signal = AbortSignal.abort()
    await expect(execute(bench.context, uploadOf(local), { signal })).rejects.toMatchObject({ code: 'cancelled' })
    expect(await bench.remote()).toEqual({})
  })
})

describe('an adoption', () => {
  const adopt = (local: Entry, remote: Entry): Action => ({
    kind: 'adopt',
    path: local.path,
    local,
    remote,
    expect: { kind: 'etag', etag: remote.etag! },
  })

  it('reads back what has no digest of the right kind, and writes equal content down only', async () => {
    const { checksums: _, ...remote } = await bench.foreign('a', 'same')
    bench.target = without(bench.target, 'checksum')
    const outcome = await run(adopt(bench.write('a', 'same'), remote))
    expect(outcome).toMatchObject({ method: 'adopt', bytesSent: 0 })
    expect(outcome.baseline).toMatchObject({ contentHash: hashOf('same'), remote: { verifiedBy: 'checksum' } })
  })

  it.each(['checksum', 'setMetadata'] as const)(
    'agrees on the version that is there, not on one that was listed before (without %s)',
    async (ability) => {
      const { checksums: _, ...listed } = await bench.foreign('a', 'late')
      const now = await bench.foreign('a', 'same')
      bench.target = without(bench.target, ability)
      const outcome = await run(adopt(bench.write('a', 'same', { mtimeMs: 0 }), listed))
      expect(outcome).toMatchObject({ method: 'adopt', bytesSent: 0 })
      expect(listed.etag).not.toBe(now.etag)
      expect(outcome.baseline?.remote.etag).toBe((await stat('a')).etag)
    },
  )

  it('keeps content of the same size aside when a byte differs', async () => {
    const remote = await bench.foreign('a', 'sane')
    const outcome = await run(adopt(bench.write('a', 'same'), remote))
    expect(outcome.keptAside).toBe(`${KEPT}/a`)
    expect(await bench.remote()).toEqual({ a: 'same', [`${KEPT}/a`]: 'sane' })
  })

  it('keeps nothing aside twice after a crash, also where the job comes from a queue that does not tell when that was stored', async () => {
    const cutOff = '.tidekeep/kept/2026-01-02T02-00-00.000-foreign/a'
    bench.storedAtMs = Date.UTC(2026, 0, 2, 1)
    await bench.foreign('a', 'theirs')
    await bench.foreign(cutOff, 'theirs')
    const { storedAtMs: _, ...remote } = await stat('a')
    const outcome = await run(adopt(bench.write('a', 'ours'), remote))
    expect(outcome.keptAside).toBe(cutOff)
    expect(await bench.remote()).toEqual({ a: 'ours', [cutOff]: 'theirs' })
  })

  it('overwrites nothing that changed after it was listed: that is kept aside', async () => {
    const remote = await bench.foreign('a', 'listed')
    await bench.foreign('a', 'changed since')
    await run(adopt(bench.write('a', 'ours'), remote))
    expect(await bench.remote()).toEqual({ a: 'ours', [`${KEPT}/a`]: 'changed since' })
  })

  it('puts back what went after it was listed', async () => {
    const remote = await bench.foreign('a', 'listed')
    await bench.target.remove('a' as RelPath, { signal: unstopped, expect: { kind: 'any' } })
    const outcome = await run(adopt(bench.write('a', 'ours'), remote))
    expect(outcome).toMatchObject({ action: { kind: 'adopt' }, bytesSent: 4 })
    expect(await bench.remote()).toEqual({ a: 'ours' })
  })

  it('replaces a folder at the target, which is kept aside', async () => {
    await bench.foreign('d/x', 'theirs')
    const { etag: _, ...directory } = await stat('d')
    const outcome = await run({
      kind: 'adopt',
      path: 'd' as RelPath,
      local: bench.write('d', 'ours'),
      remote: directory,
      expect: { kind: 'any' },
    })
    expect(outcome.keptAside).toBe(`${KEPT}/d`)
    expect(await bench.remote()).toEqual({ d: 'ours', [`${KEPT}/d/x`]: 'theirs' })
  })
})

describe('a move', () => {
  const move = (base: BaselineEntry, local: Entry): Action => ({
    kind: 'move',
    path: local.path,
    from: base.path,
    local,
    base,
    expect: expecting(base),
  })

  it('sends nothing and carries new times along', async () => {
    const base = await bench.keep('old', 'content')
    bench.removeLocal('old')
    const local = bench.write('new/name', 'content', { mtimeMs: 1_600_000_000_000 })
    const outcome = await run(move(base, local))
    expect(outcome).toMatchObject({ method: 'move', bytesSent: 0, bytesReused: 7, action: { kind: 'move' } })
    expect(await bench.remote()).toEqual({ 'new/name': 'content' })
    expect((await stat('new/name')).mtimeNs).toBe(local.mtimeNs)
    expect(outcome.baseline).toMatchObject({ path: 'new/name', contentHash: base.contentHash })
    expect(outcome.baseline?.remote.etag).toBe((await stat('new/name')).etag)
  })

  it('uploads when the content is not what moved, and leaves the old copy alone', async () => {
    const base = await bench.keep('old', 'content')
    const outcome = await run(move(base, bench.write('new', 'another')))
    expect(outcome).toMatchObject({ method: 'whole', action: { kind: 'upload', path: 'new' } })
    expect(await bench.remote()).toEqual({ old: 'content', new: 'another' })
  })

  it('uploads where the target cannot move', async () => {
    const base = await bench.keep('old', 'content')
    bench.target = without(bench.target, 'move')
    const outcome = await run(move(base, bench.write('new', 'content')))
    expect(outcome).toMatchObject({ method: 'whole', bytesSent: 7 })
    expect(await bench.remote()).toEqual({ old: 'content', new: 'content' })
  })

  it('uploads when the old copy is gone or is another one, which stays', async () => {
    const base = await bench.keep('old', 'content')
    await bench.foreign('old', 'theirs')
    const local = bench.write('new', 'content')
    expect((await run(move(base, local))).method).toBe('whole')
    expect(await bench.remote()).toEqual({ old: 'theirs', new: 'content' })
  })

  it('keeps aside what stands at the new path', async () => {
    const base = await bench.keep('old', 'content')
    await bench.foreign('new', 'theirs')
    const outcome = await run(move(base, bench.write('new', 'content')))
    expect(outcome.keptAside).toBe(`${KEPT}/new`)
    expect(await bench.remote()).toEqual({ old: 'content', new: 'content', [`${KEPT}/new`]: 'theirs' })
  })

  it('into a folder that took its old name sends the content', async () => {
    const base = await bench.keep('a', 'content')
    bench.removeLocal('a')
    await run(move(base, bench.write('a/b', 'content')))
    expect((await bench.remote())['a/b']).toBe('content')
  })

  it('is found done when its answer was lost', async () => {
    const base = await bench.keep('old', 'content')
    const local = bench.write('new', 'content')
    await bench.target.features.move!(base.path, local.path, { expect: { kind: 'any' }, signal: unstopped })
    const outcome = await run(move(base, local))
    expect(outcome).toMatchObject({ method: 'adopt', bytesSent: 0 })
    expect(await bench.remote()).toEqual({ new: 'content' })
  })
})

describe('a target that is to keep versions', () => {
  it('keeps what is deleted and what is replaced for as long as it is to', async () => {
    const first = await bench.keep('a', 'first')
    bench.keepDays = 30
    const replaced = await run({ ...uploadOf(bench.write('a', 'second'), expecting(first)), base: first })
    const second = replaced.baseline!
    bench.removeLocal('a')
    const deleted = await run({ kind: 'delete', path: second.path, base: second, expect: expecting(second) })
    expect([replaced.kept, deleted.kept]).toMatchObject([{ path: 'a' }, { path: 'a' }])
    const versions: string[] = []
    for await (const version of bench.target.features.keptVersions!('a' as RelPath, { signal: unstopped })) {
      let content = ''
      for await (const piece of bench.target.features.readKept!(version, { signal: unstopped }))
        content += Buffer.from(piece).toString()
      versions.push(content)
    }
    expect(versions.toSorted()).toEqual(['first', 'second'])
  })
})

describe('a deletion', () => {
  const remove = (base: BaselineEntry): Action => ({ kind: 'delete', path: base.path, base, expect: expecting(base) })

  it('removes what is gone at the source', async () => {
    const base = await bench.keep('a', 'content')
    bench.removeLocal('a')
    expect(await run(remove(base))).toMatchObject({ method: 'delete', baseline: undefined })
    expect(await bench.remote()).toEqual({})
  })

  it('leaves a file that was made again meanwhile as it was agreed on', async () => {
    const base = await bench.keep('a', 'content')
    bench.write('a', 'made again')
    expect(await run(remove(base))).toMatchObject({ method: 'forget', baseline: base })
    expect(await bench.remote()).toEqual({ a: 'content' })
  })

  it('only forgets a file that ignore rules leave out by now', async () => {
    const base = await bench.keep('a', 'content')
    bench.ignored.add('a')
    expect(await run(remove(base))).toMatchObject({ method: 'forget', baseline: undefined })
    expect(await bench.remote()).toEqual({ a: 'content' })
  })

  it('removes what was agreed on under whatever etag it has by now, as the old name of a move that was cut off', async () => {
    const base = drifted(await bench.keep('a', 'content'))
    bench.removeLocal('a')
    expect(await run(remove(base))).toMatchObject({ method: 'delete', baseline: undefined })
    expect(await bench.remote()).not.toHaveProperty('a')
  })

  it('only forgets what someone changed at the target', async () => {
    const base = await bench.keep('a', 'content')
    bench.removeLocal('a')
    await bench.foreign('a', 'theirs')
    expect(await run(remove(base))).toMatchObject({ method: 'forget', keptAside: 'a' })
    expect(await bench.remote()).toEqual({ a: 'theirs' })
  })

  it('waits for a folder to empty, and then leaves one that holds what is not ours', async () => {
    const made = await run({
      kind: 'make-directory',
      path: 'd' as RelPath,
      local: bench.makeDirectory('d'),
      expect: { kind: 'absent' },
    })
    await bench.foreign('d/theirs', 'kept')
    bench.removeLocal('d')
    const action = remove(made.baseline!)
    await expect(run(action)).rejects.toMatchObject({ code: 'precondition-failed', retry: { kind: 'backoff' } })
    expect(await run(action, 4)).toMatchObject({ method: 'forget' })
    expect(await bench.remote()).toEqual({ 'd/theirs': 'kept' })
  })

  it('leaves a file alone that someone put in the place of a folder', async () => {
    const make = { kind: 'make-directory', path: 'd' as RelPath, expect: { kind: 'absent' } } as const
    const { baseline } = await run({ ...make, local: bench.makeDirectory('d') })
    bench.removeLocal('d')
    await bench.target.remove('d' as RelPath, { signal: unstopped, expect: { kind: 'any' } })
    await bench.foreign('d', 'theirs')
    expect(await run(remove(baseline!))).toMatchObject({ method: 'forget' })
    expect(await bench.remote()).toEqual({ d: 'theirs' })
  })

  it('makes no folder in the place of a file of ours that the source has instead by now, and no file in that of a folder', async () => {
    const make = { kind: 'make-directory', path: 'd' as RelPath, expect: { kind: 'absent' } } as const
    const local = bench.makeDirectory('d')
    bench.removeLocal('d')
    await bench.keep('d', 'ours')
    await expect(run({ ...make, local })).rejects.toMatchObject({ code: 'vanished', path: 'd' })
    expect(await bench.remote()).toEqual({ d: 'ours' })
    const file = bench.write('e', 'a file')
    bench.removeLocal('e')
    await run({ ...make, path: 'e' as RelPath, local: bench.makeDirectory('e') })
    await bench.foreign('e/theirs', 'kept')
    await expect(run(uploadOf(file))).rejects.toMatchObject({ code: expect.stringMatching(/vanished|changed/) })
    expect(await bench.remote()).toEqual({ d: 'ours', 'e/theirs': 'kept' })
  })

  it('is done already when the target does not have it', async () => {
    const base = await bench.keep('a', 'content')
    bench.removeLocal('a')
    await bench.target.remove(base.path, { signal: unstopped, expect: { kind: 'any' } })
    const outcome = await run(remove(base))
    expect(outcome).toMatchObject({ baseline: undefined })
  })
})

describe('attributes', () => {
  const metadata = (base: BaselineEntry, local: Entry): Action => ({
    kind: 'metadata',
    path: base.path,
    local,
    base,
    expect: expecting(base),
  })

  it('are set without sending content', async () => {
    const base = await bench.keep('a', 'content')
    const local = bench.write('a', 'content', { mode: 0o600 })
    const outcome = await run(metadata(base, local))
    expect(outcome).toMatchObject({ method: 'metadata', bytesSent: 0 })
    expect(await stat('a')).toMatchObject({ mode: 0o600 })
    expect(outcome.baseline).toMatchObject({ mode: 0o600, contentHash: base.contentHash })
  })

  it('are only noted where the target keeps none', async () => {
    const base = await bench.keep('a', 'content')
    bench.target = without(bench.target, 'setMetadata')
    const local = bench.write('a', 'content', { mode: 0o600 })
    const outcome = await run(metadata(base, local))
    expect(outcome.baseline).toMatchObject({ mode: 0o600, identity: local.identity, remote: base.remote })
  })

  it('of a file that someone changed at a target that keeps none put what is there aside', async () => {
    const base = await bench.keep('a', 'content')
    await bench.foreign('a', 'theirs!')
    bench.target = without(bench.target, 'setMetadata')
    const outcome = await run(metadata(base, bench.write('a', 'content', { mode: 0o600 })))
    expect(outcome.keptAside).toBe(`${KEPT}/a`)
    expect(await bench.remote()).toEqual({ a: 'content', [`${KEPT}/a`]: 'theirs!' })
  })

  it('of a file the target lost bring the content back', async () => {
    const base = await bench.keep('a', 'content')
    await bench.target.remove(base.path, { signal: unstopped, expect: { kind: 'any' } })
    await run(metadata(base, bench.write('a', 'content', { mode: 0o600 })))
    expect(await bench.remote()).toEqual({ a: 'content' })
  })

  it('of a folder the target lost bring the folder back', async () => {
    const make = { kind: 'make-directory', path: 'd' as RelPath, expect: { kind: 'absent' } } as const
    const { baseline } = await run({ ...make, local: bench.makeDirectory('d') })
    await bench.target.remove('d' as RelPath, { signal: unstopped, expect: { kind: 'any' } })
    await run(metadata(baseline!, { ...bench.entry('d'), mode: 0o700 }))
    expect(await stat('d')).toMatchObject({ kind: 'directory', mode: 0o700 })
  })
})

describe('a folder', () => {
  const make = (local: Entry): Action => ({
    kind: 'make-directory',
    path: local.path,
    local,
    expect: { kind: 'absent' },
  })

  it('is made, and made again without harm', async () => {
    const local = bench.makeDirectory('d')
    expect((await run(make(local))).baseline).toMatchObject({ kind: 'directory', path: 'd' })
    expect((await run(make(local))).method).toBe('directory')
  })

  it('clears a file out of its way, and keeps it', async () => {
    await bench.foreign('d', 'was a file')
    const outcome = await run(make(bench.makeDirectory('d')))
    expect(outcome.keptAside).toBe(`${KEPT}/d`)
    expect(await bench.remote()).toEqual({ [`${KEPT}/d`]: 'was a file' })
  })

  it('clears a file out of the way of its parent, and keeps it', async () => {
    await bench.foreign('d', 'was a file')
    await run(make(bench.makeDirectory('d/e')))
    expect(await stat('d/e')).toMatchObject({ kind: 'directory' })
    expect(await bench.remote()).toEqual({ [`${KEPT}/d`]: 'was a file' })
  })

  it('is made where another job cleared the way at the same moment', async () => {
    await bench.foreign('d', 'was a file')
    const [first, second] = ['d/e', 'd/f'].map((path) => make(bench.makeDirectory(path)))
    await Promise.all([run(first!), run(second!)])
    expect([await stat('d/e'), await stat('d/f')]).toMatchObject([{ kind: 'directory' }, { kind: 'directory' }])
    expect(Object.values(await bench.remote())).toEqual(['was a file'])
  })

  it('that the source no longer has moves nothing out of its way', async () => {
    const local = bench.makeDirectory('d/e')
    bench.removeLocal('d')
    await bench.foreign('d', 'a file by now')
    await expect(run(make(local))).rejects.toMatchObject({ code: 'vanished' })
    expect(await bench.remote()).toEqual({ d: 'a file by now' })
  })

  it('is nothing where the target has no folders', async () => {
    bench.target = without(bench.target, 'makeDirectory')
    expect(await run(make(bench.makeDirectory('d')))).toMatchObject({ method: 'forget', baseline: undefined })
  })
})

describe('forgetting', () => {
  it('touches nothing', async () => {
    const base = await bench.keep('a', 'content')
    const outcome = await run({ kind: 'forget', path: base.path, base, expect: { kind: 'any' } })
    expect(outcome).toMatchObject({ method: 'forget', baseline: undefined })
    expect(await bench.remote()).toEqual({ a: 'content' })
  })
})
