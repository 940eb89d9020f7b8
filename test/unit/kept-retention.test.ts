import { describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { keptPath, parseKeptPath } from '../../common/kept-area.ts'
import { comparePaths } from '../../common/paths.ts'
import { keptByPath } from '../../main/cleanup/kept-by-path.ts'
import { letGoOfKept, type RetentionOptions } from '../../main/cleanup/kept-retention.ts'
import { retentionRules, type RetentionRules } from '../../common/retention.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { KeptVersion, TargetProvider } from '../../main/providers/provider.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 10, 21)
const unstopped = new AbortController().signal

class KeepingTarget {
  readonly removed: string[] = []
  readonly live = new Set<string>()
  readonly directories = new Set<string>()
  #versions: KeptVersion[]

  constructor(...versions: readonly (Partial<KeptVersion> & { readonly days: number })[]) {
    this.#versions = versions.map(({ days, ...version }, index) => {
      const path = version.path ?? (`f${index}` as RelPath)
      this.live.add(path)
      const keptAtMs = NOW_MS - days * DAY_MS
      return {
        path,
        why: 'replaced',
        keptAtMs,
        sizeBytes: 10,
        token: `${path}@${days}`,
        keptBy: 'tidekeep',
        ...version,
      }
    })
  }

  /** What was removed is listed no more. */
  forget(): void {
    this.#versions = this.#versions.filter(({ token }) => !this.removed.includes(token))
  }

  get port(): Pick<TargetProvider, 'features' | 'stat'> {
    const versions = this.#versions
    const memory = createMemoryProvider({ name: '' })
    return {
      stat: async (path, options) =>
        this.live.has(path)
          ? { path, kind: this.directories.has(path) ? 'directory' : 'file', size: 1, mtimeNs: 0n }
          : memory.stat(path, options),
      features: {
        ...memory.features,
        keptVersions: async function* (path) {
          yield* versions.filter((each) => path === '' || each.path === path)
        },
        removeKept: async ({ token }) => void this.removed.push(token),
      },
    }
  }
}

const RULES: RetentionRules = { allDays: 30, dailyDays: 0, weeklyWeeks: 0, monthlyMonths: 0 }

const letGo = (target: KeepingTarget, options: Partial<RetentionOptions> = {}) =>
  letGoOfKept(target.port, { rules: RULES, dryRun: false, nowMs: NOW_MS, signal: unstopped, ...options })

