/**
 * Events in one turn of the event loop from which some must be taken for lost: the kernel's queue
 * overflows silently, and one turn delivers all it held. Well below `fs.inotify.max_queued_events`,
 * 16,384 as a rule.
 */
const BURST_EVENTS = 4_000

/** Counts the events of a turn and says once that they were too many. */
export class BurstMeter {
  readonly #onBurst: () => void
  #count = 0

  constructor(onBurst: () => void) {
    this.#onBurst = onBurst
  }

  /** Call for each event as the system delivers it. */
  note(): void {
    if (this.#count === 0) setImmediate(() => (this.#count = 0))
    if (++this.#count === BURST_EVENTS) this.#onBurst()
  }
}
