import type {
  ByteRange,
  Checksum,
  Entry,
  Kept,
  Precondition,
  RelPath,
  RemovalPrecondition,
  Verification,
} from '../../common/model.ts'
import type { Stretch } from '../../common/stretch.ts'
import type { SignatureShape } from '../../workers/tasks.ts'
import type { Content, Metadata } from './content.ts'
import type { FileVersions, FolderChild, Keep, KeptVersion } from './kept.ts'
import type { Limits } from './limits.ts'

export type { Content, LocalFile, Metadata } from './content.ts'
export type { FileVersions, FolderChild, Keep, KeptVersion } from './kept.ts'
export type { Limits } from './limits.ts'

/** Options of every provider call. An aborted signal never starts a new mutation. */
export interface CallOptions {
  readonly signal: AbortSignal
}

/** Of which file versions are asked for. */
export interface FileVersionsOptions extends CallOptions {
  /** The one that `children` told last at this path: it is not looked up again. */
  readonly asListed?: true
}

/** How something is listed. */
export interface ListOptions extends CallOptions {
  /**
   * Of the root, by who goes on with `Features.changes`: a provider that has it may put the listing together from what it was told
   * before and what changed since. Others ask for everything anew, always.
   */
  readonly follow?: true
}

/** How content is stored. */
export interface PutOptions extends CallOptions {
  readonly metadata: Metadata
  readonly expect: Precondition
  readonly keep?: Keep
  /** Whole-content BLAKE3 if the caller knows it already; stored where the target can. */
  readonly contentHash?: string
  readonly onProgress?: (bytesDone: number) => void
  /** Wanted beside the put: a signature of this shape, made in the same read. A provider that does not make one ignores it. */
  readonly sign?: SignatureShape
}

/** How something gets another name. */
export interface MoveOptions extends CallOptions {
  readonly expect: Precondition
  /** BLAKE3 of a file, where it is known: by it alone a move is recognised whose answer was lost. */
  readonly contentHash?: string
}

/** How something is removed. */
export interface RemoveOptions extends CallOptions {
  readonly expect: RemovalPrecondition
  readonly keep?: Keep
}

/** What a put proved. */
export interface PutResult {
  readonly entry: Entry
  /** BLAKE3 hex of the bytes as they went out. */
  readonly contentHash: string
  /** How the target's digest was found equal to it (I1), or that it was not. */
  readonly verifiedBy: Verification
  /** Content bytes that left this computer (or were written, at a local target). */
  readonly bytesSent: number
  /** Content bytes the target took from what it held; 0 for a whole put. */
  readonly bytesReused?: number
  /** The unbound signature that `sign` asked for; absent where the provider makes none. */
  readonly signature?: Uint8Array
  /** What was replaced and kept; absent where nothing was there, or nothing had to be kept. */
  readonly kept?: Kept
}

/** What the target must hold, and how it may be cut, to put new content together from it. Bytes, both ends inclusive. */
export interface AssemblyLimits {
  /** Every part but the last is at least this long. */
  readonly minPartBytes: number
  /** A literal part is at most this long. */
  readonly maxPartBytes: number
  /** A copied range is at most this long. */
  readonly maxCopyBytes: number
  readonly maxParts: number
  /** Smallest object that ranges may be copied from. */
  readonly minSourceBytes: number
  /** `segment` parts can be made. */
  readonly segments: boolean
}

/**
 * One part of content that is put together at the target, from bytes that are sent and bytes that
 * the target holds. Parts are in order, without gaps, and cover the content; `range` is where the
 * part lies in the new content.
 */
export type AssemblyPart =
  | { readonly kind: 'literal'; readonly range: ByteRange }
  /** As many bytes of the held object, from `fromStart` on. */
  | { readonly kind: 'copy'; readonly range: ByteRange; readonly fromStart: number }
  /**
   * A copied range, then a literal that would be too short for a part of its own: made as a temporary
   * object first, then copied in whole. `range` is both; the literal begins at `literalStart`.
   */
  | { readonly kind: 'segment'; readonly range: ByteRange; readonly fromStart: number; readonly literalStart: number }

/** How content is put together. `expect` says what must be there when it is done; `from` pins what is copied (I3). */
export interface AssembleOptions extends PutOptions {
  readonly from: { readonly etag: string; readonly versionId?: string; readonly sizeBytes: number }
}

