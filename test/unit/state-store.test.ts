import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DISTINCT_NAMES } from '../../common/name-folding.ts'
import { describe, expect, it } from 'vitest'
import type { BaselineEntry, FolderId, RelPath } from '../../common/model.ts'
import { comparePaths } from '../../common/paths.ts'
import { openStore, openStoreForReading } from '../../main/state/sqlite-store.ts'
import { createFakeHost } from '../fakes/host.ts'
import { FOLDER, baselineEntry, openBench, outcome, planned, rel, upload } from './state-support.ts'

const ROOT = '' as RelPath

describe('a statement', () => {
  it('is never bounded by a bare parameter, for which SQLite would prepare it anew each time', () => {
    const directory = fileURLToPath(new URL('../../main/state', import.meta.url))
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
    const bounded = files.filter((name) => /LIMIT \?(?! \+)/.test(readFileSync(join(directory, name), 'utf8')))
    expect(bounded).toEqual([])
  })
})

describe('the baseline', () => {
  it('gives back exactly what was put, with and without optional members', async () => {
    const bench = await openBench()
    const full = baselineEntry('a/full.txt')
    const bare: BaselineEntry = {
      path: rel('bare'),
      kind: 'directory',
      size: 0,
      mtimeNs: -1n,
      remote: { size: 0, verifiedBy: 'none' },
      recordedAtMs: 0,
    }
    bench.store.baseline.put(FOLDER, full)
    bench.store.baseline.put(FOLDER, bare)
    const { store } = await bench.reopen()
    expect(store.baseline.get(FOLDER, full.path)).toEqual(full)
    expect(store.baseline.get(FOLDER, bare.path)).toEqual(bare)
    expect(store.baseline.get('other' as FolderId, full.path)).toBeUndefined()
    store.close()
  })

  it('keeps every time a file system can hold, to the nanosecond', async () => {
    const { store } = await openBench()
    const times = [0n, -1n, -1_000_000_001n, 999_999_999n, 1_700_000_000_123_456_789n, 15_000_000_000_999_999_999n]
    for (const [index, mtimeNs] of times.entries()) {
      const entry = { ...baselineEntry(`t${index}`), mtimeNs, identity: { inode: '1:1', ctimeNs: mtimeNs } }
      store.baseline.put(FOLDER, entry)
      expect(store.baseline.get(FOLDER, entry.path)).toEqual(entry)
    }
    store.close()
  })

  it('pages through a folder in comparePaths order, whatever the names', async () => {
    const { store } = await openBench()
    const names = ['b', 'a', 'a/x', 'a-b', 'a/x/y', 'a0', 'é', '\u{1F600}', '\uFFFD', 'Z', 'a/é', ' ', 'a!']
    for (const name of names) store.baseline.put(FOLDER, baselineEntry(name))
    const seen: RelPath[] = []
    for (let after: RelPath | undefined; ; after = seen.at(-1)) {
      const page = store.baseline.page(FOLDER, ROOT, after, 3)
      if (page.length === 0) break
      seen.push(...page.map((entry) => entry.path))
    }
    expect(seen).toEqual(names.map(rel).sort(comparePaths))
    store.close()
  })

  it('pages through a scope: the path itself first, then what is below, and no neighbour', async () => {
    const { store } = await openBench()
    for (const name of ['a', 'a-b', 'a/x', 'a/y/z', 'a0', 'ab', 'b/a']) store.baseline.put(FOLDER, baselineEntry(name))
    const paths = (after: string | undefined, limit: number): string[] =>
      store.baseline
        .page(FOLDER, rel('a'), after === undefined ? undefined : rel(after), limit)
        .map((entry) => entry.path)
    expect(paths(undefined, 10)).toEqual(['a', 'a/x', 'a/y/z'])
    expect(paths(undefined, 1)).toEqual(['a'])
    expect(paths('a', 10)).toEqual(['a/x', 'a/y/z'])
    expect(paths('a-b', 10)).toEqual(['a/x', 'a/y/z'])
    expect(paths('a/x', 1)).toEqual(['a/y/z'])
    expect(paths('a/y/z', 10)).toEqual([])
    expect(paths(undefined, 0)).toEqual([])
    store.close()
  })

  it('finds entries by inode within one folder', async () => {
    const { store } = await openBench()
    store.baseline.put(FOLDER, baselineEntry('one', 1, '1:7'))
    store.baseline.put(FOLDER, baselineEntry('two', 1, '1:7'))
    store.baseline.put(FOLDER, baselineEntry('three', 1, '1:8'))
    store.baseline.put('other' as FolderId, baselineEntry('four', 1, '1:7'))
    expect(store.baseline.byInode(FOLDER, '1:7').map((entry) => entry.path)).toEqual(['one', 'two'])
    expect(store.baseline.byInode(FOLDER, '1:9')).toEqual([])
    store.close()
  })

  it('finds what the target takes for one path, also what was there before it was known to, and keeps one of them', async () => {
    const { store } = await openBench()
    const { baseline } = store
    for (const path of ['Photos', 'Photos/a', 'photos-2', 'É']) baseline.put(FOLDER, baselineEntry(path))
    expect(baseline.twins(FOLDER, rel('photos/A'))).toEqual([])
    baseline.setFolding(FOLDER, { case: 'simple', normalization: true })
    expect(baseline.twins(FOLDER, rel('photos/A'))).toEqual(['Photos/a'])
    expect(baseline.twins(FOLDER, rel('Photos/a'))).toEqual([])
    expect(baseline.twins(FOLDER, rel('e\u0301'))).toEqual(['É'])
    // The folder it lies in has another spelling by now, too.
    baseline.put(FOLDER, baselineEntry('photos/A'))
    expect(baseline.page(FOLDER, rel(''), undefined, 10).map(({ path }) => path)).toEqual(['photos-2', 'photos/A', 'É'])
    expect(baseline.totals(FOLDER).files).toBe(3)
    baseline.setFolding(FOLDER, DISTINCT_NAMES)
    expect(baseline.twins(FOLDER, rel('PHOTOS/a'))).toEqual([])
  })

  it('keeps totals of files and bytes through puts, changes, removals and a restart', async () => {
    const bench = await openBench()
    const { baseline } = bench.store
    baseline.put(FOLDER, baselineEntry('a', 10))
    baseline.put(FOLDER, baselineEntry('b', 5))
    baseline.put(FOLDER, { ...baselineEntry('d'), kind: 'directory', size: 0 })
    baseline.put(FOLDER, baselineEntry('a', 30))
    expect(baseline.totals(FOLDER)).toEqual({ files: 2, bytes: 35 })
    baseline.remove(FOLDER, rel('b'))
    baseline.remove(FOLDER, rel('never there'))
    const again = await bench.reopen()
    expect(again.recovered).toBe('none')
    expect(again.store.baseline.totals(FOLDER)).toEqual({ files: 1, bytes: 30 })
    again.store.baseline.clear(FOLDER)
    expect(again.store.baseline.totals(FOLDER)).toEqual({ files: 0, bytes: 0 })
    expect(again.store.baseline.page(FOLDER, ROOT, undefined, 10)).toEqual([])
    again.store.close()
  })
})

