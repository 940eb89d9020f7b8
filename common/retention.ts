import { LEAST_RETENTION_DAYS, type Settings } from './settings.ts'

const DAY_MS = 86_400_000
/** Months are counted as the longest there are, so that none is a day short. */
const DAYS_PER_MONTH = 31
/** The day that times are counted from was a Thursday; weeks begin on Monday (ISO 8601). */
const DAYS_SINCE_MONDAY = 3

/**
 * How long earlier versions stay, one stretch after the other, counted back from now. Within a stretch the version that
 * gave way last in a local day, ISO week or month stays for it.
 */
export interface RetentionRules {
  /** All of them. */
  readonly allDays: number
  /** Then one a day. */
  readonly dailyDays: number
  /** Then one a week. */
  readonly weeklyWeeks: number
  /** Then one a month. */
  readonly monthlyMonths: number | 'forever'
}

/** What the settings say; where nothing is kept any more, what was kept before stays its time. */
export function retentionRules(
  settings: Pick<Settings, 'keepDays' | 'keepDailyDays' | 'keepWeeklyWeeks' | 'keepMonthlyMonths'>,
): RetentionRules {
  return {
    allDays: settings.keepDays === 0 ? LEAST_RETENTION_DAYS : settings.keepDays,
    dailyDays: settings.keepDailyDays,
    weeklyWeeks: settings.keepWeeklyWeeks,
    monthlyMonths: settings.keepMonthlyMonths,
  }
}

/** What is judged of a version. Milliseconds since the epoch. */
export interface EndedVersion {
  /** Names it, and decides between two that gave way in one millisecond. */
  readonly token: string
  /** When it gave way. */
  readonly keptAtMs: number
  /** When the path got it; absent where nobody tells. */
  readonly storedAtMs?: number
  /** How long ago it gave way by a second clock; it must be old by both. */
  readonly ageMs?: number
}

/**
 * Why a version stays: `young` in the stretch of all; the last of a `day`, `week` or `month`; the `last` one of a path
 * that is gone; `needed` by something under way; `unseen`: it is what this computer takes for the present one, or younger,
 * so that another one wrote what followed; `between` others of a path whose beginnings are not told: without it the one
 * after it would seem to have been there in its time.
 */
export type StayReason = 'young' | 'day' | 'week' | 'month' | 'last' | 'needed' | 'unseen' | 'between'
/** Why a version goes: `thinned`, as a later one of its day, week or month stays; `expired`, as no stretch is that long. */
export type GoReason = 'thinned' | 'expired'

/** What becomes of one version. */
export type Judged<V> =
  | { readonly version: V; readonly stays: true; readonly why: StayReason }
  | { readonly version: V; readonly stays: false; readonly why: GoReason }

/** What is known besides the versions of a path. */
export interface JudgedPath {
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  /** Nothing is at the path any more: its last version is the only copy. */
  readonly isGone: boolean
  /** Something living needs them: all stay. */
  readonly isNeeded?: boolean
  /** When the version that this computer takes for the present one gave way, where it did; that one and what gave way later stay. */
  readonly unseenSinceMs?: number
  /** What local time is ahead of UTC at a moment, milliseconds; left out: that of this computer. */
  readonly offsetMs?: (atMs: number) => number
}

/**
 * What becomes of all versions of one path, oldest first. Judging what stays once more changes nothing; rules that are
 * stricter never let more stay; neither the order of `versions` nor the times at which it was judged before matter.
 */
export function judgeVersions<V extends EndedVersion>(
  versions: readonly V[],
  rules: RetentionRules,
  path: JudgedPath,
): readonly Judged<V>[] {
  const sorted = [...versions].sort(byEnd)
  const stretches = stretchesOf(rules, path.offsetMs ?? localOffsetMs).map((stretch) => ({
    ...stretch,
    last: lastOfEach(sorted, stretch.bucketOf),
  }))
  const reasons = sorted.map((version, at): StayReason | undefined => {
    const ageMs = ageOf(version, path.nowMs)
    const stretch = stretches.find(({ last, untilMs, bucketOf }) => {
      const isLast = bucketOf === undefined || last.get(bucketOf(version.keptAtMs)) === at
      return ageMs <= untilMs && isLast
    })
    if (stretch !== undefined) return stretch.why
    if (path.isNeeded === true) return 'needed'
    if (version.keptAtMs >= (path.unseenSinceMs ?? Infinity)) return 'unseen'
    return path.isGone && at === sorted.length - 1 ? 'last' : undefined
  })
  keepBetween(sorted, reasons)
  const longestMs = Math.max(...stretches.map(({ untilMs }) => untilMs))
  return sorted.map((version, at) => {
    const why = reasons[at]
    if (why !== undefined) return { version, stays: true, why }
    return { version, stays: false, why: ageOf(version, path.nowMs) <= longestMs ? 'thinned' : 'expired' }
  })
}

