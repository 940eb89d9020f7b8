import type { MessagePort, Transferable } from 'node:worker_threads'
import type { ErrorCode, RetryAdvice } from '../common/errors.ts'
import type { TargetNames } from './probe-names.ts'
import type {
  CopyBatch,
  CopyOut,
  CopyOutResult,
  CopyResults,
  HashHeld,
  ListPage,
  ListTarget,
  MakeDirectories,
  MakeDirectoryResult,
  PatchClone,
  PrepareTarget,
  PublishBatch,
  PublishOut,
  PublishResults,
  StagedFile,
  TargetCall,
  TargetCallResult,
  TargetPlace,
} from './target-tasks.ts'
import type { Wording } from '../common/messages/wording.ts'

export type * from './target-tasks.ts'

/**
 * Every job the worker pool can do, by name. Parameters and results are structured-cloneable;
 * paths travel, not buffers, wherever the worker can read for itself.
 */
export interface Tasks {
  /** Nothing: a thread that does it has started. */
  wake: { readonly params: undefined; readonly result: undefined }
  /** See `workers/walk.ts`. */
  walk: { readonly params: WalkParams; readonly result: undefined }
  /** See `workers/read-batch.ts`. */
  readBatch: { readonly params: readonly StableFile[]; readonly result: readonly ReadResult[] }
  /** See `workers/hash-file.ts`. BLAKE3 hex of a file that stayed as it was. */
  hashFile: { readonly params: StableFile; readonly result: string }
  /** See `workers/hash-files.ts`. In the order of the files. */
  hashFiles: { readonly params: readonly StableFile[]; readonly result: readonly (string | undefined)[] }
  /** See `workers/hash-files.ts`. In the order of the files. */
  hashHeld: { readonly params: HashHeld; readonly result: readonly (string | undefined)[] }
  /** See `workers/sample-files.ts`. In the order of the paths. */
  sampleFiles: { readonly params: SampleFiles; readonly result: readonly (ContentSample | undefined)[] }
  /** See `workers/read-parts.ts`. */
  readParts: { readonly params: ReadParts; readonly result: ReadPartsSummary }
  /** See `workers/delta/sign-file.ts`. */
  signFile: { readonly params: SignFile; readonly result: SignedFile }
  /** See `workers/delta/sign-stream.ts`. */
  signStream: { readonly params: SignStream; readonly result: SignedFile }
  /** See `workers/delta/match-file.ts`. */
  matchFile: { readonly params: MatchFile; readonly result: MatchedFile }
  /** See `workers/copy-batch.ts`. */
  copyBatch: { readonly params: CopyBatch; readonly result: CopyResults }
  /** See `workers/copy-out.ts`. In the order of the files. */
  copyOut: { readonly params: CopyOut; readonly result: readonly CopyOutResult[] }
  /** See `workers/copy-out.ts`. */
  publishOut: { readonly params: PublishOut; readonly result: ReadonlyMap<number, TaskFailure> }
  /** See `workers/patch-clone.ts`. */
  patchClone: { readonly params: PatchClone; readonly result: StagedFile }
  /** See `workers/publish-batch.ts`. */
  publishBatch: { readonly params: PublishBatch; readonly result: PublishResults }
  /** See `workers/call-target.ts`. */
  callTarget: {
    readonly params: { readonly place: TargetPlace; readonly call: TargetCall }
    readonly result: TargetCallResult
  }
  /** See `workers/make-directories.ts`. */
  makeDirectories: { readonly params: MakeDirectories; readonly result: readonly MakeDirectoryResult[] }
  /** See `workers/prepare-target.ts`. */
  prepareTarget: { readonly params: PrepareTarget; readonly result: TargetNames | undefined }
  /** See `workers/list-target.ts`. */
  listTarget: { readonly params: ListTarget; readonly result: ListPage }
  /** See `workers/ignore/survey.ts`. */
  surveyIgnored: { readonly params: SurveyIgnored; readonly result: IgnoreSurvey }
}
/** By the name of its export in `workers/entry.ts`. */
export type TaskName = keyof Tasks

/** A file as it was scanned; a task refuses it when it is no longer that. */
export interface StableFile {
  readonly absolutePath: string
  readonly size: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  readonly inode: string
}

/** Files to look into, absolute. */
export interface SampleFiles {
  readonly paths: readonly string[]
}
/** What a glance at a file's content says of it. */
export interface ContentSample {
  /** Looked at from the beginning; at most 64 KiB. */
  readonly sampledBytes: number
  /** Shannon entropy in bits a byte: of all of these, and of the first 4 KiB. */
  readonly bits: number
  readonly headBits: number
  /** The first 16 bytes, lower-case hex. */
  readonly head: string
  /** Nothing but zeros at the beginning, in the middle and at the end. */
  readonly isZero: boolean
}

/**
 * How a file is cut for its signature. `chunks`: by content, about `averageBytes` each, in groups of
 * about 32. `fixed`: at every multiple of `blockBytes`, found again at any offset by a rolling hash.
 */
export type SignatureShape =
  | { readonly kind: 'chunks'; readonly averageBytes: number }
  | { readonly kind: 'fixed'; readonly blockBytes: number }

