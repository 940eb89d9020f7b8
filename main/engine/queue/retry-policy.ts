import type { TidekeepError } from '../../../common/errors.ts'

/** What to do with a job that failed. */
export type Verdict =
  /** Not its fault: the whole target is out of reach. The job stays queued, unharmed. */
  | { readonly kind: 'target-down'; readonly delayMs: number }
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'dead' }
  /** Stopped on purpose. */
  | { readonly kind: 'released' }
  /** The source is gone: the next scan decides what that means. */
  | { readonly kind: 'gone' }

const BASE_MS = 1_000
const CAP_MS = 15 * 60_000
/** After this many attempts a job is listed as a dead letter until someone decides. */
export const MAX_ATTEMPTS = 8

/**
 * Full-jitter exponential back-off, capped at 15 minutes; a `Retry-After` is obeyed up to the same
 * cap. `attempts` counts the failed ones before this.
 */
export function judgeFailure(error: TidekeepError, attempts: number, draw: () => number): Verdict {
  const backoffMs = Math.ceil(draw() * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempts, 20)))
  if (error.code === 'cancelled') return { kind: 'released' }
  if (error.code === 'vanished') return { kind: 'gone' }
  if (error.code === 'unavailable' || error.code === 'unauthenticated')
    return { kind: 'target-down', delayMs: Math.max(1_000, backoffMs) }
  // A full disk or quota is often made room on: worth waiting for, never worth dropping the file.
  if (error.code === 'quota-exceeded') return { kind: 'retry', delayMs: Math.max(30_000, backoffMs) }
  if (error.retry.kind === 'never' || attempts + 1 >= MAX_ATTEMPTS) return { kind: 'dead' }
  if (error.retry.kind === 'after') return { kind: 'retry', delayMs: Math.min(CAP_MS, error.retry.delayMs) }
  return { kind: 'retry', delayMs: backoffMs }
}
