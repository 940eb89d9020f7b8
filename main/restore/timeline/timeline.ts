import type { KeptVersion } from '../../providers/provider.ts'
import { isFollowed, isOfMoment, isToldPresent, isYounger, missingKind, toldBeginning } from '../at-moment.ts'

/**
 * Everything a target holds and keeps of one folder, in memory: paths in `comparePaths` order, and for
 * path `i` its versions `first[i]` up to `first[i + 1]`, oldest first. Columns instead of objects: a
 * million paths take about 200 MB.
 */
export interface Timeline {
  readonly paths: readonly string[]
  readonly first: readonly number[]
  /** When the target says a version began, milliseconds since the epoch; NaN where it does not. */
  readonly begunMs: readonly number[]
  /** When it ended; Infinity for what is there now. */
  readonly endedMs: readonly number[]
  readonly sizeBytes: readonly number[]
  /** The file's own time; NaN where a listing does not tell it. */
  readonly mtimeMs: readonly number[]
  /** Undefined for what is there now. */
  readonly kept: readonly (KeptVersion | undefined)[]
  /** In an archive class, where a listing tells it. */
  readonly isArchived: readonly boolean[]
  readonly keepsVersions: boolean
}

/** The present, as a moment. */
export const NOW = Infinity

/** How a path stood at a moment; see `Standing` of the protocol. `younger`: it was not there yet, as far as is known. */
export type PathStanding = 'there' | 'unsure' | 'lost' | 'younger' | 'absent'

/** The version of path `at` that covers a moment, or the number of versions where none does. */
export function coveringVersion({ first, endedMs }: Timeline, at: number, atMs: number): number {
  const end = first[at + 1]!
  if (atMs === NOW) return end > first[at]! && endedMs[end - 1] === Infinity ? end - 1 : end
  let version = first[at]!
  while (version < end && endedMs[version]! <= atMs) version++
  return version
}

/**
 * How path `at` stood, by the same rules as `asOf`; only what that finds out by looking at the file
 * itself is `unsure` here.
 */
export function standingOf(timeline: Timeline, at: number, atMs: number): PathStanding {
  const { first, endedMs, mtimeMs, kept } = timeline
  const version = coveringVersion(timeline, at, atMs)
  if (version === first[at + 1]) return 'absent'
  if (atMs === NOW) return 'there'
  const ended = version === first[at] ? undefined : kept[version - 1]
  const covering = kept[version]
  const storedAtMs = toldIn(timeline, version, ended)
  if (isOfMoment(storedAtMs, ended, atMs)) return 'there'
  const missing = missingKind(ended) === 'younger' ? 'younger' : 'lost'
  if (covering === undefined ? isToldPresent(storedAtMs, ended) : storedAtMs !== undefined) return missing
  const ownMs = mtimeMs[version]!
  if (Number.isNaN(ownMs)) return 'unsure'
  const knownMs = storedAtMs ?? (covering === undefined ? undefined : endedMs[version])
  return isYounger(ownMs, atMs, knownMs) ? missing : 'unsure'
}

/** When a version began: by what the target says, else where the one it replaced ended; undefined where neither tells. */
export function beginningOf({ first, begunMs, kept }: Timeline, at: number, version: number): number | undefined {
  const before = version === first[at] ? undefined : kept[version - 1]
  const told = toldIn({ begunMs, kept }, version, before)
  if (told !== undefined) return told
  return isFollowed(before) ? before.keptAtMs : undefined
}

/** By what the target says of the version itself. */
function toldIn(
  { begunMs, kept }: Pick<Timeline, 'begunMs' | 'kept'>,
  version: number,
  ended: KeptVersion | undefined,
): number | undefined {
  const own = kept[version]
  if (own !== undefined) return toldBeginning(own, ended)
  return Number.isNaN(begunMs[version]!) ? undefined : begunMs[version]!
}

/** Where `path` is or would be. */
export function placeOf(paths: readonly string[], path: string, compare: (a: string, b: string) => number): number {
  let [low, high] = [0, paths.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(paths[middle]!, path) < 0) low = middle + 1
    else high = middle
  }
  return low
}
