import type { QuietStretch } from '../../common/stretch.ts'
import type {
  Conflict,
  ConflictId,
  ConflictKind,
  ConflictSide,
  FoundConflict,
  Resolution,
} from '../../common/conflict.ts'
import type {
  ActionKind,
  Action,
  BaselineEntry,
  Failure,
  FolderId,
  Hold,
  HoldReason,
  Job,
  JobId,
  JobState,
  Lane,
  Outcome,
  Problem,
  RelPath,
  RestoreProof,
  Undoable,
} from '../../common/model.ts'
import type { NameFolding } from '../../common/name-folding.ts'
import type { ActivityView } from '../../common/protocol.ts'
import type { ThawStore } from './thaw-store.ts'
import type { Feeds } from '../providers/feeds.ts'

/**
 * Durable state: one SQLite file, WAL, synchronous calls on the control thread. It is a cache of
 * observations (I10): losing it costs comparing again, never data.
 *
 * The three trees are one whole and its differences. `baseline` holds, for each agreed path, what
 * either side looked like then. Where one side was since seen to differ there is an unfinished job,
 * whose action carries the observation: the local entry, and the target's where that differs. In
 * the steady state all three trees agree and the queue is empty.
 */
export interface Store {
  readonly baseline: BaselineStore
  readonly queue: QueueStore
  readonly history: HistoryStore
  readonly folders: FolderStateStore
  readonly sessions: SessionStore
  readonly feeds: Feeds
  readonly conflicts: ConflictStore
  readonly thaws: ThawStore
  /** Runs `work` in one transaction; nested calls join the outer one. Rolls back when `work` throws. */
  transaction<T>(work: () => T): T
  close(): void
}

/** The last agreed state, by folder and path. */
export interface BaselineStore {
  get(folderId: FolderId, path: RelPath): BaselineEntry | undefined
  /**
   * At most `limit` entries with path > `after` inside `scope` (the path itself and all below; the
   * root is everything), in `comparePaths` order. Page on with the last path.
   */
  page(folderId: FolderId, scope: RelPath, after: RelPath | undefined, limit: number): readonly BaselineEntry[]
  /** Entries last seen under this inode; for recognising moves. */
  byInode(folderId: FolderId, inode: string): readonly BaselineEntry[]
  /** Other paths that the target takes for this one, see {@link setFolding}. */
  twins(folderId: FolderId, path: RelPath): readonly RelPath[]
  /** Takes the place of every twin of the path and of the folders it lies in: the target holds one of each. */
  put(folderId: FolderId, entry: BaselineEntry): void
  remove(folderId: FolderId, path: RelPath): void
  /** Which paths the folder's target takes for one; what is there already is told apart, or not, by it from now on. Nothing is removed. */
  setFolding(folderId: FolderId, folding: NameFolding): void
  folding(folderId: FolderId): NameFolding
  /** The stretch up to this path in which nothing was to be done, while nothing was written of any path in it since. */
  quietAt(folderId: FolderId, last: RelPath): QuietStretch | undefined
  /** Remembers that nothing was to be done in these, going by the entries of this {@link revision}. */
  keepQuiet(folderId: FolderId, stretches: readonly QuietStretch[]): void
  /** Moves on with every entry that is written, of whichever folder. */
  revision(): number
  totals(folderId: FolderId): Totals
  /** Of these, what the target rewrote: stored, but not provably what was sent. */
  altered(folderId: FolderId): Totals
  /** Of these, what was taken over by what the target records, its content not compared yet. */
  recorded(folderId: FolderId): Totals
  /** Forgets a folder altogether. The target keeps everything. */
  clear(folderId: FolderId): void
}

/** Files only; directories count for nothing. */
export interface Totals {
  readonly files: number
  readonly bytes: number
}

/** An action on its way into the queue. */
export interface PlannedAction {
  readonly action: Action
  readonly lane: Lane
  /** Set: the job waits for a person's decision. */
  readonly hold?: Hold
}

/** How actions are put in the queue. */
export interface EnqueueOptions {
  /**
   * A full pass planned them and would do so again: jobs for what is new are kept in memory alone until they have waited for
   * ten seconds, fail, or {@link QueueStore.persist} is called. All others are written at once.
   */
  readonly isFoundAgain?: boolean
}

/** Jobs of one folder by state. */
export interface QueueCounts {
  readonly queued: number
  readonly running: number
  readonly waiting: number
  readonly held: number
  readonly dead: number
  readonly refused: number
  readonly skipped: number
  /** Content bytes of queued, running and waiting uploads. */
  readonly bytes: number
}

/** What waits for a person for one reason. */
export interface HeldCount {
  readonly reason: HoldReason
  readonly count: number
}