describe('a transaction', () => {
  it('leaves nothing remembered of what it took back', async () => {
    const { store } = await openBench()
    const put = (path: string, verifiedBy: 'altered' | 'recorded'): void => {
      const entry = baselineEntry(path, 7)
      store.baseline.put(FOLDER, { ...entry, remote: { ...entry.remote, verifiedBy } })
    }
    put('a', 'altered')
    put('r', 'recorded')
    store.folders.set(FOLDER, { lastChangeMs: 4 })
    const known = (): unknown => [
      store.folders.get(FOLDER),
      store.baseline.altered(FOLDER),
      store.baseline.recorded(FOLDER),
    ]
    const before = known()
    const change = (): unknown =>
      store.transaction(() => {
        put('b', 'altered')
        put('s', 'recorded')
        store.folders.set(FOLDER, { lastChangeMs: 5 })
        expect(known()).toEqual([{ compared: false, lastChangeMs: 5 }, ...[1, 2].map(() => ({ files: 2, bytes: 14 }))])
        throw new Error('stop')
      })
    expect(change).toThrow('stop')
    expect(known()).toEqual(before)
    expect(before).toEqual([{ compared: false, lastChangeMs: 4 }, ...[1, 2].map(() => ({ files: 1, bytes: 7 }))])
    store.close()
    expect(() => store.folders.get(FOLDER)).toThrow()
  })

  it('keeps nothing when the work throws, neither rows nor totals nor counts', async () => {
    const { store } = await openBench()
    store.baseline.put(FOLDER, baselineEntry('kept', 1))
    expect(() =>
      store.transaction(() => {
        store.baseline.put(FOLDER, baselineEntry('lost', 50))
        store.baseline.put('new folder' as FolderId, baselineEntry('lost', 50))
        store.queue.enqueue(FOLDER, [planned(upload('lost'))])
        throw new Error('stop')
      }),
    ).toThrow('stop')
    expect(store.baseline.totals(FOLDER)).toEqual({ files: 1, bytes: 1 })
    expect(store.baseline.get('new folder' as FolderId, rel('lost'))).toBeUndefined()
    expect(store.queue.counts(FOLDER).queued).toBe(0)
    store.baseline.put('new folder' as FolderId, baselineEntry('now', 2))
    expect(store.baseline.totals('new folder' as FolderId)).toEqual({ files: 1, bytes: 2 })
    store.close()
  })

  it('joins the one around it, and takes it down even when its error is swallowed', async () => {
    const { store } = await openBench()
    expect(() =>
      store.transaction(() => {
        store.baseline.put(FOLDER, baselineEntry('outer'))
        try {
          store.transaction(() => {
            store.baseline.put(FOLDER, baselineEntry('inner'))
            throw new Error('inner failed')
          })
        } catch {
          // A caller that goes on regardless.
        }
      }),
    ).toThrow('inner failed')
    expect(store.baseline.get(FOLDER, rel('outer'))).toBeUndefined()
    store.close()
  })

  it('refuses work that returns a promise, and rolls it back', async () => {
    const { store } = await openBench()
    expect(() => store.transaction(async () => store.baseline.put(FOLDER, baselineEntry('x')))).toThrow(/must not wait/)
    expect(store.baseline.get(FOLDER, rel('x'))).toBeUndefined()
    store.close()
  })
})

