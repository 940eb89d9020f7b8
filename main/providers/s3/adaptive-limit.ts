import type { Clock } from '../../host.ts'
import { cancelled, onAbort } from '../http/abort-listeners.ts'

/** Bounds of {@link createAdaptiveLimit}. */
export interface LimitOptions {
  readonly clock: Clock
  readonly initial: number
  readonly min: number
  readonly max: number
}

/** How many requests are worth having on their way at once, learnt while they run. */
export interface AdaptiveLimit {
  /** Runs `task` when there is room. Rejects `cancelled` when the signal is aborted first. */
  run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T>
  /** The store asked for less: halves the limit and lets nothing start for `pauseMs`. */
  slowDown(pauseMs: number): void
  /** Times it asked in a row, with nothing done in between. Refusals of requests that were on their way together count once. */
  readonly refusals: number
  readonly current: number
}

/** A limit widened by half must bring at least this share of half as much again to be kept. */
const WORTHWHILE_SHARE = 0.3
const GROWTH = 1.5
/** Windows to stay after growth stopped paying, before trying again. */
const HOLD_WINDOWS = 12
const IDLE_RESET_MS = 10_000
const MIN_WINDOW_MS = 40

/**
 * Climbs while climbing pays: after each window of completions the throughput is compared with that
 * of the narrower limit. Where latency is what limits, half as much again in flight is half as much
 * again done; where the store or this machine is the limit, nothing is gained and the limit goes
 * back. Answers of 503 or 429 halve it at once.
 */
export function createAdaptiveLimit(options: LimitOptions): AdaptiveLimit {
  const { clock } = options
  const climb = createClimb(options)
  const gate = new Gate(clock, options.initial)
  let lastDoneMs = clock.monotonic()
  let refusals = 0
  return {
    get current() {
      return gate.limit
    },
    get refusals() {
      return refusals
    },
    run: async (signal, task) => {
      if (gate.running === 0 && clock.monotonic() - lastDoneMs > IDLE_RESET_MS) gate.limit = climb.reset()
      await gate.enter(signal)
      const wasFull = gate.running >= gate.limit
      try {
        const result = await task()
        refusals = 0
        return result
      } finally {
        lastDoneMs = clock.monotonic()
        gate.limit = climb.onDone(lastDoneMs, wasFull)
        gate.leave()
      }
    },
    slowDown: (pauseMs) => {
      if (!gate.isPaused) refusals++
      gate.pauseUntil(clock.monotonic() + pauseMs)
      gate.limit = climb.onSlowDown(clock.monotonic(), refusals > 1)
    },
  }
}

/** Lets at most `limit` in at once, first come first served, and nobody during a pause. */
class Gate {
  limit: number
  running = 0
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = []
  #pausedUntilMs = 0
  #isWakePending = false

  constructor(clock: Clock, limit: number) {
    this.#clock = clock
    this.limit = limit
  }

  enter(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return void reject(cancelled(signal))
      const start = (): void => {
        stopListening()
        resolve()
      }
      const stopListening = onAbort(signal, () => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1)
        reject(cancelled(signal))
      })
      this.#waiting.push(start)
      this.#admit()
    })
  }

  leave(): void {
    this.running--
    this.#admit()
  }

  get isPaused(): boolean {
    return this.#pausedUntilMs > this.#clock.monotonic()
  }

  pauseUntil(timeMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, timeMs)
  }

  #admit(): void {
    const waitMs = this.#pausedUntilMs - this.#clock.monotonic()
    if (waitMs > 0) {
      if (this.#isWakePending) return
      this.#isWakePending = true
      this.#clock.after(waitMs, () => {
        this.#isWakePending = false
        this.#admit()
      })
      return
    }
    while (this.running < this.limit && this.#waiting.length > 0) {
      this.running++
      this.#waiting.shift()!()
    }
  }
}

function worthwhileGain(widening: number): number {
  return 1 + (widening - 1) * WORTHWHILE_SHARE
}

interface Climb {
  onDone(nowMs: number, wasFull: boolean): number
  /** `isAgain`: nothing was done since the last time. */
  onSlowDown(nowMs: number, isAgain: boolean): number
  reset(): number
}

function createClimb({ initial, min, max }: LimitOptions): Climb {
  let limit = initial
  let previous: { limit: number; perSecond: number } | undefined
  let holdLeft = 0
  let lastSlowDownMs = Number.NEGATIVE_INFINITY
  let window = { startMs: Number.NaN, done: 0, full: 0 }
  const judge = (perSecond: number): void => {
    if (holdLeft > 0) {
      holdLeft--
      if (holdLeft === 0) previous = undefined
    } else if (previous !== undefined && perSecond < previous.perSecond * worthwhileGain(limit / previous.limit)) {
      limit = previous.limit
      holdLeft = HOLD_WINDOWS
    } else if (limit < max) {
      previous = { limit, perSecond }
      limit = Math.min(max, Math.ceil(limit * GROWTH))
    }
  }
  return {
    reset: () => {
      previous = undefined
      holdLeft = 0
      window = { startMs: Number.NaN, done: 0, full: 0 }
      return (limit = initial)
    },
    onDone: (nowMs, wasFull) => {
      if (Number.isNaN(window.startMs)) window.startMs = nowMs
      window.done++
      if (wasFull) window.full++
      const elapsedMs = nowMs - window.startMs
      if (window.done < limit * 2 || elapsedMs < MIN_WINDOW_MS) return limit
      // A limit that was hardly ever reached says nothing about a wider one.
      if (window.full * 2 > window.done) judge((window.done * 1000) / elapsedMs)
      window = { startMs: nowMs, done: 0, full: 0 }
      return limit
    },
    onSlowDown: (nowMs, isAgain) => {
      // Many requests are refused at once: that is one refusal.
      if (nowMs - lastSlowDownMs < 500) return limit
      lastSlowDownMs = nowMs
      previous = undefined
      holdLeft = HOLD_WINDOWS
      return (limit = isAgain ? min : Math.max(min, Math.floor(limit / 2)))
    },
  }
}