/** Which jobs to list. */
export interface JobFilter {
  readonly folderId?: FolderId
  /** One, or some of them. */
  readonly state?: JobState | readonly JobState[]
  /** Only what is, or was, held for this reason. */
  readonly reason?: HoldReason
  readonly limit: number
}

/**
 * Durable jobs. At most one unfinished job for each folder and path: enqueuing the same observation
 * again changes nothing (a dead letter stays dead, a back-off keeps running); a newer observation
 * replaces the job, or, while it runs, waits behind it.
 */
export interface QueueStore {
  enqueue(folderId: FolderId, planned: readonly PlannedAction[], options?: EnqueueOptions): void
  /** What is known in memory alone, of a folder or of all, survives this process from now on. Idempotent. */
  persist(folderId?: FolderId): void
  /** Takes up to `limit` due jobs, which run until they are ended or this process is, oldest phase first: directories, moves, uploads, deletions (deepest first). Never two for one path. Prefers not to part the files of one directory. */
  claim(folderId: FolderId, lane: Lane, limit: number): readonly Job[]
  /** Ends running jobs, all in one step; whatever waits behind one takes its place. */
  complete(ids: readonly JobId[]): void
  /** Back to the queue, untouched: pause, shutdown. Not an attempt. */
  release(id: JobId): void
  /** Back to the queue, untouched, but not before `notBeforeMs`: others go first. Not an attempt. */
  defer(id: JobId, notBeforeMs: number): void
  /** Failed; due again at `notBeforeMs`. Counts an attempt. */
  postpone(id: JobId, failure: Failure, notBeforeMs: number): void
  /** What content a path is to get goes before everything below that path, however late its turn was: nothing below gets anywhere before. */
  putFirst(folderId: FolderId, path: RelPath): void
  /** Failed for good: stays listed with its reason until someone decides. Counts an attempt. */
  bury(id: JobId, failure: Failure): void
  /** After a start: whatever was running when the process ended is queued again; what waited behind it takes its place. */
  recover(): void
  /** Dead and waiting jobs become due now; one that is left out only by its id. Returns how many. */
  retry(id?: JobId): number
  /**
   * Leaves the path of a job out that carries content: one that is queued or waiting, or, once it was stopped, runs; what waits
   * behind it takes its id, and is left out. It stays listed until another observation takes its place, or {@link QueueStore.retry} by
   * its id. Returns how many.
   */
  skip(id: JobId): number
  /** Forgets a job. Not one that runs, and not one that is held: that needs a decision; what is left out is retried instead. Returns how many. */
  drop(id: JobId): number
  /**
   * A person's answer to what is held, for one reason or all. `approve` releases it for good; `keep` refuses it, and
   * forgets deletions altogether. Returns how many.
   */
  decide(folderId: FolderId, answer: 'approve' | 'keep', reason?: HoldReason): number
  /** Holds what is queued or waiting at these paths, where no person approved it. Returns how many. */
  hold(folderId: FolderId, paths: readonly RelPath[], hold: Hold): number
  /** What is held by reason, most first. */
  holds(folderId: FolderId): readonly HeldCount[]
  /** Ends held, refused and skipped jobs: what they are about is no longer so. */
  withdraw(ids: readonly JobId[]): void
  /** What was at these paths is elsewhere now: deletions of them that did not begin, held ones too, are forgotten. Returns how many. */
  forgetRemovals(folderId: FolderId, paths: readonly RelPath[]): number
  /** Forgets jobs of these kinds, whatever they wait for, but not one that runs. Returns how many. */
  forget(folderId: FolderId, kinds: readonly ActionKind[]): number
  /** Running jobs, dead, held, waiting, queued, refused and skipped ones; by their age within. Writes nothing. */
  list(filter: JobFilter): readonly Job[]
  /** A job of the path is not finished, whatever it waits for. */
  has(folderId: FolderId, path: RelPath): boolean
  /** The job of the path is not carried out before somebody decides: it is held, refused, left out, or failed for good. */
  waitsForPerson(folderId: FolderId, path: RelPath): boolean
  counts(folderId: FolderId): QueueCounts
  /** When the oldest job that is due was put in the queue, host-clock milliseconds; undefined when there is none. */
  oldestDueMs(folderId: FolderId): number | undefined
  /** When the next queued or waiting job of the lane is due; undefined when there is none. */
  nextDueMs(folderId: FolderId, lane: Lane): number | undefined
  clear(folderId: FolderId): void
}

