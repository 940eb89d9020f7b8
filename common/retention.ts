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

/** What is judged of a version. Milliseconds since the epoch; the port's versions are such ones. */
export interface EndedVersion {
  /** Names it, and decides between two that gave way in one millisecond. */
  readonly token: string
  /** When it gave way. */
  readonly keptAtMs: number
  /** When the path got it; absent where nobody tells. */
  readonly storedAtMs?: number
  /** `deleted`: after it there was nothing. */
  readonly why?: string
  readonly sizeBytes?: number
  /** How long ago it gave way by a second clock; it must be old by both. */
  readonly ageMs?: number
}

/**
 * Why a version stays: `young` in the stretch of all; the last of a `day`, `week` or `month`; the `last` one of a path
 * that is gone; `needed` by something under way; `unseen`: it is what this computer takes for the present one, or younger,
 * so that another one wrote what followed; `between` others: without it, its time would be told wrong, as that of the one
 * after it, or as one without any.
 */
export type StayReason = 'young' | 'day' | 'week' | 'month' | 'last' | 'needed' | 'unseen' | 'between'
/** Why a version goes: `thinned`, as a later one of its day, week or month stays; `expired`, as no stretch is that long. */
export type GoReason = 'thinned' | 'expired'

/**
 * When a version may go, while others of its path are there that go as well, the oldest first: `freely`; `oldest`, while nothing
 * older is there that goes as well; `later`, once what follows it is gone. So a run that is cut off leaves nothing that reads as other content.
 */
export type GoesWhen = 'freely' | 'oldest' | 'later'

/** What becomes of one version. */
export type Judged<V> =
  | { readonly version: V; readonly stays: true; readonly why: StayReason }
  | { readonly version: V; readonly stays: false; readonly why: GoReason; readonly goes: GoesWhen }

/** What is known besides the versions of a path. */
export interface JudgedPath {
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  /** Nothing is at the path any more: its last version is the only copy. */
  readonly isGone: boolean
  /** What is at the path, if anything is, tells for certain when it began. */
  readonly isPresentTold?: boolean
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
  keepAfterDeleted(sorted, reasons)
  const present = path.isPresentTold === true ? PRESENT : undefined
  keepBetween(sorted, reasons, present)
  const longestMs = Math.max(...stretches.map(({ untilMs }) => untilMs))
  const oldest = reasons.findIndex((why) => why !== undefined)
  return sorted.map((version, at) => {
    const why = reasons[at]
    if (why !== undefined) return { version, stays: true, why }
    const isAfterDeleted = version.why !== 'deleted' && sorted[at - 1]?.why === 'deleted'
    const around = { next: sorted[at + 1] ?? present, hasOlder: oldest >= 0 && oldest < at, isAfterDeleted }
    const goes = goesWhen(version, around)
    return { version, stays: false, why: ageOf(version, path.nowMs) <= longestMs ? 'thinned' : 'expired', goes }
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
 * After a version that was deleted there was nothing, until the next one began: where that goes, its time would seem to be such
 * a time as well. So the first of them that was not deleted itself stays for as long as the deleted one does.
 */
function keepAfterDeleted(sorted: readonly EndedVersion[], reasons: (StayReason | undefined)[]): void {
  let isAfterDeleted = false
  for (const [at, { why }] of sorted.entries()) {
    if (why === 'deleted') isAfterDeleted ||= reasons[at] !== undefined
    else {
      if (isAfterDeleted) reasons[at] ??= 'between'
      isAfterDeleted = false
    }
  }
}

/** Began after all that gave way, and tells so. */
const PRESENT: EndedVersion = { token: '', keptAtMs: Infinity, storedAtMs: Infinity }

/**
 * The time of a version that goes must not seem to be that of the next one that stays. That one is believed to have begun when
 * it says; where it does not, when the one before it ended, if there is one.
 */
function keepBetween(
  sorted: readonly EndedVersion[],
  reasons: (StayReason | undefined)[],
  present: EndedVersion | undefined,
): void {
  const oldest = reasons.findIndex((why) => why !== undefined)
  let next = present
  for (let at = sorted.length - 1; at >= 0; at--) {
    const version = sorted[at]!
    if (reasons[at] === undefined && mayFollow(next, version, oldest >= 0 && oldest < at)) continue
    reasons[at] ??= 'between'
    next = version
  }
}

/** Whether `version` may go where `next` is the one that stays after it. `hasOlder`: so does one before it. */
function mayFollow(next: EndedVersion | undefined, version: EndedVersion, hasOlder: boolean): boolean {
  if (next?.storedAtMs === undefined) return !hasOlder
  // A second copy of the same content, as a change leaves it that was tried twice.
  const isCopy = next.storedAtMs === version.storedAtMs && next.sizeBytes === version.sizeBytes
  return isCopy || next.storedAtMs >= version.keptAtMs
}

function goesWhen(
  version: EndedVersion,
  around: { readonly next: EndedVersion | undefined; readonly hasOlder: boolean; readonly isAfterDeleted: boolean },
): GoesWhen {
  const { next, hasOlder, isAfterDeleted } = around
  if (!mayFollow(next, version, hasOlder)) return 'later'
  return next?.storedAtMs === undefined || isAfterDeleted ? 'oldest' : 'freely'
}

function byEnd(a: EndedVersion, b: EndedVersion): number {
  if (a.keptAtMs !== b.keptAtMs) return a.keptAtMs - b.keptAtMs
  const [begunA, begunB] = [a.storedAtMs ?? Infinity, b.storedAtMs ?? Infinity]
  if (begunA !== begunB) return begunA < begunB ? -1 : 1
  return a.token < b.token ? -1 : a.token > b.token ? 1 : 0
}

function localOffsetMs(atMs: number): number {
  return -new Date(atMs).getTimezoneOffset() * 60_000
}
