import type { Clock } from '../host.ts'

/** How often something may happen: `burst` at once, then `perSecond`. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** A token bucket for each key; `take` says whether one more is allowed now. */
export interface RateLimit {
  take(key: string, rate: Rate): boolean
}

/** Keys must come from a fixed set: each one is remembered for good. */
export function createRateLimit(clock: Clock): RateLimit {
  const buckets = new Map<string, { tokens: number; atMs: number }>()
  return {
    take: (key, rate) => {
      const nowMs = clock.monotonic()
      const bucket = buckets.get(key) ?? { tokens: rate.burst, atMs: nowMs }
      buckets.set(key, bucket)
      const refilled = bucket.tokens + ((nowMs - bucket.atMs) / 1000) * rate.perSecond
      bucket.tokens = Math.min(rate.burst, refilled)
      bucket.atMs = nowMs
      if (bucket.tokens < 1) return false
      bucket.tokens -= 1
      return true
    },
  }
}