describe('letting go of kept versions', () => {
  it('removes what is older than it has to be, and nothing else', async () => {
    const target = new KeepingTarget({ days: 31 }, { days: 29 }, { days: 33 })
    expect(await letGo(target)).toMatchObject({ removed: { count: 2, bytes: 20 }, kept: { count: 1 } })
    expect(target.removed).toEqual(['f2@33', 'f0@31'])
  })

  it('removes nothing in a dry run and says what it would', async () => {
    const target = new KeepingTarget({ days: 31 })
    expect(await letGo(target, { dryRun: true })).toMatchObject({ removed: { count: 1 } })
    expect(target.removed).toEqual([])
  })

  it('loses at most a week of versions to a clock that jumps ahead by a year', async () => {
    const target = new KeepingTarget(...Array.from({ length: 30 }, (_, days) => ({ days })))
    const report = await letGo(target, { nowMs: NOW_MS + 365 * DAY_MS })
    expect(report).toMatchObject({ removed: { count: 8 }, later: { count: 22 } })
    expect(target.removed.at(-1)).toBe('f22@22')
  })

  it('goes by the younger of two ages where the target has a clock of its own', async () => {
    const target = new KeepingTarget({ days: 400, ageMs: 3 * DAY_MS }, { days: 31, ageMs: 31 * DAY_MS })
    expect(await letGo(target)).toMatchObject({ removed: { count: 1 }, kept: { count: 1 } })
    expect(target.removed).toEqual(['f1@31'])
  })

  it('leaves the only copy of a file that is no longer at its path', async () => {
    const target = new KeepingTarget(
      { days: 31 },
      { days: 32, path: 'g' as RelPath },
      { days: 1, path: 'g' as RelPath, why: 'deleted' },
    )
    target.live.clear()
    expect(await letGo(target)).toMatchObject({ removed: { count: 1 }, onlyCopies: { count: 1 } })
    expect(target.removed).toEqual(['g@32'])
  })

  it('keeps the last version of a path that is gone, however old it is', async () => {
    const path = 'g' as RelPath
    const target = new KeepingTarget({ days: 900, path, why: 'deleted' }, { days: 905, path })
    target.live.clear()
    expect(await letGo(target)).toMatchObject({ removed: { count: 1 }, onlyCopies: { count: 1 } })
    expect(target.removed).toEqual(['g@905'])
    expect(await letGo(new KeepingTarget({ days: 900, path }))).toMatchObject({ removed: { count: 1 } })
  })

  it('takes none out from before one that does not tell when it began: that one goes first', async () => {
    const path = 'a' as RelPath
    const since = (days: number) => ({ storedAtMs: NOW_MS - days * DAY_MS })
    // On a Sunday; then from Tuesday to Saturday of the next week.
    const target = new KeepingTarget(
      { path, days: 20, ...since(21) },
      { path, days: 18, ...since(20) },
      { path, days: 17 },
      { path, days: 14, ...since(17) },
    )
    const options = { rules: { ...RULES, allDays: 1, weeklyWeeks: 20 }, takesAll: true }
    const first = await letGo(target, options)
    expect(first).toMatchObject({ removed: { count: 1 }, later: { count: 1 }, kept: { count: 2 } })
    expect(target.removed).toEqual(['a@17'])
    target.forget()
    expect(await letGo(target, options)).toMatchObject({ removed: { count: 1 }, kept: { count: 2 } })
    expect(target.removed).toEqual(['a@17', 'a@18'])
  })

  it('takes none from after one that could not be removed where the next does not tell when it began', async () => {
    const path = 'a' as RelPath
    const target = new KeepingTarget({ path, days: 40 }, { path, days: 35 }, { path, days: 3 })
    const { port } = target
    const removeKept = async ({ token }: { readonly token: string }) => {
      if (token === 'a@40') throw new Error('The disk says no.')
      target.removed.push(token)
    }
    const stuck = { ...port, features: { ...port.features, removeKept } }
    const options = { rules: RULES, dryRun: false, nowMs: NOW_MS, signal: unstopped }
    expect(await letGoOfKept(stuck, options)).toMatchObject({ failed: { count: 1 }, kept: { count: 2 } })
    expect(target.removed).toEqual([])
  })

  it('is not held up by such versions, which grow old for ever', async () => {
    const target = new KeepingTarget({ days: 900 }, { days: 901, why: 'deleted' }, { days: 40 })
    target.live.delete('f0')
    expect(await letGo(target)).toMatchObject({ removed: { count: 1 }, onlyCopies: { count: 2 }, later: { count: 0 } })
    expect(target.removed).toEqual(['f2@40'])
  })

  it('keeps it too where a folder took the place of the file', async () => {
    const target = new KeepingTarget({ days: 900, path: 'g' as RelPath })
    target.directories.add('g')
    expect(await letGo(target)).toMatchObject({ removed: { count: 0 }, onlyCopies: { count: 1 } })
    expect(target.removed).toEqual([])
  })

  it('leaves what something living needs', async () => {
    const target = new KeepingTarget({ days: 40 }, { days: 41 })
    expect(await letGo(target, { isNeeded: (path) => path === 'f0' })).toMatchObject({
      removed: { count: 1 },
      needed: { count: 1, bytes: 10 },
    })
    expect(target.removed).toEqual(['f1@41'])
  })

  it('leaves what came to be needed while the others were listed', async () => {
    const target = new KeepingTarget({ days: 40 }, { days: 41 })
    const isNeeded = (path: RelPath) => path === 'f0' && target.removed.length > 0
    expect(await letGo(target, { isNeeded })).toMatchObject({ removed: { count: 1 }, needed: { count: 1 } })
    expect(target.removed).toEqual(['f1@41'])
  })

  it('thins by the rules and says of each version why', async () => {
    const path = 'g' as RelPath
    const days = [0.5, 31.1, 31.2, 40.6, 500]
    const target = new KeepingTarget(...days.map((each) => ({ path, days: each, storedAtMs: 0 })))
    const reasons = new Map<string, string>()
    await letGo(target, {
      rules: { ...RULES, dailyDays: 30 },
      takesAll: true,
      onVersion: ({ token }, became) => reasons.set(token, `${became.what} ${'why' in became ? became.why : ''}`),
    })
    expect(Object.fromEntries(reasons)).toEqual({
      'g@0.5': 'kept young',
      'g@31.1': 'kept day',
      'g@31.2': 'removed thinned',
      'g@40.6': 'kept day',
      'g@500': 'removed expired',
    })
    expect(target.removed).toEqual(['g@500', 'g@31.2'])
  })

  it('removes nothing in a second run', async () => {
    const path = 'g' as RelPath
    const rules = { allDays: 2, dailyDays: 5, weeklyWeeks: 4, monthlyMonths: 3 }
    const target = new KeepingTarget(
      ...Array.from({ length: 200 }, (_, at) => ({ path, days: at, storedAtMs: 0, token: `${at}` })),
    )
    const first = await letGo(target, { rules, takesAll: true })
    expect(first!.removed.count).toBeGreaterThan(150)
    target.forget()
    expect(await letGo(target, { rules, takesAll: true })).toMatchObject({ removed: { count: 0 }, later: { count: 0 } })
  })

  it('keeps for 30 days what was kept before nothing is kept any more', () => {
    const none = { keepDays: 0, keepDailyDays: 0, keepWeeklyWeeks: 0, keepMonthlyMonths: 0 }
    expect(retentionRules(none)).toEqual(RULES)
  })

  it('leaves to a versioned bucket what the bucket keeps', async () => {
    const target = new KeepingTarget({ days: 300, keptBy: 'store' })
    expect(await letGo(target)).toMatchObject({ removed: { count: 0 }, ofStore: { count: 1 } })
    expect(target.removed).toEqual([])
  })
})

