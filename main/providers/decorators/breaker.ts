import { TidekeepError, type ErrorCode } from '../../../common/errors.ts'
import type { Clock } from '../../host.ts'

const FAILURES_TO_OPEN = 5
/** Half a minute, so that a target that came back is noticed within the minute (I20). */
const OPEN_MS = 30_000

/** Answers that speak of the target as a whole and not of one path. */
const TARGET_FAILURES: ReadonlySet<ErrorCode> = new Set(['unavailable', 'timeout'])

/**
 * Stops asking a target that does not answer. After five such failures in a row every call fails at
 * once for half a minute; then one call is let through, and its outcome decides.
 */
export class CircuitBreaker {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #location: string
  #failures = 0
  #openUntilMs = Number.NEGATIVE_INFINITY
  #trialRuns = false
  #reason: TidekeepError | undefined
  /** The target itself said when to come again. */
  #held: { readonly untilMs: number; readonly error: TidekeepError } | undefined

  constructor(location: string, clock: Pick<Clock, 'monotonic'>) {
    this.#location = location
    this.#clock = clock
  }

  get isOpen(): boolean {
    return this.#failures >= FAILURES_TO_OPEN
  }

  /**
   * Throws `unavailable` with the time after which trying again makes sense. `beginsPass`: a look at
   * the target as a whole, which a person or the hour asked for, is always let through.
   */
  enter(beginsPass = false): void {
    this.#assertNotHeld()
    if (!this.isOpen || beginsPass) return
    const leftMs = this.#openUntilMs - this.#clock.monotonic()
    if (leftMs <= 0 && !this.#trialRuns) {
      this.#trialRuns = true
      return
    }
    throw new TidekeepError({
      code: 'unavailable',
      message: this.#reason?.message ?? `${this.#location} does not answer.`,
      path: this.#location,
      fix: this.#reason?.fix ?? 'It is tried again by itself.',
      retry: { kind: 'after', delayMs: Math.max(1000, leftMs) },
    })
  }

  /** A Retry-After is for everybody, whoever was told: nothing is asked before it is over. */
  #assertNotHeld(): void {
    if (this.#held === undefined) return
    const { error, untilMs } = this.#held
    const leftMs = untilMs - this.#clock.monotonic()
    if (leftMs <= 0) {
      this.#held = undefined
      return
    }
    const { code, message, fix } = error
    const retry = { kind: 'after', delayMs: Math.ceil(leftMs) } as const
    throw new TidekeepError({ code, message, path: this.#location, retry, ...(fix === undefined ? {} : { fix }) })
  }

  succeeded(): void {
    this.#failures = 0
    this.#trialRuns = false
  }

  /** Any answer but "not there at all" shows that the target lives. `reason` is repeated while open. */
  failed(code: ErrorCode, reason?: TidekeepError): void {
    if (code === 'cancelled') {
      this.#trialRuns = false
      return
    }
    if (reason?.retry.kind === 'after') {
      const untilMs = this.#clock.monotonic() + reason.retry.delayMs
      if (untilMs > (this.#held?.untilMs ?? 0)) this.#held = { untilMs, error: reason }
    }
    if (!TARGET_FAILURES.has(code)) return this.succeeded()
    this.#failures++
    // A timeout speaks of one call; only what makes the whole target unavailable is worth repeating.
    this.#reason = code === 'unavailable' ? reason : undefined
    this.#trialRuns = false
    if (this.isOpen) this.#openUntilMs = this.#clock.monotonic() + OPEN_MS
  }
}
