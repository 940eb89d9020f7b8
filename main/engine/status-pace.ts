import type { Clock } from '../host.ts'

const SHORTEST_MS = 500
const LONGEST_MS = 2_000
/** Without any change, so that "12 s ago" stays true. */
const IDLE_MS = 10_000
/** Telling takes at most this share of the time, or it would slow the work it tells of. */
const TELLING_SHARE = 0.01

/**
 * When the status is told next: twice a second at most while work goes on, since figures that change more often cannot be
 * read, and less often where it costs more than a hundredth of the time, as with many folders or on a busy computer.
 */
export class StatusPace {
  readonly #clock: Pick<Clock, 'monotonic'>
  #changed = false
  #isPrompt = false
  #toldMs = Number.NEGATIVE_INFINITY
  #gapMs = SHORTEST_MS

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** Something is different. `isPrompt`: a person waits for it, or work ended, and the next look tells it whatever that costs. */
  changed(isPrompt: boolean): void {
    this.#changed = true
    this.#isPrompt ||= isPrompt
  }

  isDue(): boolean {
    if (this.#isPrompt) return true
    const sinceMs = this.#clock.monotonic() - this.#toldMs
    return sinceMs >= (this.#changed ? this.#gapMs : IDLE_MS)
  }

  /** Computes and hands over a status, and takes note of what that costs. */
  telling(tell: () => void): void {
    this.#changed = false
    this.#isPrompt = false
    this.#toldMs = this.#clock.monotonic()
    tell()
    const costMs = this.#clock.monotonic() - this.#toldMs
    this.#gapMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, costMs / TELLING_SHARE))
  }
}
