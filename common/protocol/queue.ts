import type { ActionKind, Failure, HoldReason, JobState, Lane } from '../model.ts'
import type { Call } from './call.ts'

/** What is to be done, and what could not be. */
export interface QueueCalls {
  'queue.list': Call<
    {
      readonly state?: JobState | readonly JobState[]
      readonly folderId?: string
      readonly reason?: HoldReason
      readonly limit: number
    },
    readonly JobView[]
  >
  /** Without an id: all that failed or waits. What was left out is sent by its id alone. */
  'queue.retry': Call<{ readonly id?: number }, { readonly count: number }>
  /** Leaves a file out until it changes, or its job is retried; its transfer stops where it is. 0: it got through before. */
  'queue.skip': Call<{ readonly id: number }, { readonly count: number }>
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
