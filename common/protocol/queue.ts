import type { ActionKind, Failure, HoldReason, JobState, Lane } from '../model.ts'
import type { Call } from './call.ts'

/** What is to be done, and what could not be. */
export interface QueueCalls {
  'queue.list': Call<
    { readonly state?: JobState; readonly folderId?: string; readonly reason?: HoldReason; readonly limit: number },
    readonly JobView[]
  >
  'queue.retry': Call<{ readonly id?: number }, { readonly count: number }>
  'queue.drop': Call<{ readonly id: number }, { readonly count: number }>
}

/** A job as it is shown. */
export interface JobView {
  readonly id: number
  readonly folderId: string
  readonly kind: ActionKind
  readonly path: string
  readonly size: number
  readonly lane: Lane
  readonly state: JobState
  readonly attempts: number
  readonly notBeforeMs: number
  readonly failure?: Failure
  readonly hold?: string
  readonly holdReason?: HoldReason
}