describe('history, folder state, problems and sessions', () => {
  it('lists history newest first, by folder and page by page, and keeps the newest 100,000 rows', async () => {
    const { store } = await openBench()
    const [first] = store.history.append(FOLDER, [{ ...outcome(upload('a', 1, 9)), keptAside: 'a (kept)' }], 5)
    expect(first).toEqual({
      id: first!.id,
      atMs: 5,
      folderId: FOLDER,
      path: 'a',
      kind: 'upload',
      method: 'whole',
      size: 9,
      bytesSent: 7,
      bytesReused: 3,
      durationMs: 12,
      keptAside: 'a (kept)',
    })
    const [second] = store.history.append('other' as FolderId, [outcome(upload('b'))], 6)
    const [third] = store.history.append(FOLDER, [outcome(upload('c'))], 7)
    expect(store.history.list({ limit: 2 })).toEqual([third, second])
    expect(store.history.list({ limit: 9, folderId: FOLDER })).toEqual([third, first])
    expect(store.history.list({ limit: 9, before: third!.id })).toEqual([second, first])
    store.transaction(() => {
      for (let turn = 0; turn < 101; turn++)
        store.history.append(
          FOLDER,
          Array.from({ length: 1_000 }, () => outcome(upload('x'))),
          8,
        )
    })
    const rows = store.history.list({ limit: 200_000 })
    expect(rows.length).toBeGreaterThanOrEqual(100_000)
    expect(rows.length).toBeLessThan(100_512)
    expect(rows[0]!.id).toBe(third!.id + 101_000)
    store.close()
  })

  it('says of an unknown folder that it was never compared, and remembers what is set', async () => {
    const bench = await openBench()
    expect(bench.store.folders.get(FOLDER)).toEqual({ compared: false })
    bench.store.folders.set(FOLDER, { rootDevice: '1', rootInode: '2', lastReconcileMs: 3 })
    bench.store.folders.set(FOLDER, { compared: true, lastChangeMs: 4 })
    const { store } = await bench.reopen()
    expect(store.folders.get(FOLDER)).toEqual({
      rootDevice: '1',
      rootInode: '2',
      lastReconcileMs: 3,
      lastChangeMs: 4,
      compared: true,
    })
    store.folders.clear(FOLDER)
    expect(store.folders.get(FOLDER)).toEqual({ compared: false })
    store.close()
  })

  it('replaces the problems inside a scope and leaves the others', async () => {
    const { store } = await openBench()
    const problem = (path: string) => ({ path: rel(path), reason: 'symlink', message: `${path} is a link` }) as const
    store.folders.putProblems(FOLDER, ROOT, [problem('a'), problem('a/x'), problem('a-b'), problem('b')])
    expect(store.folders.problemCount(FOLDER)).toBe(4)
    store.folders.putProblems(FOLDER, rel('a'), [problem('a/y')])
    expect(store.folders.problems(FOLDER, 10)).toEqual([problem('a-b'), problem('a/y'), problem('b')])
    expect(store.folders.problems(FOLDER, 1)).toHaveLength(1)
    expect(store.folders.problemCount(FOLDER)).toBe(3)
    store.folders.putProblems(FOLDER, ROOT, [])
    expect(store.folders.problemCount(FOLDER)).toBe(0)
    store.close()
  })

  it('replaces the problems of one path alone where nothing below it was looked at', async () => {
    const { store } = await openBench()
    const problem = (path: string) => ({ path: rel(path), reason: 'unreadable', message: `${path} is locked` }) as const
    store.folders.putProblems(FOLDER, ROOT, [problem('a'), problem('a/x'), problem('b')])
    store.folders.putProblems(FOLDER, rel('a'), [], 'alone')
    expect(store.folders.problems(FOLDER, 10)).toEqual([problem('a/x'), problem('b')])
    store.close()
  })

  it('keeps one session for each target and path', async () => {
    const bench = await openBench()
    const record = { target: 's3://b/', path: rel('a'), token: 't', body: '{}', updatedAtMs: 1 }
    bench.store.sessions.put(record)
    bench.store.sessions.put({ ...record, token: 't2' })
    bench.store.sessions.put({ ...record, target: 's3://c/' })
    const { store } = await bench.reopen()
    expect(store.sessions.get('s3://b/', rel('a'))?.token).toBe('t2')
    expect(store.sessions.list()).toHaveLength(2)
    expect(store.sessions.list('s3://c/')).toEqual([{ ...record, target: 's3://c/' }])
    store.sessions.remove('s3://b/', rel('a'))
    expect(store.sessions.get('s3://b/', rel('a'))).toBeUndefined()
    store.close()
  })
})

