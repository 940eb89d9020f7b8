import type { EntryKind, Precondition, RemovalPrecondition } from '../common/model.ts'
import type { CopyColumns } from './copy-columns.ts'
import type { EntryColumns } from './entry-columns.ts'
import type { StableFile, TaskFailure } from './tasks.ts'

/** Which local target a task works on. */
export interface TargetPlace {
  /** Absolute root of the local target; nothing is written outside it. */
  readonly root: string
  /** `device:inode` of the root when it was last checked: another one means another disk. */
  readonly rootInode: string
  /** What its etags are made of: some file systems number files anew at every mount. */
  readonly etagBy: 'inode' | 'times'
}

/** First half of a group of puts: copies into `stage`, verified; nothing is visible yet. */
export interface CopyBatch {
  readonly place: TargetPlace
  /** Name of a directory of temporary files, used by this task alone. */
  readonly stage: string
  readonly files: CopyColumns
  /** Sync each file by itself; otherwise the caller syncs the whole file system. */
  readonly fsync: boolean
  /** See `workers/fs/control.ts`: cancellation in, progress out. */
  readonly control?: SharedArrayBuffer
}
/** Small files of a local target that are copied into another folder, under temporary names at first. */
export interface CopyOut {
  readonly place: TargetPlace
  /** Absolute; it exists. */
  readonly directory: string
  readonly files: readonly CopyOutFile[]
  /** Sync each file by itself; otherwise the caller syncs the whole file system. */
  readonly fsync: boolean
  /** See `workers/fs/control.ts`: cancellation in. */
  readonly control: SharedArrayBuffer
}
/** A file of a local target, as it was listed. */
export interface HeldFile {
  readonly path: string
  readonly etag: string
  readonly size: number
  /** `device:inode` that it must not have. */
  readonly apartFrom?: string
}
/** Small files of a local target whose digests are wanted. */
export interface HashHeld {
  readonly place: TargetPlace
  readonly files: readonly HeldFile[]
}
/** One file, at the target and below the other folder under the same path. */
export interface CopyOutFile extends HeldFile {
  readonly mtimeNs: bigint
  /** Absent: what a new file usually has. */
  readonly mode?: number
  /** BLAKE3 that it must have; absent where none is recorded. */
  readonly contentHash?: string
}
/** `blake3`: of what was written. */
export type CopyOutResult =
  | { readonly ok: true; readonly blake3: string }
  | { readonly ok: false; readonly failure: TaskFailure }
/** Files that were copied out and get their names now; with `discard` they are taken away. */
export interface PublishOut {
  readonly directory: string
  readonly paths: readonly string[]
  readonly discard: boolean
  readonly fsync: boolean
}

/** How each file of a batch ended, in their order: one column for each field. */
export interface CopyResults {
  /** BLAKE3, 64 hex digits each; blanks for a file that failed. */
  readonly hashes: string
  /** Of the staged files; joined by NUL. They hold as long as the file is not linked to another name. */
  readonly etags: string
  readonly mtimesNs: BigInt64Array
  readonly modes: Uint16Array
  /** By index. */
  readonly failures: ReadonlyMap<number, TaskFailure>
  /** Staged directories, for `publishBatch`. */
  readonly directories: PublishBatch['directories']
  /** Files staged by themselves, for `publishBatch`. */
  readonly singles: readonly StagedFile[]
  /** Where each file is: in the directory of this index, or as the single -(index + 1). */
  readonly places: Int32Array
}

/** A verified temporary file. */
export interface StagedFile {
  /** Relative to the target's root. */
  readonly at: string
  readonly stat: TargetStat
}

/** Stages a file that is mostly what the target holds already. */
export interface PatchClone {
  readonly place: TargetPlace
  /** Name of a directory of temporary files, used by this task alone. */
  readonly stage: string
  readonly source: StableFile
  /** What is cloned, pinned to its etag. */
  readonly path: string
  readonly etag: string
  /** What is written over the clone: start and end of each range of the source, in order. */
  readonly ranges: Float64Array
  /** BLAKE3 hex that the result has to have. */
  readonly contentHash: string
  readonly mtimeNs: bigint
  readonly mode?: number
  /** See `workers/fs/control.ts`: cancellation in, bytes written out. */
  readonly control?: SharedArrayBuffer
}