/** Something of an unfinished transfer that is still at the target. */
export interface Leftover {
  readonly kind: 'upload' | 'segment'
  /** Where it was to go, as the user knows it; the full key for what is not below the folder's prefix. */
  readonly path: string
  /** Names it to `removeLeftover`; opaque. */
  readonly token: string
  readonly bytes: number
  /** By the target's clock, milliseconds since the epoch. */
  readonly startedAtMs: number
  /** Made by Tidekeep. Others are shown, never removed. */
  readonly isOurs: boolean
  /** An upload that this state still means to go on with. */
  readonly isInUse: boolean
}

/** How soon an archived file can be read: within minutes, hours, or most of a day or two; the sooner, the dearer. */
export type ThawSpeed = 'expedited' | 'standard' | 'bulk'

/** One of many small puts. Each item succeeds or fails alone. */
export interface BatchItem {
  readonly path: RelPath
  readonly content: Content
  readonly metadata: Metadata
  readonly expect: Precondition
  readonly keep?: Keep
}
/** A stored file, as it was listed. */
export interface HeldItem {
  readonly path: RelPath
  readonly etag: string
  readonly size: number
  /** `device:inode` of a file of this computer: nothing is told of one that is this very file, see `Features.isLinkTo`. */
  readonly apartFrom?: string
}

/** How one item of a batch ended. */
export type BatchResult =
  | { readonly ok: true; readonly result: PutResult }
  | { readonly ok: false; readonly error: Error }

/** A stretch of a listing. Its entries are made when they are asked for. */
export interface ListedStretch extends Stretch {
  readonly first: RelPath
  entries(): readonly Entry[]
}
/** A part of a listing, or a stretch of it. */
export type Listed = ListedStretch | readonly Entry[]

/** What a target told of one path. */
export interface TargetChange {
  readonly path: RelPath
  /** Undefined: there is nothing any more. */
  readonly entry: Entry | undefined
}

/** The room at a target, in bytes. A member that it does not tell is absent. */
export interface Capacity {
  readonly totalBytes?: number
  readonly usedBytes?: number
  readonly freeBytes?: number
}

/** How one of many removals ended. */
export type ReleaseOutcome = { readonly ok: true } | { readonly ok: false; readonly error: Error }

/** A small file on its way into a folder of this computer, as it was listed. */
export interface CopyOutItem extends Metadata {
  readonly path: RelPath
  readonly etag: string
  readonly size: number
  /** BLAKE3 that its content must have; absent where none is recorded. */
  readonly contentHash?: string
}
/** How one of them ended. */
export type CopyOutOutcome = { readonly ok: true } | { readonly ok: false; readonly error: Error }

/**
 * What a provider can do beyond the minimum. An ability *is* its implementation: absent means
 * cannot. `limits` and the presence of each are asserted by the conformance suite.
 */
