import type { Clock } from '../../main/host.ts'
import { realClock } from './real-clock.ts'
import { sleepBy } from './sleep-by.ts'

const TURN_MS = 10

/** How {@link loopClock} goes. */
export interface LoopClockOptions {
  /** How many times as fast as real time; 1 by default. */
  readonly speed?: number
  /** The most real milliseconds that a turn of the event loop counts for; 20 by default. */
  readonly mostMs?: number
}

/**
 * Real time that passes by turns of the event loop. While a busy computer leaves this process waiting, it stands
 * still: what arrived meanwhile is heard before a deadline is over.
 */
export function loopClock({ speed = 1, mostMs = 20 }: LoopClockOptions = {}): Clock {
  let passedMs = 0
  let turnedMs = realClock.monotonic()
  const waiting = new Set<() => void>()
  setInterval(() => {
    const beforeMs = turnedMs
    turnedMs = realClock.monotonic()
    passedMs += Math.min(turnedMs - beforeMs, mostMs) * speed
    for (const look of waiting) look()
  }, TURN_MS).unref()
  const monotonic = (): number => passedMs
  const after: Clock['after'] = (delayMs, run) => {
    const dueMs = monotonic() + delayMs
    const look = (): void => {
      if (monotonic() < dueMs) return
      waiting.delete(look)
      run()
    }
    waiting.add(look)
    return () => void waiting.delete(look)
  }
  return {
    now: () => realClock.now(),
    monotonic,
    after,
    sleep: (delayMs, signal) => sleepBy({ after }, delayMs, signal),
  }
}
