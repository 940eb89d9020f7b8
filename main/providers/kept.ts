import type { Author, Checksum, Entry, Kept } from '../../common/model.ts'

/**
 * Wanted of a change: the version that it replaces or removes stays at the target, byte for byte. It
 * is kept before the change; where that fails, nothing is changed. Only providers with
 * `Features.keptVersions` do so; others ignore it.
 */
export interface Keep {
  /** The time that goes into its name, milliseconds since the epoch. */
  readonly atMs: number
  /**
   * When the path got what is believed to be there, by the same clock, and only where that is certain: goes into its name. Providers
   * leave it out where it is not before `atMs`, or where no name has room for it.
   */
  readonly storedAtMs?: number
  /** Of what is believed to be there, for stores that keep versions by themselves; saves them a question. */
  readonly versionId?: string
  /** Of the same. */
  readonly sizeBytes?: number
}

/** An earlier version as a target lists it. */
export interface KeptVersion extends Kept {
  /** By the clock of who kept it (a store that keeps versions by itself: by its own), milliseconds since the epoch. */
  readonly keptAtMs: number
  /**
   * When the path got it, milliseconds since the epoch, by the clock that `keptAtMs` is of: what its name says, or a store that keeps
   * versions by itself. Absent where neither does; what a copy's own medium says of its age is not that.
   */
  readonly storedAtMs?: number
  /** The file's own time, where listing the versions tells it, milliseconds since the epoch. */
  readonly mtimeMs?: number
  /** How long ago that is by the target's own clock, where it has one; what retention goes by must be older by both. */
  readonly ageMs?: number
  /** `store`: a versioned bucket keeps it, and lets it go by its own rules; `removeKept` does not apply, `releaseKept` does. */
  readonly keptBy: 'tidekeep' | 'store'
  /** Where listing the versions tells it. */
  readonly storageClass?: string
  /** Where listing the versions tells one: `readKept` holds against it what it reads as a whole. */
  readonly checksum?: Checksum
  /** Who made it, where listing the versions tells it. */
  readonly changedBy?: Author
  /** Of what the store keeps, the id that its entry had while it was the present one. */
  readonly versionId?: string
}

/** One file's versions as a store tells them that keeps them by itself. Times are the store's, milliseconds since the epoch. */
export interface FileVersions {
  /** Of what the file holds now. */
  readonly sizeBytes: number
  /** When it got that. */
  readonly presentSinceMs: number
  /** Who made that, where it is told. */
  readonly changedBy?: Author
  /** Of the file as it was looked at. */
  readonly etag?: string
  /** When the file came to be, where that is told: before the oldest version that is there, others went by the store's own limit. */
  readonly createdMs?: number
  /** Newest first; each tells when it began (`storedAtMs`), and ended when the next one began. */
  readonly kept: readonly KeptVersion[]
}

/** What is directly in a folder. */
export interface FolderChild {
  readonly entry: Entry
  /** When it came to be by the store's clock, milliseconds since the epoch: it has no version from before that. */
  readonly createdMs?: number
}
