import type { Clock } from '../host.ts'

const HALF_LIFE_MS = 3_000

/** A transfer rate smoothed over a few seconds (exponentially weighted), in bytes a second. */
export class Rate {
  readonly #clock: Clock
  #lastMs: number
  #lastBytes = 0
  #rate = 0
  #sinceMs: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#lastMs = clock.monotonic()
  }

  /** How long bytes have been moving without a standstill, ms. */
  get steadyMs(): number {
    return this.#sinceMs === undefined ? 0 : this.#clock.monotonic() - this.#sinceMs
  }

  /** Takes the running total; a smaller one starts over. */
  update(totalBytes: number): number {
    const nowMs = this.#clock.monotonic()
    const elapsedMs = nowMs - this.#lastMs
    if (totalBytes < this.#lastBytes) {
      this.#lastBytes = totalBytes
      this.#lastMs = nowMs
      return this.#rate
    }
    if (elapsedMs < 200) return this.#rate
    const current = ((totalBytes - this.#lastBytes) * 1000) / elapsedMs
    const weight = 1 - 0.5 ** (elapsedMs / HALF_LIFE_MS)
    this.#rate = this.#rate === 0 ? current : this.#rate + weight * (current - this.#rate)
    if (this.#rate < 1) this.#rate = 0
    this.#sinceMs = this.#rate === 0 ? undefined : (this.#sinceMs ?? nowMs)
    this.#lastBytes = totalBytes
    this.#lastMs = nowMs
    return this.#rate
  }
}
