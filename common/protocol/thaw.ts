import type { Call, Nothing, WireError } from './call.ts'
import type { RestoreRequest } from './restore.ts'

/** Getting readable copies of what lies in an archive class of a store, and bringing it back once they are there. */
export interface ThawCalls {
  /**
   * Looks at what a restore would bring back that is archived, and at what asking for it takes. `id` is of a `restore.plan`
   * that is done. Nothing is asked for. Answers at once; `thaw.planned` tells how it goes.
   */
  'thaw.plan': Call<{ readonly id: string }, ThawPlanView>
  /** How the look stands. Throws `not-found` for one that was let go of. */
  'thaw.planned': Call<{ readonly id: string }, ThawPlanView>
  /**
   * Asks for exactly what was planned, which costs money, and restores it when it is there. Throws `not-found` for a plan
   * that was let go of, `unavailable` while it looks, `unsupported` for a speed it does not have.
   */
  'thaw.request': Call<ThawRequestParams, ThawView>
  /** What is followed, and what ended in the last thirty days; newest first. */
  'thaw.list': Call<{ readonly folderId?: string }, { readonly thaws: readonly ThawView[] }>
  /** Nothing further is asked for, looked at or restored; what the store was asked for it goes on with, and charges. Idempotent. */
  'thaw.cancel': Call<{ readonly id: number }, ThawView>
  /** Takes an ended one off the list. Idempotent; throws `locked` for one that is still followed. */
  'thaw.forget': Call<{ readonly id: number }, Nothing>
}

/** How soon; see `ThawTierView`. */
export type ThawSpeedName = 'expedited' | 'standard' | 'bulk'

/** `id` is of a plan that is ready; `days`: how long the copies stay, 1 to 365. */
export interface ThawRequestParams {
  readonly id: string
  readonly speed: ThawSpeedName
  readonly days: number
}

/** Some files, and their bytes. */
export interface FileSum {
  readonly files: number
  readonly bytes: number
}

/** What of a restore is archived. The sums grow while it looks. */
export interface ThawPlanView {
  readonly id: string
  readonly state: 'looking' | 'ready' | 'failed'
  /** Nobody asked for these yet. */
  readonly frozen: FileSum
  /** Asked for already, here or elsewhere: they cost nothing more. */
  readonly underWay: FileSum
  /** Readable copies are there. */
  readonly ready: FileSum
  /** Of `ready`; soonest first. Only what every frozen file can be had at. */
  readonly tiers: readonly ThawTierView[]
  /** Of `failed`. */
  readonly error?: WireError
}

/** One way to have them. */
export interface ThawTierView {
  readonly speed: ThawSpeedName
  /** Everything is there after this long, at the latest. */
  readonly longestMs: number
  /** US dollars for asking; absent where the price list does not tell. */
  readonly dollars?: number
  /** US dollars for a day of keeping the copies; absent likewise. */
  readonly dollarsPerDay?: number
}

/**
 * Archived files on their way back. `asking`: the store is being asked. `waiting`: for the store. `restoring`: into their
 * place. Lists are cut at 20; the counts are whole.
 */
export interface ThawView {
  readonly id: number
  readonly folderId: string
  readonly state: 'asking' | 'waiting' | 'restoring' | 'done' | 'failed' | 'cancelled'
  /** What a person chose. */
  readonly paths: readonly string[]
  readonly pathCount: number
  readonly speed: ThawSpeedName
  readonly days: number
  readonly to: RestoreRequest['to']
  readonly files: number
  readonly bytes: number
  /** Of the files: readable already. */
  readonly readyFiles: number
  /** Of the files: the store refused them, or does not have them any more. */
  readonly refusedFiles: number
  readonly askedAtMs: number
  /** At the latest, by what the store promises. */
  readonly readyByMs: number
  /** When everything was readable. */
  readonly readyAtMs?: number
  /** The first copy ends then; absent where the store does not tell. */
  readonly readyUntilMs?: number
  readonly endedAtMs?: number
  /** Of `done`: files that are back, or were there already. */
  readonly restoredFiles?: number
  /** Files that could not be had or not be brought back, and why. */
  readonly failures: readonly { readonly path: string; readonly message: string }[]
  readonly failed: number
  /** Why it does not go on at the moment; it is tried again. */
  readonly trouble?: WireError
  /** Of `failed`. */
  readonly error?: WireError
}
