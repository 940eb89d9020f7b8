import type { Action } from './action.ts'
import type { FoundConflict } from './conflict.ts'
import type { ErrorCode } from './errors.ts'

export type * from './action.ts'

declare const brand: unique symbol
/** A value of `Base` that was checked once, by the only function that may make it. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }

/**
 * A path below a root: '/'-separated, no leading or trailing '/', no empty, '.' or '..' segment,
 * no NUL, valid Unicode. Exactly the bytes the file system gave (never normalised), so a round
 * trip is exact. The root itself is the empty string. Made only by `common/paths.ts`.
 */
export type RelPath = Brand<string, 'RelPath'>

/** `FolderSettings.id`: short, made once, never used again. */
export type FolderId = Brand<string, 'FolderId'>
/** Grows; unique in one state file. */
export type JobId = Brand<number, 'JobId'>

/** `special`: sockets, pipes and devices. */
export type EntryKind = 'file' | 'directory' | 'symlink' | 'special'

/** Every digest some store computes or keeps for us. */
export type ChecksumAlgorithm = 'blake3' | 'sha256' | 'crc32' | 'crc64nvme' | 'md5' | 'quickxor'

/** A digest of whole content. `value` is lower-case hex, for every algorithm. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  readonly value: string
}

/** What the local file system knows a file by. Two stats with equal identity, size and mtime are the same content. */
export interface FileIdentity {
  /** `device:inode`, decimal. */
  readonly inode: string
  readonly ctimeNs: bigint
}

/**
 * Who changed something last, as far as its side tells. Shown, and never decided on: whoever may write there may have
 * made it up.
 */
export interface Author {
  readonly user?: string
  readonly device?: string
  readonly program?: string
  /** Whom it belongs to, where nothing tells who changed it. */
  readonly owner?: string
}

/** One thing in a listing, local or remote. */
export interface Entry {
  readonly path: RelPath
  readonly kind: EntryKind
  /** Bytes of content; 0 for anything but a file. */
  readonly size: number
  readonly mtimeNs: bigint
  /** Permission bits, masked with 0o777. */
  readonly mode?: number
  /** Of files of this computer: local listings, and local folders that are written to. */
  readonly identity?: FileIdentity
  /** Opaque; as the provider gives it, with its quotes. A provider without etags makes one that changes whenever content may have. */
  readonly etag?: string
  readonly versionId?: string
  /** Digests of the whole content that the provider holds or that were stored with it. */
  readonly checksums?: readonly Checksum[]
  readonly storageClass?: string
  /** Of an archived file, where a look at it tells: a copy that can be read is on its way, or there. */
  readonly thaw?: 'under-way' | 'ready'
  /** Of a copy that is there: when it goes, milliseconds since the epoch. */
  readonly thawedUntilMs?: number
  /** Listings and stats of a target: when this content got its place or was last touched there, by the target's clock, milliseconds since the epoch. */
  readonly storedAtMs?: number
  /** Who gave it this content, where its side tells without being asked for it. */
  readonly changedBy?: Author
}

/** The last state both sides agreed on, written only by *record*. */
export interface BaselineEntry {
  readonly path: RelPath
  readonly kind: 'file' | 'directory'
  readonly size: number
  readonly mtimeNs: bigint
  readonly mode?: number
  readonly identity?: FileIdentity
  /** BLAKE3 of the content as it went out, hex. Absent for directories. */
  readonly contentHash?: string
  readonly remote: RemoteState
  /** Milliseconds since the epoch, by the host's clock; shown, never decided on. */
  readonly recordedAtMs: number
}

/**
 * How a target proved what it holds: by a digest it computed, or by being read back. `altered`: it took
 * the content and writes into files of that kind by itself (SharePoint does, into Office files): stored,
 * but never proved, and never sent again for that. `recorded`: found at the target when a lost state was rebuilt, and taken for
 * the source's for the size, time and mode that are recorded with it; nobody compared the bytes yet. `none` never counts as backed up.
 */
export type Verification = 'checksum' | 'read-back' | 'altered' | 'recorded' | 'none'

/** What the target held when it was last seen to agree. */
export interface RemoteState {
  readonly etag?: string
  readonly versionId?: string
  readonly size: number
  readonly verifiedBy: Verification
  /**
   * When this computer put the content there, by its clock, milliseconds since the epoch: what it took the place of is kept until then.
   * Absent for what it did not put at this very path.
   */
  readonly storedAtMs?: number
}

