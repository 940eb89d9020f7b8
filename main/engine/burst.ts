import type { Clock } from '../host.ts'

/** Work that begins within this time extends what is shown as done; after it, counting starts over. */
const PAUSE_MS = 3_000

/**
 * When work begins anew, for all folders that are shown together: what one of them did long ago is no part of what
 * another does now, and what it did a while ago still is while the other goes on.
 */
export class Burst {
  readonly #clock: Clock
  #number = 0
  #busy = 0
  /** Never, at first: what the end of the process interrupted goes on, whenever that is. */
  #idleSinceMs = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Which burst is the present one; counts of another are over. */
  get number(): number {
    return this.#number
  }

  /** A folder that did nothing begins to work. */
  begin(): void {
    if (this.#busy === 0 && this.#clock.monotonic() - this.#idleSinceMs >= PAUSE_MS) this.#number++
    this.#busy++
  }

  /** A folder that worked does nothing any more. */
  end(): void {
    this.#busy--
    if (this.#busy === 0) this.#idleSinceMs = this.#clock.monotonic()
  }
}
