import type { Clock } from '../host.ts'

const HALF_LIFE_MS = 3_000
/** What is usual follows so slowly that a drop is seen for a while, and then becomes usual itself. */
const USUAL_HALF_LIFE_MS = 30_000
/** Below this share of what is usual, the end moves more than twice as far away. */
const DROP_SHARE = 0.5
/** Earlier, there is nothing usual yet. */
const USUAL_AFTER_MS = 10_000

/** A transfer rate smoothed over a few seconds (exponentially weighted), in bytes a second. */
export class Rate {
  readonly #clock: Clock
  #lastMs: number
  #lastBytes = 0
  #rate = 0
  #usual = 0
  #sinceMs: number | undefined
  #burst = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#lastMs = clock.monotonic()
  }

  /** How long bytes have been moving without a standstill, ms. */
  get steadyMs(): number {
    return this.#sinceMs === undefined ? 0 : this.#clock.monotonic() - this.#sinceMs
  }

  /** It is less than half of what it was over the last minute or so. */
  get hasDropped(): boolean {
    return this.steadyMs >= USUAL_AFTER_MS && this.#rate < DROP_SHARE * this.#usual
  }

  /**
   * Takes the running total of a burst of work; a smaller one starts over. In another burst nothing is usual yet: how fast the
   * last one was, however long ago, says nothing of this one's files, targets and limits.
   */
  update(totalBytes: number, burst: number): number {
    const nowMs = this.#clock.monotonic()
    if (burst !== this.#burst) this.#begin(burst)
    const elapsedMs = nowMs - this.#lastMs
    if (totalBytes < this.#lastBytes) {
      this.#lastBytes = totalBytes
      this.#lastMs = nowMs
      return this.#rate
    }
    if (elapsedMs < 200) return this.#rate
    const current = ((totalBytes - this.#lastBytes) * 1000) / elapsedMs
    const towards = (before: number, halfLifeMs: number): number =>
      before === 0 ? current : before + (1 - 0.5 ** (elapsedMs / halfLifeMs)) * (current - before)
    this.#rate = towards(this.#rate, HALF_LIFE_MS)
    this.#usual = towards(this.#usual, USUAL_HALF_LIFE_MS)
    if (this.#rate < 1) {
      this.#rate = 0
      this.#usual = 0
    }
    this.#sinceMs = this.#rate === 0 ? undefined : (this.#sinceMs ?? nowMs)
    this.#lastBytes = totalBytes
    this.#lastMs = nowMs
    return this.#rate
  }

  #begin(burst: number): void {
    this.#burst = burst
    this.#rate = 0
    this.#usual = 0
    this.#sinceMs = undefined
    this.#lastBytes = Number.POSITIVE_INFINITY
  }
}
