import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { Entry, RelPath } from '../../common/model.ts'
import { endsStretch, STRETCH_ENTRIES } from '../../common/stretch.ts'
import { createLocalScanner } from '../../main/engine/scan/local-scanner.ts'
import { createPool } from '../../main/pool.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import { retrying } from '../../main/providers/decorators/retrying.ts'
import type { ListedStretch, TargetProvider } from '../../main/providers/provider.ts'
import type { EntryColumns } from '../../workers/entry-columns.ts'
import { digestOfListing, digestOfWalk } from '../../workers/stretch-digest.ts'
import type { WalkBatch } from '../../workers/walk/batch.ts'
import { createFakeHost } from '../fakes/host.ts'
import { FOLDER, openBench, baselineEntry, rel } from './state-support.ts'

const signal = new AbortController().signal
const EVERYTHING = [{ path: '' as RelPath, recursive: true }]

describe('stretches of a folder', () => {
  const pool = createPool()
  const place = mkdtempSync(join(tmpdir(), 'tidekeep-stretches-'))
  const files = 5_000

  beforeAll(() => {
    for (let file = 0; file < files; file++) {
      const directory = join(place, `folder-${file % 40}`)
      if (file < 40) mkdirSync(directory)
      writeFileSync(join(directory, `file-${file}`), '')
    }
  })
  afterAll(async () => {
    await pool.close()
    rmSync(place, { recursive: true })
  })

  const walked = async (): Promise<{ readonly lasts: readonly string[]; readonly entries: readonly Entry[] }> => {
    const lasts: string[] = []
    const entries: Entry[] = []
    const scanner = createLocalScanner(pool)({ root: place, ignoreLines: [], excludedPaths: [] })
    for await (const batch of scanner.scan(EVERYTHING, signal)) {
      expect(batch.stretch?.count).toBe(batch.entries.length)
      lasts.push(batch.stretch!.last)
      entries.push(...batch.entries)
    }
    return { lasts, entries }
  }

  const target = () => createLocalProvider({ root: place, deps: { host: createFakeHost(), pool } })

  const listed = async (): Promise<readonly ListedStretch[]> => {
    const stretches: ListedStretch[] = []
    for await (const page of target().features.listStretches!('' as RelPath, { signal })) {
      expect('last' in page).toBe(true)
      if ('last' in page) stretches.push(page)
    }
    return stretches
  }

  it('are the same in a walk as in a listing, whatever its pages are', async () => {
    const { lasts, entries } = await walked()
    const stretches = await listed()
    expect(stretches.map(({ last }) => last)).toEqual(lasts)
    expect(lasts.length).toBeGreaterThan(5)
    expect(stretches.flatMap((each) => each.entries()).map(({ path }) => path)).toEqual(entries.map(({ path }) => path))
    expect(stretches.reduce((sum, each) => sum + each.files, 0)).toBe(files)
  })

  it('hold what a listing tells', async () => {
    const whole: Entry[] = []
    for await (const page of target().list('' as RelPath, { signal })) whole.push(...page)
    const stretches = await listed()
    expect(stretches.flatMap((each) => each.entries())).toEqual(whole)
    for (const each of stretches) {
      const { first, last, count } = each
      const entries = each.entries()
      expect([entries[0]?.path, entries.at(-1)?.path, entries.length]).toEqual([first, last, count])
      expect(count).toBeLessThanOrEqual(STRETCH_ENTRIES)
    }
  })

  it('begin and end where they did although something was added before them', async () => {
    const before = (await walked()).lasts
    writeFileSync(join(place, 'a new one'), '')
    const after = (await walked()).lasts
    rmSync(join(place, 'a new one'))
    const same = before.filter((last) => after.includes(last))
    expect(same.length).toBeGreaterThan(before.length / 2)
    expect(same.at(-1)).toBe(before.at(-1))
  })

  it('end by the path alone, one in some hundred', () => {
    const ends = Array.from({ length: 100_000 }, (_, number) => `folder-${number % 300}/file-${number}.dat`).filter(
      (path) => endsStretch(path),
    )
    expect(ends.length).toBeGreaterThan(130)
    expect(ends.length).toBeLessThan(270)
    expect(ends.every((path) => endsStretch(path))).toBe(true)
  })
})