/** Inclusive start, exclusive end, in bytes. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** What the target must hold for a mutation to happen (I3). */
export type Precondition =
  | { readonly kind: 'absent' }
  | { readonly kind: 'etag'; readonly etag: string }
  | { readonly kind: 'any' }

/** What must be there for a removal: as for every change, or a folder, which has no etag to tell it from a file of its name. */
export type RemovalPrecondition = Precondition | { readonly kind: 'directory' }

/** A hint that something may have changed. Never the truth: the scan is. */
export interface Hint {
  readonly path: RelPath
  /** True: everything below, too. */
  readonly recursive: boolean
  readonly cause: 'watch' | 'poll' | 'event-feed' | 'schedule'
}

/** Something a scan met and cannot carry: listed, reported, never silently left out. */
export interface Problem {
  readonly path: RelPath
  readonly reason: 'symlink' | 'special' | 'unreadable' | 'bad-name' | 'vanished' | 'other-device' | 'collision'
  readonly message: string
}

/** What differs between the three trees at one path. */
export type Change =
  /** `base`: a file was agreed on where a folder is now, or the other way round. */
  | { readonly kind: 'created'; readonly path: RelPath; readonly local: Entry; readonly base?: BaselineEntry }
  | { readonly kind: 'modified'; readonly path: RelPath; readonly local: Entry; readonly base: BaselineEntry }
  | { readonly kind: 'metadata'; readonly path: RelPath; readonly local: Entry; readonly base: BaselineEntry }
  /**
   * `isGone`: the target was listed and does not hold it either, as after a crash between moving it there and recording that; or it
   * holds another spelling's there. `isOther`: it was listed, and holds another version.
   */
  | {
      readonly kind: 'removed'
      readonly path: RelPath
      readonly base: BaselineEntry
      readonly isGone?: true
      readonly isOther?: true
    }
  | {
      readonly kind: 'moved'
      readonly path: RelPath
      readonly from: RelPath
      readonly local: Entry
      readonly base: BaselineEntry
    }
  /** On both sides but never agreed on: after a lost state, or a target that was not empty. */
  | { readonly kind: 'both-present'; readonly path: RelPath; readonly local: Entry; readonly remote: Entry }
  /** The target lost or changed what the baseline says it has. */
  | {
      readonly kind: 'remote-drifted'
      readonly path: RelPath
      readonly local: Entry
      readonly base: BaselineEntry
      readonly remote: Entry | undefined
    }
  /** Two-way only, as the four below. At the target, and not at the source: never agreed on, or gone here while it was changed there. */
  | { readonly kind: 'remote-created'; readonly path: RelPath; readonly remote: Entry; readonly base?: BaselineEntry }
  /** Changed at the target; the source still has what was agreed on. */
  | {
      readonly kind: 'remote-changed'
      readonly path: RelPath
      readonly local: Entry
      readonly base: BaselineEntry
      readonly remote: Entry
    }
  /** Gone from a completely listed target; the source still has what was agreed on. */
  | { readonly kind: 'remote-removed'; readonly path: RelPath; readonly local: Entry; readonly base: BaselineEntry }
  /** The target has it under another path; the source still has what was agreed on, under the old one. */
  | {
      readonly kind: 'remote-moved'
      readonly path: RelPath
      readonly from: RelPath
      /** At `from`, as `base` is. */
      readonly local: Entry
      readonly base: BaselineEntry
      readonly remote: Entry
    }
  /** Both sides differ from what was agreed on, and from each other as far as a listing tells. */
  | {
      readonly kind: 'both-changed'
      readonly path: RelPath
      readonly local: Entry
      readonly base: BaselineEntry
      readonly remote: Entry
    }

/** `backup`: a deletion at the source never deletes at the target. `mirror`: it does, through the guard. `two-way`: both sides follow each other. */
export type SyncMode = 'backup' | 'mirror' | 'two-way'

/**
 * Why a plan holds actions back until a person agrees (I11, I13). `mass-delete-here`: the target lost so much that the
 * folder would lose it, too; `mass-overwrite-here`: it changed as if it were damaged. `source-replaced`: the folder is not the one that was
 * known. `suspect`: the file looks as if a power cut took its newest content.
 */
