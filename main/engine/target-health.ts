import type { TidekeepError } from '../../common/errors.ts'
import type { JobId } from '../../common/model.ts'
import type { Clock, Random } from '../host.ts'

const FIRST_MS = 1_000
/** With one request under way at the end of it, a target that came back is noticed within the minute (I20). */
const CAP_MS = 40_000
/** Doublings after which the cap is reached for certain. */
const MAX_DOUBLINGS = 10

/**
 * Whether the target of one folder is worth asking, as its transfers find it. While it is down,
 * one job at a time finds out whether it is back, at growing random intervals. Measured on the
 * monotonic clock: setting the computer's clock neither shortens nor lengthens a wait (I25).
 */
export class TargetHealth {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #random: Random
  #down: { readonly error: TidekeepError; readonly untilMs: number } | undefined
  #waits = 0
  #successes = 0
  /** How many had got through when a job last failed without telling whose fault it was. */
  readonly #successesAtFailure = new Map<JobId, number>()

  constructor(clock: Pick<Clock, 'monotonic'>, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Why nothing goes out; undefined while the target is up. */
  get error(): TidekeepError | undefined {
    return this.#down?.error
  }

  /** How long nothing may be asked of the target, ms; 0: now. */
  get leftMs(): number {
    return Math.max(0, (this.#down?.untilMs ?? 0) - this.#clock.monotonic())
  }

  /** `afterMs`: when the target itself, or whoever guards it, said to come again. */
  failed(error: TidekeepError, afterMs?: number): void {
    // Requests that were under way together fail together: that is one failure.
    if (this.leftMs === 0) this.#waits++
    const ceilingMs = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(this.#waits, MAX_DOUBLINGS))
    const waitMs = afterMs ?? FIRST_MS + Math.round(this.#random.next() * (ceilingMs - FIRST_MS))
    const untilMs = this.#clock.monotonic() + waitMs
    this.#down = { error, untilMs: Math.max(untilMs, this.#down?.untilMs ?? 0) }
  }

  /** Something got through. True when the target had been down. */
  succeeded(): boolean {
    const wasDown = this.#down !== undefined
    this.#down = undefined
    this.#waits = 0
    this.#successes++
    return wasDown
  }

  /** The next job finds out, without waiting. */
  tryAgain(): void {
    this.#down = undefined
  }

  /** True when others got through since this job last failed like this. */
  isAlone(id: JobId): boolean {
    const before = this.#successesAtFailure.get(id)
    this.#successesAtFailure.set(id, this.#successes)
    return before !== undefined && before < this.#successes
  }

  /** The job is over. */
  forget(id: JobId): void {
    this.#successesAtFailure.delete(id)
  }
}
