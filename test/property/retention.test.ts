import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeVersions, type EndedVersion, type JudgedPath, type RetentionRules } from '../../common/retention.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const RUNS = Number(process.env['TIDEKEEP_HISTORIES'] ?? 2_000)
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Saturday. */
const NOW_MS = Date.UTC(2026, 10, 21, 12)
/** As in Berlin: an hour, and two between the last Sundays of March and October. */
const offsetMs = (atMs: number): number =>
  atMs >= Date.UTC(2026, 2, 29, 1) && atMs < Date.UTC(2026, 9, 25, 1) ? 2 * HOUR_MS : HOUR_MS

const PATH: JudgedPath = { nowMs: NOW_MS, isGone: false, offsetMs }
const NONE: RetentionRules = { allDays: 0, dailyDays: 0, weeklyWeeks: 0, monthlyMonths: 0 }

const rulesArb: fc.Arbitrary<RetentionRules> = fc.record({
  allDays: fc.nat(40),
  dailyDays: fc.nat(40),
  weeklyWeeks: fc.nat(20),
  monthlyMonths: fc.oneof(fc.nat(20), fc.constant('forever' as const)),
})

/** Some in the future, as a clock that was set back leaves them; many at once. */
const versionsArb: fc.Arbitrary<readonly EndedVersion[]> = fc
  .array(
    fc.record({
      hours: fc.oneof(fc.integer({ min: -48, max: 24 * 900 }), fc.integer({ min: 0, max: 24 * 60 })),
      isBegun: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  .chain((drawn) => fc.boolean().map((tells) => drawn.map((each, at) => versionOf(each, at, tells))))

function versionOf({ hours, isBegun }: { hours: number; isBegun: boolean }, at: number, tells: boolean): EndedVersion {
  const keptAtMs = NOW_MS - hours * HOUR_MS
  return { token: `v${at}`, keptAtMs, ...(tells || isBegun ? { storedAtMs: keptAtMs - HOUR_MS } : {}) }
}

function staying<V extends EndedVersion>(versions: readonly V[], rules: RetentionRules, path = PATH): readonly V[] {
  return judgeVersions(versions, rules, path).flatMap(({ version, stays }) => (stays ? [version] : []))
}

/** Each began where the one before it ended, and tells so. */
function chained(versions: readonly EndedVersion[]): readonly EndedVersion[] {
  const ends = versions.map(({ keptAtMs }) => keptAtMs).sort((a, b) => a - b)
  return versions.map((version) => {
    const before = ends.findLast((endedMs) => endedMs < version.keptAtMs)
    return { ...version, storedAtMs: before ?? version.keptAtMs - DAY_MS }
  })
}

const tokens = (versions: readonly EndedVersion[]) => versions.map(({ token }) => token)

function check(name: string, property: fc.IProperty<[readonly EndedVersion[], RetentionRules, RetentionRules]>): void {
  it(name, () => fc.assert(property, { seed: SEED, numRuns: RUNS }))
}

const holds = (test: (versions: readonly EndedVersion[], rules: RetentionRules, other: RetentionRules) => void) =>
  fc.property(versionsArb, rulesArb, rulesArb, test)

describe(`what earlier versions stay (seed ${SEED})`, () => {
  check(
    'the last one of a path that is gone, by any rules',
    holds((versions, rules) => {
      const left = staying(versions, rules, { ...PATH, isGone: true })
      if (versions.length === 0) return
      const latest = Math.max(...versions.map(({ keptAtMs }) => keptAtMs))
      expect(left.at(-1)?.keptAtMs).toBe(latest)
    }),
  )

  check(
    'no fewer by rules that are laxer',
    holds((versions, rules, other) => {
      const lax: RetentionRules = {
        allDays: Math.max(rules.allDays, other.allDays),
        dailyDays: Math.max(rules.dailyDays, other.dailyDays),
        weeklyWeeks: Math.max(rules.weeklyWeeks, other.weeklyWeeks),
        monthlyMonths: longer(rules.monthlyMonths, other.monthlyMonths),
      }
      for (const isGone of [true, false]) {
        const left = new Set(tokens(staying(versions, lax, { ...PATH, isGone })))
        expect(tokens(staying(versions, rules, { ...PATH, isGone })).filter((token) => !left.has(token))).toEqual([])
      }
    }),
  )

  check(
    'all of them in a second run',
    holds((versions, rules) => {
      for (const isGone of [true, false]) {
        const left = staying(versions, rules, { ...PATH, isGone })
        expect(staying(left, rules, { ...PATH, isGone })).toEqual(left)
      }
    }),
  )

  check(
    'the same in whatever order they are listed',
    holds((versions, rules) => {
      const listed = tokens(staying(versions, rules))
      expect(tokens(staying(versions.toReversed(), rules))).toEqual(listed)
      expect(tokens(staying([...versions.slice(7), ...versions.slice(0, 7)], rules))).toEqual(listed)
    }),
  )

  check(
    'the same whether or not runs came before, also by a clock that was set back',
    holds((versions, rules) => {
      let left = chained(versions)
      const atOnce = tokens(staying(left, rules))
      for (const days of [90, 20, 41, 3, 0])
        left = [...staying(left, rules, { ...PATH, nowMs: NOW_MS - days * DAY_MS })]
      expect(tokens(left)).toEqual(atOnce)
    }),
  )

  check(
    'none that leaves a gap before one whose beginning is not told',
    holds((versions, rules) => {
      const left = new Set(tokens(staying(versions, rules)))
      const sorted = judgeVersions(versions, rules, PATH).map(({ version }) => version)
      const oldest = sorted.findIndex(({ token }) => left.has(token))
      let isGap = false
      for (const { token, storedAtMs } of sorted.slice(Math.max(0, oldest))) {
        if (left.has(token)) expect(isGap && storedAtMs === undefined).toBe(false)
        isGap = !left.has(token)
      }
    }),
  )

  check(
    'the one that this computer takes for the present one, and all that gave way later',
    holds((versions, rules) => {
      const at = versions[Math.floor(versions.length / 2)]
      if (at === undefined) return
      const left = new Set(tokens(staying(versions, rules, { ...PATH, unseenSinceMs: at.keptAtMs })))
      for (const { token, keptAtMs } of versions) if (keptAtMs >= at.keptAtMs) expect(left.has(token)).toBe(true)
    }),
  )

  check(
    'all that something living needs',
    holds((versions, rules) => {
      expect(staying(versions, rules, { ...PATH, isNeeded: true })).toHaveLength(versions.length)
    }),
  )
})

describe('the days, weeks and months that a version is the last of', () => {
  const at = (text: string): EndedVersion => ({ token: text, keptAtMs: Date.parse(text) })

  it('end at local midnight, also on the day the clocks change', () => {
    const rules = { ...NONE, dailyDays: 60 }
    const versions = ['2026-10-24T21:59Z', '2026-10-24T22:01Z', '2026-10-25T22:59Z', '2026-10-25T23:01Z'].map(at)
    expect(tokens(staying(chained(versions), rules))).toEqual([
      '2026-10-24T21:59Z',
      '2026-10-25T22:59Z',
      '2026-10-25T23:01Z',
    ])
  })

  it('run from Monday to Sunday, over the end of a year', () => {
    const rules = { ...NONE, weeklyWeeks: 60 }
    const versions = ['2025-12-28T12:00Z', '2025-12-29T12:00Z', '2026-01-04T22:59Z', '2026-01-04T23:01Z'].map(at)
    expect(tokens(staying(chained(versions), rules))).toEqual([
      '2025-12-28T12:00Z',
      '2026-01-04T22:59Z',
      '2026-01-04T23:01Z',
    ])
  })

  it('are those of the calendar, whatever day their stretch begins', () => {
    const rules = { allDays: 1, dailyDays: 0, weeklyWeeks: 0, monthlyMonths: 12 }
    const versions = [
      '2026-09-01T12:00Z',
      '2026-09-30T12:00Z',
      '2026-10-01T12:00Z',
      '2026-10-30T12:00Z',
      '2026-11-02T12:00Z',
    ].map(at)
    expect(tokens(staying(chained(versions), rules))).toEqual([
      '2026-09-30T12:00Z',
      '2026-10-30T12:00Z',
      '2026-11-02T12:00Z',
    ])
  })

  it.each([
    ['all', { ...NONE, allDays: 30 }, 30],
    ['daily', { ...NONE, allDays: 30, dailyDays: 10 }, 40],
    ['weekly', { ...NONE, allDays: 30, weeklyWeeks: 2 }, 44],
    ['monthly', { ...NONE, allDays: 30, monthlyMonths: 2 }, 92],
  ] as const)('stay to the last millisecond of their stretch: %s', (_, rules, days) => {
    const version = { token: 'v', keptAtMs: NOW_MS - days * DAY_MS, storedAtMs: 0 }
    expect(staying([version], rules)).toHaveLength(1)
    expect(staying([{ ...version, keptAtMs: version.keptAtMs - 1 }], rules)).toHaveLength(0)
  })

  it('never end where months stay for ever', () => {
    const rules = { ...NONE, monthlyMonths: 'forever' as const }
    expect(staying([at('1999-01-01T00:00Z')], rules)).toHaveLength(1)
  })
})

function longer(
  a: RetentionRules['monthlyMonths'],
  b: RetentionRules['monthlyMonths'],
): RetentionRules['monthlyMonths'] {
  return a === 'forever' || b === 'forever' ? 'forever' : Math.max(a, b)
}