/** What was done, newest rows kept. */
export interface HistoryStore {
  /** Returns the rows in the order of the outcomes; ids grow. Keeps the newest 100,000 rows. */
  append(folderId: FolderId, outcomes: readonly Outcome[], atMs: number): readonly ActivityView[]
  list(filter: HistoryFilter): readonly ActivityView[]
  /** Files and content bytes that were carried out since then, host-clock milliseconds. */
  doneSince(folderId: FolderId, sinceMs: number): { readonly files: number; readonly bytes: number }
  /** Rows of the ids that are there, newest first. */
  get(ids: readonly number[]): readonly ActivityView[]
  /** Writes an undo down as a row of its own; the row it undid has nothing to undo any more. */
  appendUndo(folderId: FolderId, undo: Undo, atMs: number): ActivityView
  /** Writes down that earlier versions of so many bytes were let go of, one row for a run. */
  appendPrune(folderId: FolderId, bytes: number, atMs: number): ActivityView
}

/** Which rows of the history, newest first. */
export interface HistoryFilter {
  readonly folderId?: FolderId
  readonly before?: number
  /** Only rows with something to undo. */
  readonly undoable?: true
  readonly limit: number
}

/** A version that was brought back into the source. */
export interface Undo {
  readonly kept: Undoable
  /** The row that kept it; absent where it was found at the target only. */
  readonly activityId?: number
  /** The name it got, where it was written beside its place. */
  readonly writtenTo?: string
  readonly durationMs: number
}

/** What is known of a folder besides its entries. */
export interface FolderState {
  readonly rootDevice?: string
  readonly rootInode?: string
  readonly lastReconcileMs?: number
  readonly lastChangeMs?: number
  /** False from the moment state was lost or created until a full pass compared source and target: no deletions meanwhile (I10). */
  readonly compared: boolean
  /** True from a stop of the machine that state was not closed for until a full pass judged every file since (I11). */
  readonly mayHaveLostWrites?: boolean
  /** Every change until then is at the target, host-clock milliseconds. */
  readonly safeUpToMs?: number
  /** How long this computer worked since, without every change being there. */
  readonly unsafeAwakeMs?: number
  /** The last proof of restore. */
  readonly proof?: RestoreProof
}

/** What is known of folders, and the problems found in them. */
export interface FolderStateStore {
  get(folderId: FolderId): FolderState
  set(folderId: FolderId, state: Partial<FolderState>): void
  /** Replaces the problems found at `scope` and below it, or with `alone` only those of the path itself. */
  putProblems(folderId: FolderId, scope: RelPath, problems: readonly Problem[], reach?: 'alone'): void
  problems(folderId: FolderId, limit: number): readonly Problem[]
  /** Of all reasons, or of the given ones. */
  problemCount(folderId: FolderId, reasons?: readonly Problem['reason'][]): number
  clear(folderId: FolderId): void
}

/** Unfinished multipart uploads, so that a restart goes on instead of starting over. */
export interface SessionRecord {
  readonly target: string
  readonly path: RelPath
  readonly token: string
  /** JSON of the provider. */
  readonly body: string
  readonly updatedAtMs: number
}
/** Unfinished uploads by target and path. */
export interface SessionStore {
  get(target: string, path: RelPath): SessionRecord | undefined
  put(record: SessionRecord): void
  remove(target: string, path: RelPath): void
  list(target?: string): readonly SessionRecord[]
}

/** Which conflicts, in the order of their ids. */
export interface ConflictFilter {
  readonly folderId?: FolderId
  /** `unresolved`: open, or a decision is on its way. */
  readonly state?: Conflict['state'] | 'unresolved'
  readonly kind?: ConflictKind
  /** The path itself and everything below it. */
  readonly scope?: RelPath
  /** Only what comes after this one in the order: to page on. */
  readonly after?: ConflictId
  /** Oldest first by default. */
  readonly order?: 'newest-first'
  readonly limit: number
}

/**
 * Paths of which both sides have a version. At most one that is not resolved for each folder and path. A decision, and
 * the end of one, reach the disk before the call returns.
 */
export interface ConflictStore {
  /** Opens one, or gives the unresolved one at the path these versions (it is open then). Its id and first time stay. */
  found(folderId: FolderId, conflict: FoundConflict, nowMs: number): Conflict
  /** The one at this path that is not resolved. */
  at(folderId: FolderId, path: RelPath): Conflict | undefined
  get(id: ConflictId): Conflict | undefined
  list(filter: ConflictFilter): readonly Conflict[]
  /** Not resolved, in the folder or in all. */
  count(folderId?: FolderId): number
  /** A decision is in the queue now. Only an open one; nothing else changes. */
  resolving(id: ConflictId): void
  /** Ends it. Also by itself, with `settled`. One that ended before stays as it ended. */
  resolved(id: ConflictId, resolution: Resolution): void
  /** Undone: open again, with the versions that both sides have now; another one at the path gives way to it. Throws `not-found`. */
  reopen(id: ConflictId, sides: { readonly local: ConflictSide; readonly remote: ConflictSide }): void
  /** Forgets resolved ones that ended before; returns how many. */
  prune(beforeMs: number): number
  clear(folderId: FolderId): void
}
