import type { RelPath } from './model.ts'

/** Entries of a stretch at most. */
export const STRETCH_ENTRIES = 1_000
/** One path in so many ends a stretch: a power of two. */
const STRETCH_PATHS = 512
/** The end of a path tells it from others. */
const LOOKED_AT = 16

/**
 * A part of a listing in `comparePaths` order that ends where its paths say so ({@link endsStretch}), or with
 * {@link STRETCH_ENTRIES} entries, or with the listing: so all listings of the same paths are cut alike, whatever came before.
 */
export interface Stretch {
  readonly last: RelPath
  readonly count: number
  /** Of these, files, and how long they are together. */
  readonly files: number
  readonly bytes: number
  /** BLAKE3 of everything that a comparison with the baseline goes by; the same for the same entries, and for no others. */
  digest(): string
}

/** A stretch in which nothing was to be done, of everything after `after` up to and with `last`. */
export interface QuietStretch {
  readonly after: RelPath
  readonly last: RelPath
  /** Digest of what was here. */
  readonly local: string
  /** Of what the target listed; left out where it was not asked. */
  readonly remote?: string
}

/** Whether a stretch ends with this path. By the path alone. */
export function endsStretch(path: string): boolean {
  // FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/
  let hash = 0x811c9dc5
  for (let at = Math.max(0, path.length - LOOKED_AT); at < path.length; at++)
    hash = Math.imul(hash ^ path.charCodeAt(at), 0x01000193)
  return ((hash ^ (hash >>> 16)) & (STRETCH_PATHS - 1)) === 0
}
