import type { ConflictRule } from '../conflict.ts'
import type { Coverage, HoldReason, RestoreProof, SyncMode } from '../model.ts'
import type { AdoptSettings, S3Options } from '../settings.ts'
import type { Call, Nothing } from './call.ts'

/** What is kept safe, and what waits for a person. */
export interface FolderCalls {
  'folders.list': Call<Nothing, readonly FolderView[]>
  'folders.add': Call<NewFolder, FolderView>
  'folders.remove': Call<{ readonly id: string }, Nothing>
  'folders.pause': Call<{ readonly id: string }, FolderView>
  'folders.resume': Call<{ readonly id: string }, FolderView>
  /** One full pass now; runs even while paused, and stays paused. Without `id`: every folder. */
  'folders.sync': Call<{ readonly id?: string }, Nothing>
  /** Answers what is held, for one reason or all. Resolves when everything that is brought back is there; see {@link Answer}. */
  'folders.decide': Call<{ readonly id: string; readonly answer: Answer; readonly reason?: HoldReason }, FolderView>
  /** When to alarm that a folder has not been safe for so long, milliseconds of work; 0: never; left out: as the settings say. */
  'folders.alarm': Call<{ readonly id: string; readonly afterMs?: number }, FolderView>
  /** Brings a sample back from the target now, to see that it can be; resolves when that is done. */
  'folders.prove': Call<{ readonly id: string }, FolderView>
  /** Takes effect at once. Leaving a mode in which deletions are carried over forgets those that did not begin. */
  'folders.change': Call<FolderChange, FolderView>
  /** What a scan could not carry (links, sockets, unreadable): at most `limit`. */
  'folders.problems': Call<{ readonly id: string; readonly limit: number }, readonly ProblemView[]>
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
  /** Of `files`: taken over by what the target records, their content not compared yet; left out where there are none. */
  readonly recordedFiles?: number
  readonly pendingFiles: number
  readonly pendingBytes: number
  readonly held: number
  /** `held` by reason, most first. */
  readonly holds: readonly HeldView[]
  /** Files whose change a person refused: the target keeps what it had. */
  readonly refused: number
  /** Files that a person left out of what is sent, as they are now. */
  readonly skipped: number
  /** Files wait for room at the target, in its words; absent where none of the first that wait does. */
  readonly targetFull?: { readonly message: string; readonly fix?: string }
  readonly dead: number
  /** Paths of which both sides have a version, and somebody must decide; two-way only. */
  readonly conflicts: number
  readonly problems: number
  /** Host-clock milliseconds; null where it never happened. */
  readonly lastReconcileMs: number | null
  readonly lastChangeMs: number | null
  readonly coverage: Coverage
  /** Every change until then is at the target, host-clock milliseconds; absent before that was ever so. */
  readonly safeUpToMs?: number
  /** How long this computer has worked since; set only once that is longer than it may be. */
  readonly overdueMs?: number
  /** The same from half of that time on: a target that is away for so long is told of, before the alarm. */
  readonly lateMs?: number
  /** The last proof of restore; absent before there was one. */
  readonly proof?: RestoreProof
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
  /** The target holds an earlier copy: it is taken over, and of a known pair whose state was lost, too. */
  readonly adopt?: AdoptSettings
  /** Left out: it begins at once. */
  readonly paused?: boolean
  readonly conflictRules?: readonly ConflictRule[]
  readonly alarmAfterMs?: number
}

/** Something that is not carried, and why. */
export interface ProblemView {
  readonly path: string
  readonly reason: string
  readonly message: string
}

/** What is to be different; what is left out stays as it is. */
export interface FolderChange {
  readonly id: string
  readonly name?: string
  readonly mode?: SyncMode
  readonly ignore?: readonly string[]
}