describe('kept versions path by path', () => {
  it('come in the order of paths, each path whole, however few are held at once', async () => {
    const names = ['b', 'a/x', 'a', 'c', 'a-b', 'd', 'a/y']
    const target = new KeepingTarget(
      ...names.flatMap((path) => [1, 2, 3].map((days) => ({ path: path as RelPath, days }))),
    )
    for (const maxHeld of [1, 4, 7, 100]) {
      const found: string[] = []
      const list = (path: RelPath) => target.port.features.keptVersions!(path, { signal: unstopped })
      for await (const each of keptByPath(list, { path: '' as RelPath, signal: unstopped, maxHeld }))
        found.push(`${each.path} ${each.versions.length}`)
      expect(found).toEqual(['a', 'a-b', 'a/x', 'a/y', 'b', 'c', 'd'].sort(comparePaths).map((path) => `${path} 3`))
    }
  })
})

describe('the name of a kept version', () => {
  it.each(['replaced', 'deleted', 'foreign'] as const)('tells path, time and why: %s', (why) => {
    const place = { path: 'a b/ü:x.txt' as RelPath, why, keptAtMs: Date.UTC(2026, 10, 21, 10, 42, 5, 7) }
    expect(keptPath(place)).toBe(`.tidekeep/kept/2026-11-21T10-42-05.007-${why}/a b/ü:x.txt`)
    expect(parseKeptPath(keptPath(place))).toEqual(place)
  })

  it('tells when it began, where that is known and before it ended', () => {
    const [storedAtMs, keptAtMs] = [Date.UTC(2026, 10, 1), Date.UTC(2026, 10, 21, 10, 42, 5)]
    const place = { path: 'a/b' as RelPath, why: 'replaced', keptAtMs } as const
    const name = '.tidekeep/kept/2026-11-21T10-42-05.000-replaced-since-2026-11-01T00-00-00.000/a/b'
    expect(keptPath({ ...place, storedAtMs })).toBe(name)
    expect(parseKeptPath(name)).toEqual({ ...place, storedAtMs })
    // By a clock that was set back, or within one moment.
    for (const late of [keptAtMs, keptAtMs + 1]) expect(keptPath({ ...place, storedAtMs: late })).toBe(keptPath(place))
    expect(parseKeptPath(name.replace('since-2026', 'since-2027'))).toEqual(place)
  })

  it.each([
    '.tidekeep/kept/x/a',
    '.tidekeep/kept/2026-11-21T10-42-05.007-replaced-since-/a',
    '.tidekeep/kept/2026-11-21T10-42-05.007-replaced-since-2026-11-01/a',
    '.tidekeep/kept/2026-11-21T10-42-05.007-replaced-since-2026-11-01T00-00-00.000',
    '.tidekeep/kept/since-2026-11-21T10-42-05.007-replaced/a',
    '.tidekeep/kept/2026-11-21T10-42-05.007-replaced',
    '.tidekeep/kept/2026-11-21T10-42-05.007-replaced/../a',
    'a',
  ])('is not %s', (text) => expect(parseKeptPath(text)).toBeUndefined())
})
