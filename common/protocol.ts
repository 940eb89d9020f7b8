import type { AccountCalls } from './protocol/accounts.ts'
import type { ActivityCalls, ActivityView } from './protocol/activity.ts'
import type { ConflictCalls } from './protocol/conflicts.ts'
import type { DiagnosticCalls } from './protocol/diagnostics.ts'
import type { FileCalls } from './protocol/files.ts'
import type { FolderCalls } from './protocol/folders.ts'
import type { PlaceCalls } from './protocol/places.ts'
import type { PlanCalls } from './protocol/plan.ts'
import type { QueueCalls } from './protocol/queue.ts'
import type { RestoreCalls } from './protocol/restore.ts'
import type { RuleCalls } from './protocol/rules.ts'
import type { SettingCalls } from './protocol/settings.ts'
import type { StatusCalls, StatusView } from './protocol/status.ts'
import type { ThawCalls } from './protocol/thaw.ts'
import type { UpdateCalls } from './protocol/updates.ts'

export type * from './protocol/accounts.ts'
export type * from './protocol/activity.ts'
export type * from './protocol/call.ts'
export type * from './protocol/conflicts.ts'
export type * from './protocol/diagnostics.ts'
export type * from './protocol/files.ts'
export type * from './protocol/folders.ts'
export type * from './protocol/places.ts'
export type * from './protocol/plan.ts'
export type * from './protocol/queue.ts'
export type * from './protocol/restore.ts'
export type * from './protocol/rules.ts'
export type * from './protocol/settings.ts'
export type * from './protocol/status.ts'
export type * from './protocol/summary.ts'
export type * from './protocol/thaw.ts'
export type * from './protocol/updates.ts'

/**
 * The one contract between the engine and everything that shows it: the Electron windows, the
 * browser and the command line: every call, its parameters and its result, all of them JSON. A call is declared once, in
 * the file of its area in `common/protocol/`; the compiler then demands its parser (`common/parsers.ts`) and its handler
 * (`main/api`).
 */
export interface Calls
  extends
    StatusCalls,
    FolderCalls,
    FileCalls,
    PlaceCalls,
    PlanCalls,
    QueueCalls,
    ActivityCalls,
    DiagnosticCalls,
    RestoreCalls,
    ThawCalls,
    RuleCalls,
    SettingCalls,
    UpdateCalls,
    AccountCalls,
    ConflictCalls {}

/** `area.verb`. */
export type CallName = keyof Calls

/** What a call takes, once it has passed its parser. */
export type Params<N extends CallName> = Calls[N]['params']

/** What a call answers. */
export type Result<N extends CallName> = Calls[N]['result']

/** Who is calling; the transport fills it in. */
export interface Caller {
  readonly transport: 'ipc' | 'http' | 'socket' | 'direct'
}

/** One for each call. Failures are thrown as TidekeepErrors. */
export type Handlers = { readonly [N in CallName]: (params: Params<N>, caller: Caller) => Promise<Result<N>> }

/** One for each call: the allow-list of every transport. Throw `invalid`. */
export type Parsers = { readonly [N in CallName]: (raw: unknown) => Params<N> }

/** What is pushed to subscribers. Each message replaces what was known of its topic, `activity` apart, which appends. */
export interface Topics {
  /** At most 5 a second, and only when something changed. */
  status: StatusView
  /** Rows that were just recorded, oldest first; where they are `MOST_PUSHED_ROWS`, there may have been more before them. */
  activity: readonly ActivityView[]
}

/** What can be subscribed to. */
export type TopicName = keyof Topics

/** What the renderer's transports, the CLI and tests talk through. */
export interface Client {
  call<N extends CallName>(name: N, params: Params<N>): Promise<Result<N>>
  /** Returns the function that ends the subscription. */
  subscribe<T extends TopicName>(topic: T, listener: (value: Topics[T]) => void): () => void
}
