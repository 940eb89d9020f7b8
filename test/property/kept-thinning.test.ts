import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KeptWhy, RelPath } from '../../common/model.ts'
import { judgeVersions, type Judged, type RetentionRules } from '../../common/retention.ts'
import type { KeptVersion } from '../../main/providers/provider.ts'
import { isBefore } from '../../main/restore/at-moment.ts'
import { coveringVersion, standingOf, type PathStanding, type Timeline } from '../../main/restore/timeline/timeline.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const RUNS = Number(process.env['TIDEKEEP_HISTORIES'] ?? 1_500)
const HOUR_MS = 3_600_000
const NOW_MS = Date.UTC(2026, 10, 21, 12)
const PATH = 'a' as RelPath

/** One life of a path, as it was, and what is told of it. Hours. */
interface Drawn {
  readonly gap: number
  readonly life: number
  readonly why: KeptWhy
  /** What its name says of its beginning: the truth, nothing, or another moment, as two computers that do not agree leave it. */
  readonly tells: 'truth' | 'nothing' | number
}

const honestArb: fc.Arbitrary<Drawn> = fc.record({
  gap: fc.nat(40),
  life: fc.integer({ min: 1, max: 200 }),
  why: fc.constantFrom('replaced', 'deleted', 'foreign'),
  tells: fc.constantFrom('truth' as const, 'truth' as const, 'truth' as const, 'nothing' as const),
})
const anyArb: fc.Arbitrary<Drawn> = fc.record({
  gap: fc.integer({ min: -60, max: 40 }),
  life: fc.integer({ min: 0, max: 200 }),
  why: fc.constantFrom('replaced', 'deleted', 'foreign'),
  tells: fc.oneof(fc.constantFrom('truth' as const, 'nothing' as const), fc.integer({ min: -300, max: 100 })),
})
const rulesArb: fc.Arbitrary<RetentionRules> = fc.record({
  allDays: fc.nat(10),
  dailyDays: fc.nat(20),
  weeklyWeeks: fc.nat(6),
  monthlyMonths: fc.nat(3),
})

/** The last ended `endHours` ago. Where something was replaced, the next one began in that moment. */
function lived(drawn: readonly Drawn[], endHours: number): readonly KeptVersion[] {
  let hours = 0
  let wasDeleted = true
  const lives = drawn.map(({ gap, life, why, tells }, at) => {
    const begun = hours + (wasDeleted || gap < 0 ? gap : 0)
    hours = begun + life
    wasDeleted = why === 'deleted'
    const told = tells === 'truth' ? begun : tells === 'nothing' ? undefined : begun + tells
    return { at, why, ended: hours, told: told !== undefined && told < hours ? told : undefined }
  })
  const startMs = NOW_MS - (hours + endHours) * HOUR_MS
  return lives.map(({ at, why, ended, told }) => ({
    path: PATH,
    why,
    sizeBytes: 1,
    token: `v${at}`,
    keptBy: 'tidekeep',
    keptAtMs: startMs + ended * HOUR_MS,
    ...(told === undefined ? {} : { storedAtMs: startMs + told * HOUR_MS }),
  }))
}

/** With something at the path that does not tell when it began. */
function timelineOf(versions: readonly KeptVersion[]): Timeline {
  const kept = [...versions].sort((a, b) => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0))
  const all = [...kept, undefined]
  return {
    paths: [PATH],
    first: [0, all.length],
    begunMs: all.map((version) => version?.storedAtMs ?? Number.NaN),
    endedMs: all.map((version) => version?.keptAtMs ?? Infinity),
    sizeBytes: all.map(() => 1),
    mtimeMs: all.map(() => Number.NaN),
    kept: all,
    isArchived: all.map(() => false),
    keepsVersions: true,
  }
}

interface Answer {
  readonly standing: PathStanding
  readonly version: KeptVersion | undefined
  /** The last that had ended. */
  readonly ended: KeptVersion | undefined
}

function answer(timeline: Timeline, atMs: number): Answer {
  const at = coveringVersion(timeline, 0, atMs)
  return { standing: standingOf(timeline, 0, atMs), version: timeline.kept[at], ended: timeline.kept[at - 1] }
}

function judged(versions: readonly KeptVersion[], rules: RetentionRules, nowMs = NOW_MS) {
  return judgeVersions(versions, rules, { nowMs, isGone: true, offsetMs: () => 0 })
}

const left = (all: readonly Judged<KeptVersion>[]) => all.flatMap(({ version, stays }) => (stays ? [version] : []))

function moments(versions: readonly KeptVersion[]): readonly number[] {
  const edges = versions.flatMap(({ keptAtMs, storedAtMs = keptAtMs }) => [keptAtMs, storedAtMs])
  return [...new Set(edges.flatMap((atMs) => [atMs - HOUR_MS / 2, atMs, atMs + HOUR_MS / 2]))]
}

