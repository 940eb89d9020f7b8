import { TidekeepError, type ErrorCode } from '../../../common/errors.ts'
import type { Clock } from '../../host.ts'
import { targetFailureTexts } from './target-failure-texts.ts'

const FAILURES_TO_OPEN = 5
/** Half a minute, so that a target that came back is noticed within the minute (I20). */
const OPEN_MS = 30_000

/** Answers that speak of the target as a whole and not of one path. */
const TARGET_FAILURES: ReadonlySet<ErrorCode> = new Set(['unavailable', 'timeout'])

/**
 * Whether one endpoint answers, for all targets that it serves. After five failures in a row that
 * speak of it as a whole it is open for half a minute; then one call of one target is let through,
 * and its outcome decides for all of them.
 */
export class EndpointBreaker {
  readonly #clock: Pick<Clock, 'monotonic'>
  #failures = 0
  #openUntilMs = Number.NEGATIVE_INFINITY
  #trialRuns = false

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  get isOpen(): boolean {
    return this.#failures >= FAILURES_TO_OPEN
  }

  /** Undefined when the call may be made, as the trial if the breaker is open; else how long to wait, ms. */
  admit(): number | undefined {
    if (!this.isOpen) return undefined
    const leftMs = this.#openUntilMs - this.#clock.monotonic()
    if (leftMs > 0 || this.#trialRuns) return leftMs
    this.#trialRuns = true
    return undefined
  }

  succeeded(): void {
    this.#failures = 0
    this.#trialRuns = false
  }

  failed(): void {
    this.#failures++
    this.#trialRuns = false
    if (this.isOpen) this.#openUntilMs = this.#clock.monotonic() + OPEN_MS
  }

  /** A call ended without telling anything of the endpoint. */
  cancelled(): void {
    this.#trialRuns = false
  }
}

/** The breakers of all endpoints that a program talks to, by their names. */
export class EndpointBreakers {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #byEndpoint = new Map<string, EndpointBreaker>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  of(endpoint: string): EndpointBreaker {
    const known = this.#byEndpoint.get(endpoint) ?? new EndpointBreaker(this.#clock)
    this.#byEndpoint.set(endpoint, known)
    return known
  }
}

/**
 * Stops asking a target whose endpoint does not answer: every call then fails at once. What the
 * endpoint is found to be is shared with its other targets; what was said of this target is not.
 */
export class CircuitBreaker {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #location: string
  readonly #endpoint: EndpointBreaker
  #reason: TidekeepError | undefined
  /** The target itself said when to come again. */
  #held: { readonly untilMs: number; readonly error: TidekeepError } | undefined

  constructor(location: string, clock: Pick<Clock, 'monotonic'>, endpoint = new EndpointBreaker(clock)) {
    this.#location = location
    this.#clock = clock
    this.#endpoint = endpoint
  }

  get isOpen(): boolean {
    return this.#endpoint.isOpen
  }

  /**
   * Throws `unavailable` with the time after which trying again makes sense. `beginsPass`: a look at
   * the target as a whole, which a person or the hour asked for, is always let through.
   */
  enter(beginsPass = false): void {
    this.#assertNotHeld()
    if (beginsPass) return
    const waitMs = this.#endpoint.admit()
    if (waitMs === undefined) return
    throw new TidekeepError({
      code: 'unavailable',
      message: this.#reason?.message ?? targetFailureTexts.breaker.silent({ location: this.#location }),
      path: this.#location,
      fix: this.#reason?.fix ?? targetFailureTexts.breaker.silentFix,
      reason: this.#reason?.reason,
      retry: { kind: 'after', delayMs: Math.max(1000, waitMs) },
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
    this.#reason = undefined
    this.#endpoint.succeeded()
  }

  /** Any answer but "not there at all" shows that the target lives. `reason` is repeated while open. */
  failed(code: ErrorCode, reason?: TidekeepError): void {
    if (code === 'cancelled') return this.#endpoint.cancelled()
    if (reason?.retry.kind === 'after') {
      const untilMs = this.#clock.monotonic() + reason.retry.delayMs
      if (untilMs > (this.#held?.untilMs ?? 0)) this.#held = { untilMs, error: reason }
    }
    if (!TARGET_FAILURES.has(code)) return this.succeeded()
    // A timeout speaks of one call; only what makes the whole target unavailable is worth repeating.
    this.#reason = code === 'unavailable' ? reason : undefined
    this.#endpoint.failed()
  }
}