/** Reads a file part by part for an upload, digests it, and makes its signature if one is wanted. */
export interface ReadParts {
  readonly file: StableFile
  /** Three numbers for each part: where it begins, from where on its bytes are kept, and where it ends. The parts cover the file in order. */
  readonly parts: Float64Array
  /** Buffers for kept bytes, transferred, all of one size. What does not fit into one is digested only. */
  readonly buffers: readonly ArrayBuffer[]
  /** A {@link PartRead} goes out for each part, in order; its buffer comes back when the bytes are no longer needed. */
  readonly port: MessagePort
  readonly shape?: SignatureShape
  /** Kept bytes are also digested with SHA-256. */
  readonly withSha256: boolean
  /** See `workers/fs/control.ts`: cancellation in, bytes read out. */
  readonly control: SharedArrayBuffer
}
/** One part was read. */
export interface PartRead {
  /** Transferred: the kept bytes are at its beginning. Undefined when none are kept. */
  readonly buffer?: ArrayBuffer
  /** CRC32 of the bytes before those to be kept, and of those to be kept. */
  readonly skippedCrc: number
  readonly keptCrc: number
  /** Of the kept bytes, hex. */
  readonly sha256?: string
}
/** What there is to know once a file was read to its end. */
export interface ReadPartsSummary {
  /** BLAKE3, hex. */
  readonly contentHash: string
  /** Unbound. */
  readonly signature?: Uint8Array
}

/** Makes the signature of a file that stayed as it was. */
export interface SignFile {
  readonly file: StableFile
  readonly shape: SignatureShape
  /** See `workers/fs/control.ts`: cancellation in, bytes read out. */
  readonly control?: SharedArrayBuffer
}
/** Makes the signature of content that comes over a port: a piece at a time, `undefined` at its end; a `more` goes back for each. */
export interface SignStream {
  readonly port: MessagePort
  readonly shape: SignatureShape
}
/** A signature, not yet bound to an object of a target. */
export interface SignedFile {
  readonly contentHash: string
  readonly signature: Uint8Array
}

/** Finds what of old content is in a file. */
export interface MatchFile {
  readonly file: StableFile
  /** Signature of the old content, bound or not. Not trusted: what is wrong with it makes the match smaller, or throws `corrupt`. */
  readonly signature: Uint8Array
  /** Shape of the new signature. */
  readonly shape: SignatureShape
  readonly control?: SharedArrayBuffer
}
/** Where the bytes of a file come from. */
export interface MatchedFile {
  /** BLAKE3 hex of the whole file as it was read. */
  readonly contentHash: string
  /**
   * Runs that cover the file in order, three numbers each: where it begins in the file, how long it
   * is, and where it begins in the old content, or -1 for bytes that are new. Neighbours that could
   * be one run are one.
   */
  readonly runs: Float64Array
  /** Signature of the file. */
  readonly signature: Uint8Array
}

/** An error that crosses the thread boundary: becomes a TidekeepError again on the other side. */
export interface TaskFailure {
  readonly code: ErrorCode
  readonly message: string | Wording
  readonly path?: string
  readonly fix?: string | Wording
  readonly retry?: RetryAdvice
}

/** How a task ends, as it crosses the thread boundary. */
export type TaskOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: TaskFailure }

/** How reading one file of a batch ended. */
export type ReadResult =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly blake3: string; readonly sha256: string }
  | { readonly ok: false; readonly failure: TaskFailure }

/** What is walked, and where the batches go. */
export interface WalkParams {
  readonly root: string
  readonly scopes: readonly { readonly path: string; readonly recursive: boolean }[]
  readonly ignoreLines: readonly string[]
  readonly excludedPaths: readonly string[]
  /** Batches go out here; a 'more' comes back for each, so that a slow reader bounds memory. */
  readonly port: MessagePort
  /** Batches on their way at once; 8 by default. */
  readonly batchesAhead?: number
}

/** Counts what ignore lines keep and leave out of a folder. */
export interface SurveyIgnored {
  readonly root: string
  readonly globalLines: readonly string[]
  /** The folder's own; they win over the global ones. `.tidekeepignore` files are read on the way. */
  readonly folderLines: readonly string[]
  readonly excludedPaths: readonly string[]
  /** See `workers/fs/control.ts`: cancellation in; what was counted until then is answered. */
  readonly control: SharedArrayBuffer
}
/** Regular files only. */
export interface IgnoreSurvey {
  readonly kept: { readonly files: number; readonly bytes: number }
  readonly left: { readonly files: number; readonly bytes: number }
  /** Lines that leave something out, most bytes first. */
  readonly rules: readonly SurveyedRule[]
  readonly complete: boolean
}
/** One line and what it leaves out. */
export interface SurveyedRule {
  readonly pattern: string
  /** `global`, `folder`, or the path of a `.tidekeepignore` file below the root. */
  readonly source: string
  /** Counted from 1. */
  readonly line: number
  readonly files: number
  readonly bytes: number
  /** The first path it was met at. */
  readonly example: string
}

/** Runs tasks in worker threads. */
export interface Pool {
  run<N extends TaskName>(
    name: N,
    params: Tasks[N]['params'],
    options: {
      /** Ends the task and its thread. Left out for what must be known to have ended; it may then wait for its turn in a thread. */
      readonly signal?: AbortSignal
      readonly transfer?: readonly Transferable[]
    },
  ): Promise<Tasks[N]['result']>
  close(): Promise<void>
}