/** Those that are left where a run ends early, or cannot remove some: `stuck` of every ten. */
function cutOff(all: readonly Judged<KeptVersion>[], { removals, stuck }: { removals: number; stuck: number }) {
  let isHolding = false
  let removed = 0
  return all.flatMap((each, at) => {
    if (each.stays) return [each.version]
    const mayGo = each.goes === 'freely' || (each.goes === 'oldest' && !isHolding)
    if (mayGo && removed < removals && at % 10 >= stuck && ++removed) return []
    isHolding = true
    return [each.version]
  })
}

/** What is left takes answers away, and changes none. */
function check(all: readonly Judged<KeptVersion>[], stay: readonly KeptVersion[]): void {
  const versions = all.map(({ version }) => version)
  const [before, after] = [timelineOf(versions), timelineOf(stay)]
  for (const atMs of moments(versions)) {
    const [was, is] = [answer(before, atMs), answer(after, atMs)]
    const isSame = was.version?.token === is.version?.token
    const isCopy = was.version?.storedAtMs !== undefined && was.version.storedAtMs === is.version?.storedAtMs
    const text = `${(atMs - NOW_MS) / HOUR_MS} h: ${JSON.stringify({ was, is })}`
    if (is.standing === 'there') expect(isCopy || (isSame && was.standing !== 'younger'), text).toBe(true)
    // Whether the oldest of all was there is nowhere told: as before, that is said.
    if (is.standing === 'unsure') expect(isSame || isCopy || is.ended === undefined, text).toBe(true)
    if (is.standing !== 'younger' || was.standing !== 'there' || is.ended === undefined) continue
    // After a deletion, only what was deleted itself passes for nothing.
    const { why } = all.find(({ version }) => version.token === is.ended?.token)!
    expect(was.version?.why === 'deleted' || why === 'between', text).toBe(true)
  }
}

describe(`letting versions go that tell when they began, or do not (seed ${SEED})`, () => {
  const options = { seed: SEED, numRuns: RUNS }
  const honest = fc.array(honestArb, { maxLength: 14 })
  const any = fc.array(anyArb, { maxLength: 14 })

  it('takes answers away, and changes none: whatever moment is asked for, never other content', () => {
    fc.assert(
      fc.property(honest, fc.nat(2000), rulesArb, (drawn, hours, rules) => {
        const all = judged(lived(drawn, hours), rules)
        check(all, left(all))
      }),
      options,
    )
  })

  it('holds where clocks were set back, and where what is told is not true', () => {
    fc.assert(
      fc.property(any, fc.nat(2000), rulesArb, (drawn, hours, rules) => {
        const all = judged(lived(drawn, hours), rules)
        check(all, left(all))
      }),
      options,
    )
  })

  it('holds wherever a run is cut off, and where some cannot be removed', () => {
    const cut = fc.record({ removals: fc.nat(14), stuck: fc.nat(5) })
    fc.assert(
      fc.property(any, rulesArb, cut, (drawn, rules, where) => {
        const all = judged(lived(drawn, 300), rules)
        check(all, cutOff(all, where))
      }),
      options,
    )
  })

  it('goes on by itself: another run, one left out, or one by a clock that was set back change nothing', () => {
    fc.assert(
      fc.property(any, fc.nat(2000), rulesArb, (drawn, hours, rules) => {
        const versions = lived(drawn, hours)
        const atOnce = left(judged(versions, rules))
        let step = versions
        for (const days of [60, 7, 25, 1, 0]) step = left(judged(step, rules, NOW_MS - days * 24 * HOUR_MS))
        expect(step).toEqual(atOnce)
        expect(left(judged(atOnce, rules))).toEqual(atOnce)
        if (versions.length > 0) expect(atOnce.length).toBeGreaterThan(0)
      }),
      options,
    )
  })

  it('thins as the rules say where all of them tell', () => {
    const drawn: Drawn[] = Array.from({ length: 60 }, () => ({ gap: 0, life: 6, why: 'replaced', tells: 'truth' }))
    const rules = { allDays: 2, dailyDays: 5, weeklyWeeks: 2, monthlyMonths: 0 }
    const stay = left(judged(lived(drawn, 0), rules))
    expect(stay.map(({ keptAtMs }) => (keptAtMs - NOW_MS) / HOUR_MS / 24)).toEqual([
      -12.75, -6.75, -5.75, -4.75, -3.75, -2.75, -2, -1.75, -1.5, -1.25, -1, -0.75, -0.5, -0.25, 0,
    ])
    const untold = lived(drawn, 0).map(({ storedAtMs: _none, ...version }) => version)
    expect(left(judged(untold, rules)).length).toBeGreaterThan(40)
  })
})