/** How long ago a version gave way: the lesser of what two clocks say. */
export function ageOf({ keptAtMs, ageMs }: EndedVersion, nowMs: number): number {
  return Math.min(nowMs - keptAtMs, ageMs ?? Number.POSITIVE_INFINITY)
}

interface Stretch {
  readonly why: StayReason
  readonly untilMs: number
  /** Undefined: each version counts for itself. */
  readonly bucketOf: ((atMs: number) => number) | undefined
}

/** Each bucket counts from its beginning on: the last version of a month stays all along, not only once its months begin. */
function stretchesOf(rules: RetentionRules, offsetMs: (atMs: number) => number): readonly Stretch[] {
  const { allDays, dailyDays, weeklyWeeks, monthlyMonths } = rules
  const dayOf = (atMs: number): number => Math.floor((atMs + offsetMs(atMs)) / DAY_MS)
  const weekOf = (atMs: number): number => Math.floor((dayOf(atMs) + DAYS_SINCE_MONDAY) / 7)
  const monthOf = (atMs: number): number => {
    const local = new Date(dayOf(atMs) * DAY_MS)
    return local.getUTCFullYear() * 12 + local.getUTCMonth()
  }
  const dailyUntil = allDays + dailyDays
  const weeklyUntil = dailyUntil + weeklyWeeks * 7
  const monthlyUntil = monthlyMonths === 'forever' ? Infinity : weeklyUntil + monthlyMonths * DAYS_PER_MONTH
  const all: readonly (Stretch & { readonly isUsed: boolean })[] = [
    { why: 'young', untilMs: allDays * DAY_MS, bucketOf: undefined, isUsed: true },
    { why: 'day', untilMs: dailyUntil * DAY_MS, bucketOf: dayOf, isUsed: dailyDays > 0 },
    { why: 'week', untilMs: weeklyUntil * DAY_MS, bucketOf: weekOf, isUsed: weeklyWeeks > 0 },
    { why: 'month', untilMs: monthlyUntil * DAY_MS, bucketOf: monthOf, isUsed: monthlyMonths !== 0 },
  ]
  return all.filter(({ isUsed }) => isUsed)
}

/** Of each bucket, the place of the version that gave way last. */
function lastOfEach(sorted: readonly EndedVersion[], bucketOf: Stretch['bucketOf']): ReadonlyMap<number, number> {
  if (bucketOf === undefined) return new Map()
  return new Map(sorted.map(({ keptAtMs }, at) => [bucketOf(keptAtMs), at]))
}

/**
 * A version that does not tell its beginning is taken to have begun where the one before it ended. So a gap must not be
 * made before one: either everything up to the gap goes, or nothing of it.
 */
function keepBetween(sorted: readonly EndedVersion[], reasons: (StayReason | undefined)[]): void {
  const oldest = reasons.findIndex((why) => why !== undefined)
  if (oldest < 0) return
  if (sorted.slice(oldest + 1).every(tellsBeginning)) return
  for (let at = oldest + 1; at < reasons.length; at++) reasons[at] ??= 'between'
}

/** True for a version whose beginning is known without the one before it. */
export function tellsBeginning({ storedAtMs }: EndedVersion): boolean {
  return storedAtMs !== undefined
}

function byEnd(a: EndedVersion, b: EndedVersion): number {
  if (a.keptAtMs !== b.keptAtMs) return a.keptAtMs - b.keptAtMs
  const [begunA, begunB] = [a.storedAtMs ?? 0, b.storedAtMs ?? 0]
  if (begunA !== begunB) return begunA - begunB
  return a.token < b.token ? -1 : a.token > b.token ? 1 : 0
}

function localOffsetMs(atMs: number): number {
  return -new Date(atMs).getTimezoneOffset() * 60_000
}