/** Second half: gives the staged files their names, then removes what is left of the stages. */
export interface PublishBatch {
  readonly place: TargetPlace
  readonly stages: readonly string[]
  /** Staged directories whose files have their final names and are all new. */
  readonly directories: readonly { readonly path: string; readonly staged: string; readonly fileCount: number }[]
  readonly items: readonly {
    readonly path: string
    readonly staged: StagedFile
    readonly expect: Precondition
    /** Set: what is replaced is kept before, under a name with this time (milliseconds since the epoch). */
    readonly keepAtMs?: number
    /** Of what is kept: when the path got it; the name tells that, too. */
    readonly storedAtMs?: number
  }[]
  /** Sync each touched directory; otherwise the caller syncs the whole file system. */
  readonly fsync: boolean
}
/** In the order of the items. */
export interface PublishResults {
  /** 'whole': every file got in just as it was staged. Otherwise each by its name. */
  readonly directories: readonly ('whole' | ReadonlyMap<string, PublishResult>)[]
  readonly items: readonly PublishResult[]
}
/** How one file came under its name. */
export type PublishResult =
  | { readonly ok: true; readonly stat: TargetStat; readonly kept?: KeptFile }
  | { readonly ok: false; readonly failure: TaskFailure }

/** Where a file was kept before something took its place. */
export interface KeptFile {
  /** Relative to the target's root. */
  readonly at: string
  readonly sizeBytes: number
}

/** What a local target's file system says of one entry. */
export interface TargetStat {
  readonly kind: EntryKind
  readonly size: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  /** `device:inode` */
  readonly inode: string
  readonly mode: number
  /** When the file was made, milliseconds since the epoch; a put makes a new one. Absent where the file system does not say. */
  readonly bornAtMs?: number
  /** Number of the owner, for looks at single entries; absent where there are none (Windows). */
  readonly uid?: number
  /** Names that the file has, for looks at single entries. */
  readonly names?: number
}

/** One call on a single entry of a local target. */
export type TargetCall =
  | { readonly kind: 'stat'; readonly path: string }
  /** How its folder lists it; answered as `spelling`. */
  | { readonly kind: 'spelling'; readonly path: string }
  /** Makes a file, syncs it and removes it: tells whether the disk keeps anything. */
  | { readonly kind: 'probe'; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string; readonly expect: RemovalPrecondition }
  /** The file gets a name where earlier versions are kept; answered as `kept`. */
  | {
      readonly kind: 'keep-deleted'
      readonly path: string
      readonly expect: RemovalPrecondition
      readonly atMs: number
      readonly storedAtMs?: number
    }
  /** An earlier version goes for good, with the folders that held nothing else. */
  | { readonly kind: 'remove-kept'; readonly path: string }
  | { readonly kind: 'move'; readonly from: string; readonly path: string; readonly expect: Precondition }
  | {
      readonly kind: 'set-metadata'
      readonly path: string
      readonly mtimeNs: bigint
      readonly mode?: number
      readonly expect: Precondition
    }

/** The entry as it is now, undefined when it is missing or gone; and what was kept of it. */
export interface TargetCallResult {
  readonly stat?: TargetStat
  readonly kept?: KeptFile
  readonly spelling?: string
}

/** Directories to be there, in an order in which parents come first. */
export interface MakeDirectories {
  readonly place: TargetPlace
  readonly items: readonly { readonly path: string; readonly mtimeNs: bigint; readonly mode?: number }[]
  /** Sync each directory; otherwise the caller syncs the whole file system. */
  readonly fsync: boolean
}
/** How one directory came about. */
export type MakeDirectoryResult = PublishResult

/** Makes a root ready for writing. */
export interface PrepareTarget {
  readonly root: string
  /** Prefix of the temporary names this process uses; leftovers of others are swept. */
  readonly instance: string
  /** Text of the marker, written when there is none. */
  readonly marker: string
  /** Milliseconds since the epoch, for the age of leftovers. */
  readonly nowMs: number
}

/** One page of a listing in `comparePaths` order. */
export interface ListTarget {
  readonly root: string
  readonly path: string
  readonly etagBy: TargetPlace['etagBy']
  /** The last path of the page before. */
  readonly after?: string
  readonly limit: number
  /** The page is cut into stretches, and goes on beyond `limit` to the end of the last one. */
  readonly isInStretches?: boolean
}
/** A part of a listing, in order. */
export interface ListPage {
  /** One for each stretch; a single one where the page is not cut into them. */
  readonly stretches: readonly EntryColumns[]
  /** Set: there is more after this path, the last one of the page. */
  readonly more?: string
  /** Names that are not valid Unicode and so cannot be told; none of them is ours. */
  readonly unreadableNames: number
}