describe('a listing in stretches that breaks off', () => {
  const entry = (path: string): Entry => ({ path: rel(path), kind: 'file', size: 1, mtimeNs: 1n })
  const stretch = (...paths: readonly string[]): ListedStretch => ({
    first: rel(paths[0]!),
    last: rel(paths.at(-1)!),
    count: paths.length,
    files: paths.length,
    bytes: paths.length,
    digest: () => paths.join(),
    entries: () => paths.map(entry),
  })

  /** Fails once behind each of the parts but the last one. */
  const breaking = (parts: readonly (readonly ListedStretch[])[]): TargetProvider => {
    const rest = [...parts]
    const features = {
      listStretches: async function* () {
        yield* rest.shift() ?? []
        if (rest.length > 0)
          throw new TidekeepError({ code: 'unavailable', message: 'away', retry: { kind: 'backoff' } })
      },
    }
    return { location: 'x', features } as unknown as TargetProvider
  }

  const told = async (provider: TargetProvider): Promise<readonly string[]> => {
    const host = createFakeHost()
    const pages: string[] = []
    const listing = (async () => {
      for await (const page of retrying(provider, host).features.listStretches!(rel(''), { signal }))
        pages.push('last' in page ? `stretch ${page.digest()}` : page.map(({ path }) => path).join())
    })()
    await host.clock.advance(60_000)
    await listing
    return pages
  }

  it('goes on behind what was told', async () => {
    const all = [stretch('a', 'b'), stretch('c', 'd'), stretch('e')]
    expect(await told(breaking([all.slice(0, 1), all.slice(0, 2), all]))).toEqual([
      'stretch a,b',
      'stretch c,d',
      'stretch e',
    ])
  })

  it('tells the rest of a stretch that is another one by then, as entries', async () => {
    const parts = [[stretch('a', 'b')], [stretch('a', 'b', 'c'), stretch('d')]]
    expect(await told(breaking(parts))).toEqual(['stretch a,b', 'c', 'stretch d'])
  })

  it('is not there where a listing is replaced: it would be passed by', () => {
    const inner = breaking([[]])
    expect('listStretches' in intercept(inner, {}).features).toBe(true)
    const list = async function* () {}
    expect('listStretches' in intercept(inner, { list }).features).toBe(false)
  })
})

describe('the digest of a stretch', () => {
  const FILE = 0o644
  const DIRECTORY = 0o1755
  const batch = (change: Partial<WalkBatch> = {}): WalkBatch => ({
    kind: 'batch',
    count: 2,
    paths: 'a\0a/b',
    modes: Uint16Array.of(DIRECTORY, FILE),
    sizes: Float64Array.of(0, 5),
    mtimesNs: BigInt64Array.of(1n, 2n),
    ctimesNs: BigInt64Array.of(3n, 4n),
    devices: BigInt64Array.of(5n, 5n),
    inodes: BigInt64Array.of(6n, 7n),
    problems: [],
    ignored: 0,
    ...change,
  })
  const columns = (change: Partial<EntryColumns> = {}): EntryColumns => ({
    paths: 'a\0a/b',
    kinds: Uint8Array.of(1, 0),
    sizes: Float64Array.of(0, 5),
    mtimesNs: BigInt64Array.of(1n, 2n),
    inodes: BigInt64Array.of(3n, 4n),
    ctimesNs: BigInt64Array.of(5n, 6n),
    modes: Uint16Array.of(0o755, FILE),
    bornAtMs: Float64Array.of(1, 2),
    ...change,
  })

  it('is another one for whatever a comparison goes by', () => {
    const walked: Partial<WalkBatch>[] = [
      { paths: 'a\0a/c' },
      { paths: 'a\0a/bb' },
      { modes: Uint16Array.of(DIRECTORY, 0o600) },
      { modes: Uint16Array.of(0o1700, FILE) },
      { modes: Uint16Array.of(0o755, FILE) },
      { sizes: Float64Array.of(0, 6) },
      { mtimesNs: BigInt64Array.of(1n, 3n) },
      { ctimesNs: BigInt64Array.of(3n, 5n) },
      { devices: BigInt64Array.of(5n, 6n) },
      { inodes: BigInt64Array.of(6n, 8n) },
      { mtimesNs: BigInt64Array.of(1n, 4n), ctimesNs: BigInt64Array.of(3n, 2n) },
    ]
    const told: Partial<EntryColumns>[] = [
      { paths: 'a\0a/c' },
      { inodes: BigInt64Array.of(3n, 5n) },
      { ctimesNs: BigInt64Array.of(5n, 7n) },
      { inodes: new BigInt64Array(0), ctimesNs: new BigInt64Array(0) },
      { kinds: Uint8Array.of(1, 2) },
      { kinds: Uint8Array.of(0, 0) },
      { sizes: Float64Array.of(0, 6) },
      { mtimesNs: BigInt64Array.of(1n, 3n) },
    ]
    const all = [
      ...[{}, ...walked].map((each) => digestOfWalk(batch(each))),
      ...[{}, ...told].map((each) => digestOfListing(columns(each))),
    ]
    expect(new Set(all).size).toBe(walked.length + told.length + 2)
  })

  it('is the same where only the times of a folder moved', () => {
    const moved = { mtimesNs: BigInt64Array.of(8n, 2n), ctimesNs: BigInt64Array.of(9n, 4n) }
    expect(digestOfWalk(batch(moved))).toBe(digestOfWalk(batch()))
    const there = { mtimesNs: moved.mtimesNs, inodes: BigInt64Array.of(9n, 4n), ctimesNs: BigInt64Array.of(9n, 6n) }
    expect(digestOfListing(columns(there))).toBe(digestOfListing(columns()))
  })

  it('leaves the columns as they were', () => {
    const one = batch()
    digestOfWalk(one)
    expect(one).toEqual(batch())
  })
})

