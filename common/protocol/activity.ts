import type { ActionKind, Failure, TransferMethod, Undoable } from '../model.ts'
import type { Call } from './call.ts'

/** What was done, and undoing it. */
export interface ActivityCalls {
  'activity.list': Call<
    { readonly folderId?: string; readonly before?: number; readonly limit: number },
    readonly ActivityView[]
  >
  /** Brings back into the source what actions replaced or deleted, at the target or (two-way) in the source. Refuses where the source is not as it was recorded. */
  'activity.undo': Call<UndoRequest, UndoView>
}

/** One thing that was done. Ids grow. */
export interface ActivityView {
  readonly id: number
  readonly atMs: number
  readonly folderId: string
  readonly path: string
  /** `prune`: earlier versions were let go of, `size` bytes in all. */
  readonly kind: ActionKind | 'undo' | 'prune'
  readonly method: TransferMethod
  readonly size: number
  readonly bytesSent: number
  readonly bytesReused: number
  readonly durationMs: number
  readonly keptAside?: string
  /** What this replaced, deleted, renamed or moved out of the way, where that can be had back. */
  readonly kept?: Undoable
  /** It was brought back already. */
  readonly undone?: true
}

/**
 * Which actions to undo: those of `ids`, or below `paths` of a folder (the latest of each path; the
 * folder itself as ''), or the `last` so many, or all from `sinceMs` on (each path then is what it was before the first).
 */
export interface UndoRequest {
  readonly ids?: readonly number[]
  readonly folderId?: string
  readonly paths?: readonly string[]
  readonly last?: number
  /** Host-clock milliseconds. */
  readonly sinceMs?: number
  /** Nothing is written anywhere. */
  readonly dryRun: boolean
  /** What cannot go where it was is written beside it, under another name. */
  readonly beside: boolean
}

/** What became of one version. `undone` in a dry run: would be. */
export interface UndoItemView {
  readonly activityId?: number
  readonly folderId: string
  readonly path: string
  readonly why: Undoable['why']
  /** Where it was taken away and is kept, as {@link Undoable} says it. */
  readonly keptAt?: 'source'
  readonly sizeBytes: number
  readonly outcome: 'undone' | 'beside' | 'unchanged' | 'refused' | 'failed'
  /** Where it is now, where that is not its path. */
  readonly writtenTo?: string
  /** Of `refused` and `failed`. */
  readonly failure?: Failure
}

/** What an undo did. */
export interface UndoView {
  readonly dryRun: boolean
  readonly items: readonly UndoItemView[]
}
