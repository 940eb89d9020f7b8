import type { ErrorCode, TidekeepError } from '../../../common/errors.ts'

/** What to do with a job that failed. */
export type Verdict =
  /**
   * Not its fault: the target is out of reach, silent, or asks for less. The job stays queued,
   * unharmed, however long that lasts. `afterMs`: when the target said that trying again makes sense.
   */
  | { readonly kind: 'target-down'; readonly afterMs?: number }
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'dead' }
  /** Stopped on purpose. */
  | { readonly kind: 'released' }
  /** The source is gone: the next scan decides what that means. */
  | { readonly kind: 'gone' }

/** What is known of a job that failed. */
export interface Failed {
  /** Failed attempts before this one. */
  readonly attempts: number
  /** Others got through since it last failed like this: it is not the target that is in trouble. */
  readonly isAlone: boolean
  /** Uniform in [0, 1). */
  readonly draw: () => number
}

const BASE_MS = 1_000
const CAP_MS = 15 * 60_000
/** Refused keys are not asked for again and again; entering others tries at once. */
const SIGN_IN_MS = 5 * 60_000
/** Indexers and virus scanners let go within seconds. */
const IN_USE_BASE_MS = 1_000
const IN_USE_CAP_MS = 5 * 60_000
const PASS_MS = 5_000
const PASS_CAP_MS = 5 * 60_000
const TARGET_PASS_CAP_MS = 40_000
/** After this many attempts a job is listed as a dead letter until someone decides. */
export const MAX_ATTEMPTS = 8

/** Always said of the target as a whole. */
const TARGET_CODES: ReadonlySet<ErrorCode> = new Set(['unavailable', 'throttled'])

/**
 * Full-jitter exponential back-off, capped at 15 minutes; a `Retry-After` is obeyed up to the same
 * cap. What the target as a whole is to blame for counts against no job.
 */
export function judgeFailure(error: TidekeepError, { attempts, isAlone, draw }: Failed): Verdict {
  const backoffMs = Math.ceil(draw() * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempts, 20)))
  const afterMs = error.retry.kind === 'after' ? Math.min(CAP_MS, error.retry.delayMs) : undefined
  if (error.code === 'cancelled') return { kind: 'released' }
  if (error.code === 'vanished') return { kind: 'gone' }
  if (error.code === 'unauthenticated') return { kind: 'target-down', afterMs: SIGN_IN_MS }
  if (TARGET_CODES.has(error.code) || (error.code === 'timeout' && !isAlone))
    return { kind: 'target-down', ...(afterMs === undefined ? {} : { afterMs }) }
  // A full disk or quota is often made room on: worth waiting for, never worth dropping the file.
  if (error.code === 'quota-exceeded') return { kind: 'retry', delayMs: Math.max(30_000, backoffMs) }
  // The file gets free when its program lets go of it, today or next week: never a failure that somebody has to see to.
  if (error.code === 'in-use') return { kind: 'retry', delayMs: inUseDelayMs(attempts, draw) }
  if (error.retry.kind === 'never' || attempts + 1 >= MAX_ATTEMPTS) return { kind: 'dead' }
  return { kind: 'retry', delayMs: afterMs ?? backoffMs }
}

/** Files that are in use block nothing, so they are asked for more often than what failed; half of the time is drawn. */
function inUseDelayMs(attempts: number, draw: () => number): number {
  return Math.round((Math.min(IN_USE_CAP_MS, IN_USE_BASE_MS * 2 ** Math.min(attempts, 10)) * (1 + draw())) / 2)
}

/**
 * How long a pass waits that failed `failures` times in a row. A target that is away is asked often
 * enough to be noticed within the minute after it came back (I20); anything else can wait longer.
 */
export function passDelayMs(error: TidekeepError, failures: number, draw: () => number): number {
  if (error.retry.kind === 'after') return Math.min(CAP_MS, error.retry.delayMs)
  const capMs = TARGET_CODES.has(error.code) || error.code === 'timeout' ? TARGET_PASS_CAP_MS : PASS_CAP_MS
  const ceilingMs = Math.min(capMs, PASS_MS * 2 ** Math.min(failures - 1, 10))
  return Math.round((ceilingMs * (1 + draw())) / 2)
}
