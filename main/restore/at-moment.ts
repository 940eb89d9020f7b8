import type { KeptVersion } from '../providers/provider.ts'

/** A file's own time may be this far ahead of when it was stored; beyond, it says nothing. */
const PLAUSIBLE_MS = 86_400_000

/** True for a version whose end was the beginning of the next one. */
export function isFollowed<V extends Pick<KeptVersion, 'why'>>(version: V | undefined): version is V {
  return version !== undefined && version.why !== 'deleted'
}

/**
 * The version whose beginning is `storedAtMs` had begun by the moment: the target stored it by then; or does not say
 * when, but a version that had ended by then was followed by it.
 */
export function isOfMoment(
  storedAtMs: number | undefined,
  ended: Pick<KeptVersion, 'why'> | undefined,
  atMs: number,
): boolean {
  return storedAtMs === undefined ? isFollowed(ended) : storedAtMs <= atMs
}

/**
 * When a kept version began, as far as its own word can be true: what ended before it was there until then. Undefined where
 * nothing tells: a store copied it, or two computers do not agree.
 */
export function toldBeginning(
  { storedAtMs }: Pick<KeptVersion, 'storedAtMs'>,
  ended: Pick<KeptVersion, 'keptAtMs'> | undefined,
): number | undefined {
  return storedAtMs !== undefined && storedAtMs >= (ended?.keptAtMs ?? -Infinity) ? storedAtMs : undefined
}

/** A store that keeps versions by itself tells for certain when the present one began. */
export function isToldPresent(
  storedAtMs: number | undefined,
  ended: Pick<KeptVersion, 'keptBy' | 'keptAtMs'> | undefined,
): boolean {
  return storedAtMs !== undefined && ended?.keptBy === 'store' && storedAtMs >= ended.keptAtMs
}

/** By the file's own time, where that is not in what was then the future. `knownMs`: it was there by then. */
export function isYounger(mtimeMs: number, atMs: number, knownMs: number | undefined): boolean {
  return mtimeMs > atMs && mtimeMs <= (knownMs ?? Infinity) + PLAUSIBLE_MS
}

/** What a path was whose next version is younger than the moment: what ended before was followed by one that is gone. */
export function missingKind(ended: Pick<KeptVersion, 'why'> | undefined): 'not-kept' | 'younger' {
  return isFollowed(ended) ? 'not-kept' : 'younger'
}

/**
 * Of several that ended in one millisecond, or in one second of a store that counts seconds, the one that began first was
 * there; one that began and ended in it does not tell.
 */
export function isBefore(version: Pick<KeptVersion, 'keptAtMs' | 'storedAtMs'>, other: typeof version): boolean {
  if (version.keptAtMs !== other.keptAtMs) return version.keptAtMs < other.keptAtMs
  return (version.storedAtMs ?? Infinity) < (other.storedAtMs ?? Infinity)
}