describe('what is remembered of stretches', () => {
  const quiet = (after: string, last: string, remote?: string) => ({
    after: after as RelPath,
    last: rel(last),
    local: 'here',
    ...(remote === undefined ? {} : { remote }),
  })

  it('is told as it was given, also by the next process', async () => {
    const bench = await openBench()
    bench.store.baseline.keepQuiet(FOLDER, [quiet('', 'm', 'there'), quiet('m', 'z')])
    const { store } = await bench.reopen()
    expect(store.baseline.quietAt(FOLDER, rel('m'))).toEqual(quiet('', 'm', 'there'))
    expect(store.baseline.quietAt(FOLDER, rel('z'))).toEqual(quiet('m', 'z'))
    expect(store.baseline.quietAt(FOLDER, rel('n'))).toBeUndefined()
    store.close()
  })

  it('is forgotten with whatever is written of a path in it, and of no other', async () => {
    const { store } = await openBench()
    const { baseline } = store
    const all = [quiet('', 'd'), quiet('d', 'm'), quiet('m', 'z')]
    const known = (): readonly string[] => ['d', 'm', 'z'].filter((last) => baseline.quietAt(FOLDER, rel(last)))
    baseline.keepQuiet(FOLDER, all)
    baseline.put(FOLDER, baselineEntry('m'))
    expect(known()).toEqual(['d', 'z'])
    baseline.remove(FOLDER, rel('d'))
    expect(known()).toEqual(['z'])
    baseline.put(FOLDER, baselineEntry('zz'))
    expect(known()).toEqual(['z'])
    baseline.put(FOLDER, baselineEntry('o'))
    expect(known()).toEqual([])
    baseline.keepQuiet(FOLDER, all)
    baseline.clear(FOLDER)
    expect(known()).toEqual([])
    store.close()
  })

  it('is forgotten where another one has a path in common with it', async () => {
    const { store } = await openBench()
    const { baseline } = store
    baseline.keepQuiet(FOLDER, [quiet('a', 'm'), quiet('m', 'z')])
    baseline.keepQuiet(FOLDER, [quiet('a', 'o')])
    expect(['m', 'o', 'z'].filter((last) => baseline.quietAt(FOLDER, rel(last)))).toEqual(['o'])
    store.close()
  })

  it('is as it was before a transaction that was rolled back', async () => {
    const { store } = await openBench()
    const { baseline } = store
    baseline.keepQuiet(FOLDER, [quiet('', 'm')])
    expect(() =>
      store.transaction(() => {
        baseline.put(FOLDER, baselineEntry('c'))
        baseline.keepQuiet(FOLDER, [quiet('m', 'z')])
        throw new Error('not now')
      }),
    ).toThrow('not now')
    expect(baseline.quietAt(FOLDER, rel('m'))).toBeDefined()
    expect(baseline.quietAt(FOLDER, rel('z'))).toBeUndefined()
    baseline.put(FOLDER, baselineEntry('c'))
    expect(baseline.quietAt(FOLDER, rel('m'))).toBeUndefined()
    store.close()
  })
})
