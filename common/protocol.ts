import type { ErrorCode } from './errors.ts'
import type {
  ActionKind,
  Coverage,
  Failure,
  HoldReason,
  JobState,
  Kept,
  KeptWhy,
  Lane,
  SyncMode,
  TransferMethod,
} from './model.ts'
import type { S3Options, Settings } from './settings.ts'

/**
 * The one contract between the engine and everything that shows it: the Electron windows, the
 * browser and the command line. A call is declared here once; the compiler then demands its parser
 * (`common/parsers.ts`) and its handler (`main/api`). All values are JSON.
 */
export interface Call<Params, Result> {
  readonly params: Params
  readonly result: Result
}
/** For calls that take nothing. */
export type Nothing = Readonly<Record<string, never>>

/** Every call, its parameters and its result. A new one needs its parser and its handler before anything compiles. */
export interface Calls {
  'status.get': Call<Nothing, StatusView>
  'pause.set': Call<{ readonly durationMs: number | 'forever' }, StatusView>
  'pause.clear': Call<Nothing, StatusView>
  'folders.list': Call<Nothing, readonly FolderView[]>
  'folders.add': Call<NewFolder, FolderView>
  'folders.remove': Call<{ readonly id: string }, Nothing>
  'folders.pause': Call<{ readonly id: string }, FolderView>
  'folders.resume': Call<{ readonly id: string }, FolderView>
  /** One full pass now; runs even while paused, and stays paused. Without `id`: every folder. */
  'folders.sync': Call<{ readonly id?: string }, Nothing>
  /** Answers what is held, for one reason or all. Resolves when everything that is brought back is there; see {@link Answer}. */
  'folders.decide': Call<{ readonly id: string; readonly answer: Answer; readonly reason?: HoldReason }, FolderView>
  /** What a scan could not carry (links, sockets, unreadable): at most `limit`. */
  'folders.problems': Call<{ readonly id: string; readonly limit: number }, readonly ProblemView[]>
  /** Folders worth protecting on this computer, for the wizard. */
  'sources.suggest': Call<Nothing, readonly SourceSuggestion[]>
  /** The sub-folders of an absolute path ('' for the home directory), for choosing without a native dialog. */
  'sources.browse': Call<{ readonly path: string }, DirectoryView>
  /** Counts and sizes what would be kept safe, ignore rules applied. May be called repeatedly; `complete` says whether it finished in time. */
  'sources.measure': Call<{ readonly path: string }, SourceSize>
  /** Tries a target: each permission ticked on its own. Creates the directory of a local target if its parent exists. */
  'targets.check': Call<{ readonly target: string; readonly s3?: S3Options }, TargetCheck>
  /** Drives and mounts a local target could live on. */
  'targets.suggest': Call<Nothing, readonly TargetSuggestion[]>
  /** What would happen, without doing it. */
  'plan.preview': Call<NewFolder, PlanView>
  'queue.list': Call<
    { readonly state?: JobState; readonly folderId?: string; readonly reason?: HoldReason; readonly limit: number },
    readonly JobView[]
  >
  'queue.retry': Call<{ readonly id?: number }, { readonly count: number }>
  'queue.drop': Call<{ readonly id: number }, { readonly count: number }>
  'activity.list': Call<
    { readonly folderId?: string; readonly before?: number; readonly limit: number },
    readonly ActivityView[]
  >
  /** Brings back into the source what actions replaced or deleted at the target. Refuses where the source is not as it was recorded. */
  'activity.undo': Call<UndoRequest, UndoView>
  'settings.get': Call<Nothing, Settings>
  'settings.set': Call<{ readonly key: string; readonly value: unknown }, Settings>
  /** Keys for a store, kept in the secret store; answers the id to put in `S3Options.accountId`. */
  'accounts.save': Call<NewAccount, { readonly id: string }>
  'accounts.list': Call<Nothing, readonly AccountView[]>
  /** Begins a sign-in to OneDrive, ending one that is under way; answers what to show. With the name of an account: signs in to it again. */
  'accounts.signIn': Call<NewSignIn, SignInView>
  /** What became of the sign-in that was begun last. */
  'accounts.signInState': Call<{ readonly id: string }, SignInView>
  /** Forgets the account and its keys. What is stored there stays, and folders kept there wait. */
  'accounts.remove': Call<{ readonly name: string }, Nothing>
  /** Someone signed in by other means, the command line: what waited for that goes on now. */
  'accounts.goOn': Call<Nothing, Nothing>
}

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
  /** Rows that were just recorded, oldest first. */
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

/** How an error crosses a transport. No stack, no cause. */
export interface WireError {
  readonly code: ErrorCode
  readonly message: string
  readonly path?: string
  readonly fix?: string
}

/**
 * `protected` only when every file is durable at its target, nothing is queued, held, dead or
 * unreadable, and the last full reconcile is within its interval (I22).
 */
export type Headline = 'protected' | 'syncing' | 'waiting' | 'paused' | 'attention' | 'offline' | 'unconfigured'

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
  /** Why it is as fast as it is: a limit, a back-off, a scan. */
  readonly reasons: readonly string[]
  readonly attention: readonly AttentionView[]
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
  readonly kind: 'held' | 'dead' | 'source-missing' | 'target-unreachable' | 'signed-out' | 'coverage'
  readonly folderId: string
  readonly message: string
  readonly fix?: string
  readonly count: number
}

