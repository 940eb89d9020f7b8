import { isTidekeepError, toTidekeepError } from '../../common/errors.ts'
import { LEAST_RETENTION_DAYS } from '../../common/settings.ts'
import type { KeptVersion, TargetProvider } from '../providers/provider.ts'

const DAY_MS = 86_400_000
/**
 * One run removes what is at most this much younger than the oldest version there is. With a run a day
 * that is more than enough to keep up; a clock that is wrong by a year costs a week of versions, not all.
 */
const WINDOW_DAYS = 7
/** Versions that one run removes. */
const MAX_REMOVED = 10_000

/** What {@link letGoOfKept} goes by. */
export interface RetentionOptions {
  /** See `Settings.keepDays`. */
  readonly keepDays: number
  readonly dryRun: boolean
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  readonly signal: AbortSignal
}

/** A number of versions. */
export interface KeptTotal {
  readonly count: number
  readonly bytes: number
}

/** What a target keeps of earlier versions, and what of it is gone. `removed` in a dry run: would be. */
export interface KeptReport {
  /** How long versions stay. */
  readonly retentionDays: number
  readonly removed: KeptTotal
  /** Old enough to go, but left for a later run: one run removes a bounded part. */
  readonly later: KeptTotal
  /** Old enough to go, but nothing is at their path and nothing newer of it is kept. */
  readonly onlyCopies: KeptTotal
  readonly failed: KeptTotal
  /** Young enough to stay. */
  readonly kept: KeptTotal
  /** Kept by the store itself, which lets go of them by its own rules. */
  readonly ofStore: KeptTotal
}

/**
 * Removes kept versions that are older than they have to be by every clock there is: that of who kept
 * them and, where the target has one, the target's. Undefined for targets that keep nothing. A version
 * that cannot be removed is counted, and the others are. Throws where the target cannot be asked at all.
 */
export async function letGoOfKept(
  target: Pick<TargetProvider, 'features' | 'stat'>,
  options: RetentionOptions,
): Promise<KeptReport | undefined> {
  const { features } = target
  if (features.keptVersions === undefined) return undefined
  const retentionDays = options.keepDays === 0 ? LEAST_RETENTION_DAYS : options.keepDays
  const totals = new Totals()
  const old: Aged[] = []
  for await (const version of features.keptVersions('' as never, { signal: options.signal })) {
    const ageMs = ageOf(version, options.nowMs)
    if (version.keptBy === 'store') totals.add('ofStore', version)
    else if (ageMs <= retentionDays * DAY_MS) totals.add('kept', version)
    else old.push({ version, ageMs })
  }
  old.sort((a, b) => b.ageMs - a.ageMs)
  const leastAgeMs = (old[0]?.ageMs ?? 0) - WINDOW_DAYS * DAY_MS
  for (const [index, { version, ageMs }] of old.entries()) {
    const isDue = ageMs >= leastAgeMs && index < MAX_REMOVED
    totals.add(isDue ? await letGo(target, version, options) : 'later', version)
  }
  return { retentionDays, ...totals.all }
}

interface Aged {
  readonly version: KeptVersion
  readonly ageMs: number
}

/** The lesser of what the two clocks say. */
function ageOf({ keptAtMs, ageMs }: KeptVersion, nowMs: number): number {
  return Math.min(nowMs - keptAtMs, ageMs ?? Number.POSITIVE_INFINITY)
}

async function letGo(
  target: Pick<TargetProvider, 'features' | 'stat'>,
  version: KeptVersion,
  { dryRun, signal }: RetentionOptions,
): Promise<'removed' | 'onlyCopies' | 'failed'> {
  try {
    if (await isOnlyCopy(target, version, signal)) return 'onlyCopies'
    if (!dryRun) await target.features.removeKept!(version, { signal })
    return 'removed'
  } catch (error) {
    if (toTidekeepError(error).code === 'cancelled') throw error
    return 'failed'
  }
}

/** What was to take its place is not there: a crash may have come in between, or somebody took it away. */
async function isOnlyCopy(
  { features, stat }: Pick<TargetProvider, 'features' | 'stat'>,
  { path, why, keptAtMs }: KeptVersion,
  signal: AbortSignal,
): Promise<boolean> {
  if (why === 'deleted') return false
  try {
    await stat(path, { signal })
    return false
  } catch (error) {
    if (!isTidekeepError(error) || error.code !== 'not-found') throw error
  }
  for await (const other of features.keptVersions!(path, { signal }))
    if (other.path === path && other.keptAtMs > keptAtMs) return false
  return true
}

type Bucket = Exclude<keyof KeptReport, 'retentionDays'>

class Totals {
  readonly all: Record<Bucket, { count: number; bytes: number }> = {
    removed: { count: 0, bytes: 0 },
    later: { count: 0, bytes: 0 },
    onlyCopies: { count: 0, bytes: 0 },
    failed: { count: 0, bytes: 0 },
    kept: { count: 0, bytes: 0 },
    ofStore: { count: 0, bytes: 0 },
  }

  add(bucket: Bucket, { sizeBytes }: KeptVersion): void {
    this.all[bucket].count++
    this.all[bucket].bytes += sizeBytes
  }
}
