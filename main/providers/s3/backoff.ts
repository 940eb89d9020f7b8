import type { RetryAdvice } from '../../../common/errors.ts'
import type { Random } from '../../host.ts'

const FIRST_MS = 200
const LONGEST_MS = 20_000

/** How long to wait after the nth failed attempt: what the store asked for, else a random part of a doubling time. */
export function backoffMs(attempt: number, advice: RetryAdvice, random: Random): number {
  const ceilingMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1))
  const jitteredMs = Math.ceil(ceilingMs * (0.5 + random.next() / 2))
  return advice.kind === 'after' ? advice.delayMs + Math.floor(random.next() * FIRST_MS) : jitteredMs
}

/** False for a wish of the store that is too long to sit out in the middle of a transfer: it is passed on instead. */
export function isWorthWaiting(advice: RetryAdvice): boolean {
  return advice.kind !== 'after' || advice.delayMs <= LONGEST_MS
}
