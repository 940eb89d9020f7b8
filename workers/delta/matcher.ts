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
}

/** Bytes that a matcher is given at once. */
export const PIECE_BYTES = 8 * 1024 * 1024
