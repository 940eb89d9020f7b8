import type { Runs } from './runs.ts'
import type { Window } from './window.ts'

/** Rows of a new signature. */
export interface NewRows {
  readonly rowCount: number
  readonly groupCount: number
  readonly parts: readonly Uint8Array[]
}

/** Finds old content in a file that comes by in a window. */
export interface Matcher {
  /** Where the file comes by, piece after piece. */
  readonly window: Window
  /** Works on what the window holds and answers the first address it still needs. */
  take(isLast: boolean): number
  /** What was found, and the rows of a signature that is cut as the old one is. Complete once the last piece was taken. */
  readonly runs: Runs
  readonly rows: NewRows
  /** Ends its use: the window is gone then, runs and rows are not. */
  close(): void
}

/** Bytes that a matcher is given at once: few enough to stay in the cache of a core while they are hashed twice. */
export const PIECE_BYTES = 512 * 1024