export interface Features {
  readonly limits: Limits
  /** 'enforced': preconditions are atomic at the store. 'checked': looked up just before. Two-way needs 'enforced' or a local target. */
  readonly preconditions: 'enforced' | 'checked'
  /** Keeps to the bandwidth limit by itself, where the bytes leave; others are paced as they read. */
  readonly pacesItself?: true
  /**
   * True where two etags are of one file whose content and times nobody touched in between: it only
   * got another name, or another mode, as a change leaves it that a crash cut off. Absent where an
   * etag says nothing of the kind.
   */
  isSameFile?(one: string, other: string): boolean
  /**
   * Whether what was found is the very file of this computer that `inode` (`device:inode`) names, under a second name (a hard link):
   * no copy of it, since what is written into either is in both, and a bad block takes both. One look, and only where what was found
   * may be that. Absent where a target cannot hold files of this computer.
   */
  isLinkTo?(found: Entry, options: CallOptions & { readonly inode: string }): Promise<boolean>
  /** As `list`, cut into stretches: where one is as it was known before, nobody need look at its entries. */
  listStretches?(path: RelPath, options: ListOptions): AsyncIterable<Listed>
  /**
   * What changed since this provider last told everything, by a listing with `follow` to its end or by this, and by whomever: what was
   * put there through this provider is told, too. One request where nothing changed. `unknown`: only a listing tells.
   * A failure loses nothing: what was not told is told the next time.
   */
  changes?(options: CallOptions): Promise<readonly TargetChange[] | 'unknown'>
  /**
   * All that it held when whoever follows its changes was told last, as this computer remembers it, in no order; nothing where nobody follows
   * them. Asks nobody, and changes nothing of what `changes` tells. `pause` lets others have their turn. Together with `changes`.
   */
  lastListed?(pause: () => Promise<void>): Promise<readonly Entry[]>
  /** Puts many small files at once, more cheaply than one by one (group commits, worker threads). Results are in the order of `items`. */
  putBatch?(items: readonly BatchItem[], options: CallOptions): Promise<readonly BatchResult[]>
  /**
   * Moves without sending content. The destination must be absent; the source must match `expect`. Where the target takes both paths
   * for one, equal ones included, the entry stays and every name in its path is spelled as in `to` from then on.
   */
  move?(from: RelPath, to: RelPath, options: MoveOptions): Promise<Entry>
  /**
   * The name under which what is at the path is listed in its folder; undefined where nothing is. For targets that take several names
   * for one: a look or two, for names that collide, never for every path of a pass.
   */
  spelling?(path: RelPath, options: CallOptions): Promise<string | undefined>
  /** Rewrites mtime and mode without sending content. */
  setMetadata?(
    path: RelPath,
    metadata: Metadata,
    options: CallOptions & { readonly expect: Precondition },
  ): Promise<Entry>
  /** Idempotent; parents included. Durable when it resolves; `onMade`: it is there, and may be filled. */
  makeDirectory?(
    path: RelPath,
    metadata: Metadata,
    options: CallOptions & { readonly onMade?: () => void },
  ): Promise<Entry>
  /** Computes a digest of what is stored, without this computer downloading it; undefined where the store holds none for that object. */
  checksum?(path: RelPath, options: CallOptions): Promise<Checksum | undefined>
  /**
   * The same of many small files, more cheaply than one by one, each of the very version that was listed, in their order. Undefined
   * for one that is no longer that or cannot be read: asked for alone, it says why. Each is held in memory for a moment.
   */
  checksums?(items: readonly HeldItem[], options: CallOptions): Promise<readonly (Checksum | undefined)[]>
  /** Bytes free for this target, if it can be known. */
  freeBytes?(options: CallOptions): Promise<number>
  /** How large it is and how full, asked anew each time. */
  capacity?(options: CallOptions): Promise<Capacity>
  /** How content can be put together here; undefined where this store turns out not to prove the result, or to gain nothing. Together with `assemble`. */
  assemblyLimits?(options: CallOptions): Promise<AssemblyLimits | undefined>
  /**
   * Puts content together from what the target holds at `path` and from what is sent, verified as a
   * whole (I1). Every copied range is pinned to `from.etag`. Throws `precondition-failed` when that
   * changed, `invalid` for parts that break the limits. Interrupted work of the same content and
   * parts goes on where it was.
   */
  assemble?(
    path: RelPath,
    content: Content,
    parts: readonly AssemblyPart[],
    options: AssembleOptions,
  ): Promise<PutResult>
  /**
   * Asks for a copy of an archived file, or of an earlier version of it, that can be read, for so many days from when it is there. Costs
   * money. Answers `ready` where there is one already: it then lives so long from now. `not-archived`
   * where none is needed. Throws `unsupported` for a speed that the file's class does not have.
   */
  thaw?(
    path: RelPath,
    options: CallOptions & { readonly speed: ThawSpeed; readonly days: number; readonly kept?: Pick<Kept, 'token'> },
  ): Promise<'requested' | 'under-way' | 'ready' | 'not-archived'>
  /**
   * Copies many small files below `directory` (absolute, it exists) under the paths they have here, more cheaply than by
   * reading them: nothing may be in their places, each is compared with its digest and durable before it has its name.
   * Each succeeds or fails alone. Results are in the order of the items.
   */
  copyOut?(
    items: readonly CopyOutItem[],
    options: CallOptions & { readonly directory: string },
  ): Promise<readonly CopyOutOutcome[]>
  /** Unfinished uploads and temporary objects below the folder's prefix. Together with `removeLeftover`. */
  leftovers?(options: CallOptions): AsyncIterable<Leftover>
  /** Idempotent. Throws `invalid` for what is not ours. */
  removeLeftover?(leftover: Leftover, options: CallOptions): Promise<void>
  /**
   * Earlier versions of the file at `path`, or of everything at and below it, in no order. A provider
   * that has this keeps what `Keep` asks for. Together with `statKept`, `readKept` and `removeKept`.
   */
  keptVersions?(path: RelPath, options: CallOptions): AsyncIterable<KeptVersion>
  /**
   * What the store itself keeps of the one file at `path`, for stores that tell it of single files only; undefined where no
   * file is. A request or two for each file: for what a person asks, never for passes. Has nothing to do with `Keep`:
   * what is deleted is out of reach, and nothing is ever let go of through this. Instead of `keptVersions`, with the two below.
   */
  fileVersions?(path: RelPath, options: FileVersionsOptions): Promise<FileVersions | undefined>
  /**
   * What is directly in a folder, in no order; undefined where no folder is. A request for the folder and one a page. For what a
   * person opens, never for passes: what others put there meanwhile may be missing. With `fileVersions`.
   */
  children?(path: RelPath, options: CallOptions): Promise<readonly FolderChild[] | undefined>
  /** How long the store has asked everyone who uses this account to wait from now on, milliseconds; 0: not at all. Calls wait by themselves. */
  askedToWaitMs?(): number
  /** The entry it was, under the path it had. Throws `not-found`. */
  statKept?(kept: Kept, options: CallOptions): Promise<Entry>
  /** Its bytes, as `read` gives them. Throws `not-found`. */
  readKept?(
    kept: Kept & Pick<KeptVersion, 'checksum'>,
    options: CallOptions & { readonly range?: ByteRange },
  ): AsyncIterable<Uint8Array>
  /** Idempotent. Throws `unsupported` for what the store itself keeps. */
  removeKept?(kept: Kept, options: CallOptions): Promise<void>
  /**
   * The same of what the store itself keeps (`keptBy` 'store'), many at once. Each succeeds or fails alone, in the order of `kept`:
   * `unsupported` for what Tidekeep did not write, `locked` for what the store keeps locked, `forbidden` where it may not
   * be removed, `precondition-failed` for what is no earlier version any more. What stays keeps the end it had, whatever
   * goes. `dryRun`: says so, and removes nothing.
   */
  releaseKept?(
    kept: readonly Kept[],
    options: CallOptions & { readonly dryRun?: boolean },
  ): Promise<readonly ReleaseOutcome[]>
  /**
   * Gives it the path it had again, where nothing must be, without sending content. Throws
   * `precondition-failed` where something is, `not-found` where it is kept no longer.
   */
  putBackKept?(kept: Kept, options: CallOptions): Promise<Entry>
}