/** One word for a folder; `protected` only while everything known is provably at the target. */
export type FolderState = 'protected' | 'scanning' | 'syncing' | 'waiting' | 'paused' | 'attention' | 'offline'

/** One folder as every surface shows it. */
export interface FolderView {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly target: string
  readonly mode: SyncMode
  readonly state: FolderState
  readonly sentence: string
  readonly paused: boolean
  /** What the target provably holds. */
  readonly files: number
  readonly bytes: number
  /** Files beside these that are stored, but that the target rewrites by itself (Office files in SharePoint); left out where there are none. */
  readonly alteredFiles?: number
  readonly pendingFiles: number
  readonly pendingBytes: number
  readonly held: number
  /** `held` by reason, most first. */
  readonly holds: readonly HeldView[]
  /** Files whose change a person refused: the target keeps what it had. */
  readonly refused: number
  readonly dead: number
  readonly problems: number
  /** Host-clock milliseconds; null where it never happened. */
  readonly lastReconcileMs: number | null
  readonly lastChangeMs: number | null
  readonly coverage: Coverage
}

/**
 * What a person says to held changes. `approve`: carry them out. `keep`: the target keeps what it has, the source stays as
 * it is, and neither is asked about again until a file changes once more. `restore`: bring the versions that are safe back
 * into the source; what is in their places is kept beside them.
 */
export type Answer = 'approve' | 'keep' | 'restore'

/** What of a folder waits for a person for one reason. */
export interface HeldView {
  readonly reason: HoldReason
  readonly count: number
}

/** What adding a folder asks for. Defaults: the directory's name, `backup`, no rules. */
export interface NewFolder {
  readonly path: string
  readonly target: string
  readonly name?: string
  readonly mode?: SyncMode
  readonly ignore?: readonly string[]
  readonly s3?: S3Options
}

/** Keys on their way into the secret store; they never come back out. */
export interface NewAccount {
  readonly kind: 's3'
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** A sign-in or keys, by name; nothing of it is secret. */
export interface AccountView {
  readonly name: string
  readonly kind: 'onedrive' | 's3'
  /** Empty where there is none. */
  readonly userName: string
  readonly state: 'signed-in' | 'sign-in-needed'
}

/** How a person wants to sign in. */
export interface NewSignIn {
  readonly method: 'browser' | 'device-code'
  readonly name?: string
  /** A domain or id; any by default. */
  readonly tenant?: string
}

/** One sign-in. Address and code are for the person who asked: they sign in, so they are shown and never kept. */
export type SignInView =
  | {
      readonly id: string
      readonly state: 'waiting'
      readonly prompt:
        | { readonly kind: 'browser'; readonly url: string }
        | { readonly kind: 'device-code'; readonly url: string; readonly code: string; readonly expiresInMs: number }
    }
  | { readonly id: string; readonly state: 'done'; readonly account: AccountView }
  | { readonly id: string; readonly state: 'failed'; readonly error: WireError }

/** Something that is not carried, and why. */
export interface ProblemView {
  readonly path: string
  readonly reason: string
  readonly message: string
}

/** A directory that people usually keep files in. */
export interface SourceSuggestion {
  readonly name: string
  readonly path: string
}

/** The directories in one directory, for choosing one. */
export interface DirectoryView {
  readonly path: string
  readonly parent: string | null
  readonly directories: readonly SourceSuggestion[]
}

/** How much a folder holds after its ignore rules. Not `complete`: counted until time ran out. */
export interface SourceSize {
  readonly path: string
  readonly files: number
  readonly bytes: number
  readonly ignored: number
  readonly complete: boolean
}

/** A drive or share that copies could go to. `freeBytes` is null where asking could hang. */
export interface TargetSuggestion {
  readonly name: string
  readonly path: string
  readonly freeBytes: number | null
}

/** What was tried on a target, step by step. */
export interface TargetCheck {
  readonly ok: boolean
  readonly target: string
  readonly steps: readonly { readonly name: string; readonly ok: boolean; readonly message?: string }[]
  readonly freeBytes?: number
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
  readonly actions: readonly { readonly kind: ActionKind; readonly path: string; readonly size: number }[]
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

/** One thing that was done. Ids grow. */
export interface ActivityView {
  readonly id: number
  readonly atMs: number
  readonly folderId: string
  readonly path: string
  readonly kind: ActionKind | 'undo'
  readonly method: TransferMethod
  readonly size: number
  readonly bytesSent: number
  readonly bytesReused: number
  readonly durationMs: number
  readonly keptAside?: string
  /** What this replaced, deleted or moved out of the way, where the target keeps it. */
  readonly kept?: Kept
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
  readonly why: KeptWhy
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
    /** Of a plan's uploads. */
    readonly estimate?: Pick<EstimateView, 'requests' | 'seconds' | 'dollars'>
  }[]
  /** Of all uploads of a plan. */
  readonly estimate?: EstimateView
  readonly failures: readonly { readonly path: string; readonly code: ErrorCode; readonly message: string }[]
}
