import type { Clock } from '../../main/host.ts'
import { sleepBy } from './sleep-by.ts'

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly run: () => void
}

/**
 * Time that goes from one event to the next, shared by everything in a simulation. Timers due at
 * the same moment run in the order they were set, so that a run depends on nothing but its seed.
 */
export class SteppedTime {
  nowMs: number
  steps = 0
  #order = 0
  readonly #timers = new Set<Timer>()

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.nowMs = startMs
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size
  }

  after(delayMs: number, run: () => void): () => void {
    const timer: Timer = { dueMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, run }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** Runs the next event, if it is due by `untilMs`, and everything that follows from it without waiting. */
  async step(untilMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const timer = this.#next()
    if (timer === undefined || timer.dueMs > untilMs) return false
    this.#timers.delete(timer)
    this.nowMs = Math.max(this.nowMs, timer.dueMs)
    this.steps++
    timer.run()
    await settled()
    return true
  }

  #next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      const isEarlier =
        first === undefined || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order)
      if (isEarlier) first = timer
    }
    return first
  }
}

/** Resolves when no promise can go on without an event: the loop gets to its next turn only then. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** The clock of one process. When the process is killed, nothing that waits for it ever goes on. */
export class ProcessClock implements Clock {
  isDead = false
  readonly #time: SteppedTime
  readonly #startMs: number
  readonly #cancels = new Set<() => void>()

  constructor(time: SteppedTime) {
    this.#time = time
    this.#startMs = time.nowMs
  }

  now(): number {
    return this.#time.nowMs
  }

  monotonic(): number {
    return this.#time.nowMs - this.#startMs
  }

  after(delayMs: number, run: () => void): () => void {
    if (this.isDead) return () => undefined
    const cancel = this.#time.after(delayMs, () => {
      this.#cancels.delete(cancel)
      run()
    })
    this.#cancels.add(cancel)
    return () => {
      this.#cancels.delete(cancel)
      cancel()
    }
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepBy(this, delayMs, signal)
  }

  kill(): void {
    this.isDead = true
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
  }
}
