import type { ActionKind } from '../model.ts'
import type { Call, Nothing } from './call.ts'
import type { FolderView } from './folders.ts'

/** What the program is doing, and pausing all of it. */
export interface StatusCalls {
  'status.get': Call<Nothing, StatusView>
  'pause.set': Call<{ readonly durationMs: number | 'forever' }, StatusView>
  'pause.clear': Call<Nothing, StatusView>
  /** "Back up anyway", "full speed": what applies does not count while it goes on (the limits of every day: for an hour), or counts again. */
  'speed.lift': Call<{ readonly kind: LiftableKind; readonly lifted: boolean }, StatusView>
}

/** What slows or stops work and a person can set aside. */
export type LiftableKind = 'limit' | 'timetable' | 'battery' | 'metered'

/** Why it is as fast as it is. */
export interface ReasonView {
  readonly kind: LiftableKind | 'throttled' | 'scanning' | 'slower'
  /** A sentence without its full stop. */
  readonly text: string
  /** Nothing is done by itself as long as this applies; absent: it is only slower. */
  readonly stops?: true
  /** Absent where nobody can change it. */
  readonly lift?: 'possible' | 'lifted'
}

/**
 * `protected` only when every file is durable at its target, nothing is queued, held, dead, skipped or
 * unreadable, and the last full reconcile is within its interval (I22). `checking`: what changed is being looked for, as
 * from every start until the first full look has ended.
 */
export type Headline =
  | 'protected'
  | 'checking'
  | 'syncing'
  | 'waiting'
  | 'paused'
  | 'attention'
  | 'offline'
  | 'unconfigured'

/** The whole state of the program as every surface shows it. */
export interface StatusView {
  readonly headline: Headline
  /** The sentence shown in the popup, the tooltip, the menu and `tidekeep status`. */
  readonly sentence: string
  readonly version: string
  /** Host-clock milliseconds; 0: not paused. */
  readonly pausedUntil: number | 'forever'
  readonly folders: readonly FolderView[]
  /** Live transfers, at most 20. */
  readonly transfers: readonly TransferView[]
  readonly progress: ProgressView | null
  /** Why it is as fast as it is: a limit, a back-off, a scan. What stops work comes first. */
  readonly reasons: readonly ReasonView[]
  readonly attention: readonly AttentionView[]
  /** Files that other programs hold, tried again by themselves; at most 5. */
  readonly inUse?: readonly InUseView[]
  /** Files that a person left out, the first left out first; at most 5. */
  readonly skipped?: readonly SkippedView[]
  /** Files can be shown in the file manager of this computer. */
  readonly canReveal?: true
  /** The version of the program that waits for a restart. */
  readonly updateReady?: string
  /** What was told and still holds, the newest last. */
  readonly notices?: readonly NoticeView[]
}

/** `attention`: needs a person. `warning`: may need one soon. `info`: good news. */
export type NoticeGrade = 'attention' | 'warning' | 'info'

/** A notice that stands. Another one with its id takes its place. */
export interface NoticeView {
  readonly id: string
  readonly grade: NoticeGrade
  readonly title: string
  readonly body: string
  /** Where it leads, such as `folders/f1`. */
  readonly route?: string
  /** Host-clock milliseconds; with `id`, tells one from its successor. */
  readonly atMs: number
}

/** The burst of work under way, over all folders. */
export interface ProgressView {
  readonly filesDone: number
  readonly filesTotal: number
  readonly bytesDone: number
  readonly bytesTotal: number
  readonly bytesPerSecond: number
  /** Null until it can be said honestly. */
  readonly etaMs: number | null
}

/** A file that waits until its program lets go of it. */
export interface InUseView {
  readonly jobId: number
  readonly folderId: string
  readonly path: string
  /** Host-clock milliseconds. */
  readonly nextTryMs: number
}

/** A file that a person left out, until it changes or is to be sent all the same. */
export interface SkippedView {
  readonly jobId: number
  readonly folderId: string
  readonly path: string
  readonly sizeBytes: number
}

/** One action under way. */
export interface TransferView {
  readonly jobId: number
  readonly folderId: string
  readonly path: string
  readonly kind: ActionKind
  readonly bytesDone: number
  readonly bytesTotal: number
}

/** Something that needs a person, highest first. */
export interface AttentionView {
  readonly kind:
    | 'held'
    | 'conflict'
    | 'dead'
    | 'source-missing'
    | 'target-unreachable'
    | 'target-full'
    | 'signed-out'
    | 'coverage'
    | 'unproven'
    | 'overdue'
  readonly folderId: string
  readonly message: string
  readonly fix?: string
  readonly count: number
}