describe('opening state', () => {
  it('creates it for its owner only, and says so', async () => {
    const bench = await openBench()
    expect(bench.recovered).toBe('created')
    expect(bench.uncleanStop).toBe('none')
    expect(statSync(join(bench.host.paths.state, 'state.db')).mode & 0o777).toBe(0o600)
    expect(statSync(bench.host.paths.state).mode & 0o777).toBe(0o700)
    bench.store.close()
    bench.store.close()
    expect(readdirSync(bench.host.paths.state)).toEqual(['state.db', 'state.sum'])
  })

  it('reads it for a dry run without writing a byte, beside a running service too', async () => {
    const bench = await openBench()
    bench.store.baseline.put(FOLDER, baselineEntry('a'))
    const options = { directory: bench.host.paths.state, clock: bench.host.clock, log: bench.host.log }
    const beside = await openStoreForReading(options)
    expect(beside.baseline.totals(FOLDER).files).toBe(1)
    beside.close()
    bench.store.close()
    const before = statSync(join(options.directory, 'state.db'), { bigint: true })
    const alone = await openStoreForReading(options)
    expect(alone.baseline.get(FOLDER, rel('a'))).toEqual(baselineEntry('a'))
    expect(() => alone.baseline.remove(FOLDER, rel('a'))).toThrow()
    expect(readdirSync(options.directory)).toEqual(['state.db', 'state.sum'])
    alone.close()
    expect(statSync(join(options.directory, 'state.db'), { bigint: true }).mtimeNs).toBe(before.mtimeNs)
  })

  it('gives a dry run an empty store, and makes nothing, where there is no state', async () => {
    const host = createFakeHost()
    const store = await openStoreForReading({ directory: host.paths.state, clock: host.clock, log: host.log })
    expect(store.baseline.totals(FOLDER)).toEqual({ files: 0, bytes: 0 })
    expect(store.folders.get(FOLDER).compared).toBe(false)
    store.close()
    expect(readdirSync(host.paths.home)).toEqual([])
  })

  it('says in one sentence that the directory cannot be written', async () => {
    const host = createFakeHost()
    const directory = join(host.paths.home, 'file', 'state')
    writeFileSync(join(host.paths.home, 'file'), '')
    await expect(openStore({ directory, clock: host.clock, log: host.log })).rejects.toMatchObject({
      name: 'TidekeepError',
      code: 'forbidden',
    })
  })
})