/**
 * Somewhere entries can be read from.
 *
 * Errors are TidekeepErrors. `not-found` for a missing path; `forbidden`, `unauthenticated`,
 * `unavailable` for the target as a whole.
 */
export interface SourceProvider {
  /** For logs and errors, as the user wrote it: `s3://bucket/prefix`, `/mnt/backup`. */
  readonly location: string
  /** Who answers, where other targets may be answered by the same: all of them are down together. `https://host:port`. */
  readonly endpoint?: string
  readonly features: Features
  /**
   * Everything below `path`, files and (where they exist) directories, in `comparePaths` order,
   * in batches. Tidekeep's own area is left out; a store without folders lists what lies below a place in it. Ends normally only when the listing is complete;
   * otherwise throws (I12). A missing `path` is an empty listing; a missing target throws `not-found`.
   */
  list(path: RelPath, options: ListOptions): AsyncIterable<readonly Entry[]>
  /** Throws `not-found`. */
  stat(path: RelPath, options: CallOptions): Promise<Entry>
  /** The bytes of a file, or of a range of it. With `expect`: throws `precondition-failed` when it changed. Truncated bodies throw `corrupt`, never end early. */
  read(
    path: RelPath,
    options: CallOptions & { readonly range?: ByteRange; readonly expect?: Precondition },
  ): AsyncIterable<Uint8Array>
  /** Releases connections and threads. Idempotent. */
  close(): Promise<void>
}

/** Somewhere entries can be kept. */
export interface TargetProvider extends SourceProvider {
  /**
   * Stores content under `path`, all or nothing: readers see the old object or the whole new one,
   * and a failure leaves no trace under that name. Durable when it resolves. `precondition-failed`
   * when `expect` does not hold, `changed`/`vanished` when the source did not stay as it was,
   * `quota-exceeded` when the target is full.
   */
  put(path: RelPath, content: Content, options: PutOptions): Promise<PutResult>
  /**
   * Removes a file, or an empty directory (`precondition-failed` if not empty). Missing is fine:
   * idempotent. Whoever expects a directory never removes a file, however late the request arrives. Answers the file that was kept, where `keep` asked for that.
   */
  remove(path: RelPath, options: RemoveOptions): Promise<Kept | undefined>
}