export type HoldReason =
  | 'mass-delete'
  | 'mass-delete-here'
  | 'mass-overwrite'
  | 'mass-overwrite-here'
  | 'source-emptied'
  | 'source-replaced'
  | 'suspect'

/** What a held job says of itself. */
export interface Hold {
  readonly reason: HoldReason
  readonly message: string
  readonly count: number
  readonly bytes: number
  /** The file that this new one took the place of. */
  readonly replaces?: RelPath
}

/**
 * `waiting`: failed and due again later. `held`: needs a decision. `dead`: failed for good, until someone retries or
 * drops it. `refused`: a person decided that the target keeps what it has; asked again once the file changes.
 * `skipped`: a person left the file out, until it changes or is to be sent all the same.
 */
export type JobState = 'queued' | 'running' | 'waiting' | 'held' | 'dead' | 'refused' | 'skipped'
/** Small files have a lane of their own, so that they never wait behind a huge one. */
export type Lane = 'small' | 'large'

/** A durable piece of work: one action on one path of one folder. At most one unfinished job a path. */
export interface Job {
  readonly id: JobId
  readonly folderId: FolderId
  readonly action: Action
  readonly lane: Lane
  readonly state: JobState
  readonly attempts: number
  /** Not before this, in host-clock milliseconds. */
  readonly notBeforeMs: number
  readonly createdAtMs: number
  readonly failure?: Failure
  readonly hold?: Hold
}

/** What is kept and shown of an error. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly fix?: string
}

/** How content reached the target. */
export type TransferMethod =
  | 'whole'
  | 'delta'
  | 'segments'
  | 'move'
  | 'adopt'
  | 'metadata'
  | 'delete'
  | 'directory'
  | 'forget'
  | 'undo'
  | 'prune'
  | 'download'
  | 'delete-local'
  | 'move-local'
  | 'conflict'

/**
 * Why a target keeps an earlier version: something else took its place, it was removed, or
 * (`foreign`) Tidekeep did not put it there and moved it out of the way.
 */
export type KeptWhy = 'replaced' | 'deleted' | 'foreign'

/** An earlier version that a target keeps. */
export interface Kept {
  /** The path it had. */
  readonly path: RelPath
  readonly why: KeptWhy
  readonly sizeBytes: number
  /** Names it to the provider that gave it; opaque. */
  readonly token: string
  /** BLAKE3 hex of its content, where that was agreed on. */
  readonly contentHash?: string
}

/**
 * What an action took away, and an undo can give back. `renamed`: the file itself, which has the name `token` now.
 * `keptAt`: in two-way mode, the folder; the target where it is left out.
 */
export interface Undoable extends Omit<Kept, 'why'> {
  readonly why: KeptWhy | 'renamed'
  readonly keptAt?: 'source'
}

/** What an executed action did: input of *record*. */
export interface Outcome {
  readonly action: Action
  readonly method: TransferMethod
  /** The new agreed state; undefined where the path is gone or forgotten. */
  readonly baseline: BaselineEntry | undefined
  readonly bytesSent: number
  readonly bytesReused: number
  readonly durationMs: number
  /** Where a version that was not ours was put aside, if one was in the way. */
  readonly keptAside?: string
  /** What this replaced, removed or moved out of the way, where the target keeps it. */
  readonly kept?: Kept
  /** Where that is kept; the target unless it says otherwise. */
  readonly keptAt?: 'source'
  /** Nothing was changed: both sides differ, and somebody has to decide. */
  readonly conflict?: FoundConflict
}

/** What a sample of a folder's files showed that was brought back from the target and compared byte for byte. */
export interface RestoreProof {
  /** Host-clock milliseconds. */
  readonly atMs: number
  /** Files of the sample, and their content bytes. */
  readonly files: number
  readonly bytes: number
  readonly failedFiles: number
  /** The first of them, with the reason. */
  readonly failures: readonly { readonly path: string; readonly message: string }[]
  /** When a whole sample last came back as it should; absent until one did. */
  readonly provenAtMs?: number
}

/** How fully a folder is watched, and why not better. */
export interface Coverage {
  readonly kind: 'live' | 'polled' | 'degraded' | 'off'
  readonly reason?: string
  /** A command or step that lifts the limit. */
  readonly fix?: string
}
