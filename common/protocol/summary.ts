import type { ErrorCode } from '../errors.ts'
import type { TransferMethod } from '../model.ts'
import type { EstimateView } from './plan.ts'

/** The counters of every summary the CLI prints. */
export interface Counts {
  readonly scanned: number
  readonly uploaded: number
  readonly downloaded: number
  readonly moved: number
  readonly deleted: number
  readonly metadata: number
  readonly skipped: number
  readonly conflicts: number
  readonly failed: number
  readonly held: number
  /** Below a file against a folder: they wait for that conflict. */
  readonly waiting: number
  /** Of a sync: what both sides had and the source lost while the run was under way. The next run decides what became of it. */
  readonly vanished?: number
  /** Of a sync: what was at the target in a place that was needed, and was not known here. It is kept where earlier versions are. */
  readonly putAside?: number
}

/** The object `--json` prints once, at the end. Scripts depend on it: extend it, never break it. */
export interface Summary {
  readonly type: 'summary'
  readonly command: 'sync' | 'plan' | 'restore' | 'verify'
  readonly ok: boolean
  readonly exitCode: number
  readonly dryRun: boolean
  readonly durationMs: number
  readonly counts: Counts
  readonly bytes: {
    readonly scanned: number
    readonly sent: number
    readonly received: number
    readonly reused: number
  }
  readonly requests: Readonly<Record<string, number>>
  readonly actions: readonly {
    readonly kind: string
    readonly path: string
    readonly bytesSent: number
    readonly bytesReused: number
    readonly method: TransferMethod | 'skip' | 'download'
    /** Of a restore that replaced a file: the name the file that was there has now. */
    readonly keptAs?: string
    /** Of a plan's uploads. */
    readonly estimate?: Pick<EstimateView, 'requests' | 'seconds' | 'dollars'>
  }[]
  /** Of all uploads of a plan. */
  readonly estimate?: EstimateView
  readonly failures: readonly { readonly path: string; readonly code: ErrorCode; readonly message: string }[]
}
