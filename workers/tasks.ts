import type { MessagePort, Transferable } from 'node:worker_threads'
import type { ErrorCode } from '../common/errors.ts'
import type { Precondition } from '../common/model.ts'

/**
 * Every job the worker pool can do, by name. Parameters and results are structured-cloneable;
 * paths travel, not buffers, wherever the worker can read for itself.
 */
export interface Tasks {
  /** See `workers/walk.ts`. */
  walk: { readonly params: WalkParams; readonly result: undefined }
  /** See `workers/read-batch.ts`. */
  readBatch: { readonly params: readonly StableFile[]; readonly result: readonly ReadResult[] }
  /** See `workers/hash-file.ts`. BLAKE3 hex of a file that stayed as it was. */
  hashFile: { readonly params: StableFile; readonly result: string }
  /** See `workers/copy-batch.ts`. */
  copyBatch: { readonly params: CopyBatch; readonly result: readonly CopyResult[] }
}
export type TaskName = keyof Tasks

/** A file as it was scanned; a task refuses it when it is no longer that. */
export interface StableFile {
  readonly absolutePath: string
  readonly size: number
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  readonly inode: string
}

/** An error that crosses the thread boundary: becomes a TidekeepError again on the other side. */
export interface TaskFailure {
  readonly code: ErrorCode
  readonly message: string
  readonly path?: string
  readonly fix?: string
}

export type ReadResult =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly blake3: string; readonly sha256: string }
  | { readonly ok: false; readonly failure: TaskFailure }

export interface WalkParams {
  readonly root: string
  readonly scopes: readonly { readonly path: string; readonly recursive: boolean }[]
  readonly ignoreLines: readonly string[]
  readonly excludedPaths: readonly string[]
  /** Batches go out here; a 'more' comes back for each, so that a slow reader bounds memory. */
  readonly port: MessagePort
}

export interface CopyBatch {
  /** Absolute root of the local target; nothing is written outside it. */
  readonly targetRoot: string
  readonly items: readonly {
    readonly source: StableFile
    readonly path: string
    readonly mtimeNs: bigint
    readonly mode?: number
    readonly expect: Precondition
  }[]
}

export type CopyResult =
  | {
      readonly ok: true
      readonly blake3: string
      readonly size: number
      readonly mtimeNs: bigint
      readonly ctimeNs: bigint
      readonly inode: string
    }
  | { readonly ok: false; readonly failure: TaskFailure }

/** Runs tasks in worker threads. */
export interface Pool {
  run<N extends TaskName>(
    name: N,
    params: Tasks[N]['params'],
    options: {
      readonly signal: AbortSignal
      readonly transfer?: readonly Transferable[]
    },
  ): Promise<Tasks[N]['result']>
  close(): Promise<void>
}
