import type { ConflictRule } from '../common/conflict.ts'
import type { SyncMode } from '../common/model.ts'
import type { Answer, Summary } from '../common/protocol.ts'
import type { S3Options } from '../common/settings.ts'
import type { Host } from './host.ts'

/** What `tidekeep sync` and `tidekeep plan` ask for. */
export interface RunOnceOptions {
  /** Absolute path. */
  readonly source: string
  /** Location text. */
  readonly target: string
  readonly mode: SyncMode
  /** Plan only; nothing is written anywhere, not even state. */
  readonly dryRun: boolean
  /** Transfers at once; 0 adapts. */
  readonly concurrency: number
  /** Gitignore lines after the global ones. */
  readonly ignore: readonly string[]
  /** When not empty: only paths that match one of these globs are taken. */
  readonly include: readonly string[]
  /** Bytes a second in either direction; 0 means no limit. */
  readonly bandwidthLimit: number
  /** See `Settings.deviceName`. Targets are told it where `tellDevice` is set. */
  readonly deviceName?: string
  readonly tellDevice?: boolean
  readonly guardFiles: number
  readonly guardPercent: number
  /** The guard's limits were set for this run: deletions within them go, also those that waited for a decision. */
  readonly allowsDeletions?: true
  /** What becomes of what earlier runs held back, before this one looks. */
  readonly held?: Answer
  /** How conflicts are settled, those of earlier runs too; two-way only. Left out: they wait. */
  readonly resolve?: ConflictRule['resolution']
  /** See `Settings.deltaThreshold`. */
  readonly deltaThreshold: number
  /** See `Settings.blockSize`. */
  readonly blockSize: number
  /** See `Settings.keepDays`. */
  readonly keepDays: number
  readonly s3: S3Options
  /** Aborted once: no new work, parts in flight finish and are saved. */
  readonly stop: AbortSignal
  /** Aborted: everything ends now. */
  readonly kill: AbortSignal
  /** Called for each event of `--jsonl` and for progress lines. */
  readonly onEvent: (event: RunEvent) => void
}

/** One step of a run, in order; the CLI prints it as a JSON line with `ts` added. */
export type RunEvent =
  | {
      readonly type: 'progress'
      readonly phase: 'scanning' | 'transferring'
      readonly scanned: number
      readonly filesDone: number
      readonly filesTotal: number
      readonly bytesDone: number
      readonly bytesTotal: number
    }
  | {
      readonly type: 'action'
      readonly kind: string
      readonly path: string
      readonly bytesSent: number
      readonly bytesReused: number
      readonly method: string
      /** See the summary's action of that name. */
      readonly keptAs?: string
      /** Of a restore: how long the file is. */
      readonly sizeBytes?: number
      /** Of a plan's uploads. */
      readonly estimate?: Summary['actions'][number]['estimate']
    }
  | {
      readonly type: 'failure'
      readonly path: string
      readonly code: string
      readonly message: string
      readonly fix?: string
    }
  | { readonly type: 'problem'; readonly path: string; readonly reason: string; readonly message: string }
  /** A restore as of a moment: it was not there yet, or what it was then is not kept. */
  | { readonly type: 'left-out'; readonly path: string }
  | { readonly type: 'notice'; readonly message: string }

/** See `runOnce`, which implements it. */
export type RunOnce = (host: Host, options: RunOnceOptions) => Promise<Summary>
