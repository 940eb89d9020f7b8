import type { ActionKind } from '../model.ts'
import type { Call } from './call.ts'
import type { NewFolder } from './folders.ts'
import type { Counts } from './summary.ts'

/** What a pass would do. */
export interface PlanCalls {
  /** What would happen, without doing it. */
  'plan.preview': Call<NewFolder, PlanView>
}

/** What uploads are predicted to take, before anything is sent. */
export interface EstimateView {
  readonly bytesSent: number
  /** What the target holds already and does not have to be sent. */
  readonly bytesReused: number
  /** By the store's name of the request. */
  readonly requests: Readonly<Record<string, number>>
  /** What the line was reckoned with; absent where nothing was measured and no limit is set. */
  readonly bytesPerSecond?: number
  readonly seconds?: number
  /** US dollars for the requests; absent where the prices are not known. */
  readonly dollars?: number
}

/** What a pass would do. */
export interface PlanView {
  readonly counts: Counts
  readonly bytesToSend: number
  /** Of all uploads; absent where they are not predicted. */
  readonly estimate?: EstimateView
  readonly files: number
  readonly problems: number
  readonly holds: readonly string[]
  /** The first 200. */
  readonly actions: readonly {
    readonly kind: ActionKind
    readonly path: string
    readonly size: number
    /** It would wait for a person. */
    readonly held?: true
    /** Comparing can only end with two versions for a person to choose from. */
    readonly conflict?: true
  }[]
}
