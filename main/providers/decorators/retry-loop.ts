import { TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import { ROOT_PATH } from '../../../common/paths.ts'
import type { Clock, Log, Random } from '../../host.ts'
import { CircuitBreaker, type EndpointBreakers } from './breaker.ts'
import type { TargetProvider } from '../provider.ts'
import type { Call } from './intercept.ts'
import { targetFailureTexts } from './target-failure-texts.ts'

/** What retrying needs of the host. */
export interface RetryDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** What is known of endpoints that several targets share. Left out: nobody else asks this one. */
  readonly breakers?: EndpointBreakers
}

/** The queue tries again later and longer; these few attempts only ride out a moment. */
const MAX_ATTEMPTS = 4
/** After so many wishes to slow down in a row nothing is asked twice: that is no moment to be ridden out. */
const MAX_THROTTLED = 5
const BASE_DELAY_MS = 500
const MAX_DELAY_MS = 20_000

/**
 * Looks up what became of a call whose answer was lost (I4): the result if it was done after all,
 * undefined if it was not. Throws when that cannot be told.
 */
export type Resolve<T> = (error: TidekeepError) => Promise<T | undefined>

/** Full-jitter retries behind the circuit breaker of an endpoint; one loop for each target. */
export class RetryLoop {
  readonly #deps: RetryDeps
  readonly #breaker: CircuitBreaker
  /** Wishes to slow down, in a row. */
  #throttled = 0

  constructor({ location, endpoint }: Pick<TargetProvider, 'location' | 'endpoint'>, deps: RetryDeps) {
    this.#deps = deps
    const shared = endpoint === undefined ? undefined : deps.breakers?.of(endpoint)
    this.#breaker = new CircuitBreaker(location, deps.clock, shared)
  }

  /**
   * Runs until it succeeds, its error says "never", or the attempts are used up. `seen` is the
   * error of a first attempt that was made elsewhere.
   */
  async run<T>(call: Call, run: () => Promise<T>, resolve?: Resolve<T>, seen?: TidekeepError): Promise<T> {
    let lost: TidekeepError | undefined
    let error = seen
    for (let attempt = 1; ; attempt++) {
      if (error === undefined) {
        try {
          return await this.attempt(call.signal, run, beginsPass(call))
        } catch (thrown) {
          error = toTidekeepError(thrown, call.path)
        }
      }
      if (error.ambiguous) lost = error
      const done = await this.#lookUp(error, lost, resolve)
      if (done !== undefined) return done.value
      await this.#pause(call, error, attempt)
      error = undefined
    }
  }

  /** One attempt, counted by the breaker. */
  async attempt<T>(signal: AbortSignal, run: () => Promise<T>, isFirstOfPass = false): Promise<T> {
    throwIfCancelled(signal)
    this.#breaker.enter(isFirstOfPass)
    try {
      const result = await run()
      this.#breaker.succeeded()
      this.#throttled = 0
      return result
    } catch (error) {
      const known = toTidekeepError(error)
      this.#breaker.failed(known.code, known)
      this.#throttled = known.code === 'throttled' ? this.#throttled + 1 : 0
      throw error
    }
  }

  /** Tells the breaker how the items of one batch ended: a batch that ends may hold nothing but failures. */
  batchEnded(errors: readonly (TidekeepError | undefined)[]): void {
    const isAlive = errors.includes(undefined)
    for (const error of errors)
      if (error !== undefined && (!isAlive || error.retry.kind === 'after')) this.#breaker.failed(error.code, error)
    if (isAlive) this.#breaker.succeeded()
  }

  /** After a lost answer, a refusal may be the echo of our own work. */
  async #lookUp<T>(
    error: TidekeepError,
    lost: TidekeepError | undefined,
    resolve: Resolve<T> | undefined,
  ): Promise<{ readonly value: T } | undefined> {
    if (lost === undefined || resolve === undefined || error.code === 'cancelled') return undefined
    // A target that does not answer does not answer this either: the next attempt looks.
    if (this.#breaker.isOpen) return undefined
    try {
      const value = await resolve(error)
      return value === undefined ? undefined : { value }
    } catch (failure) {
      this.#deps.log.debug('outcome_unknown', { code: toTidekeepError(failure).code })
      return undefined
    }
  }

  /** Waits before the next attempt, or throws `error` when there is none. */
  async #pause(call: Call, error: TidekeepError, attempt: number): Promise<void> {
    const maxAttempts = this.#throttled >= MAX_THROTTLED ? 1 : MAX_ATTEMPTS
    if (!isWorthRetrying(error) || attempt >= maxAttempts || this.#breaker.isOpen) throw error
    const delayMs = this.#delayMs(error, attempt)
    this.#deps.log.debug('target_call_retried', {
      call: call.name,
      code: error.code,
      attempt,
      delayMs,
    })
    try {
      await this.#deps.clock.sleep(delayMs, call.signal)
    } catch (reason) {
      throwIfCancelled(call.signal)
      throw reason
    }
  }

  #delayMs({ retry }: TidekeepError, attempt: number): number {
    if (retry.kind === 'after' && retry.delayMs > 0) return retry.delayMs
    return Math.round(this.#deps.random.next() * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** attempt))
  }
}

/** A source that changed is not what the content describes any more: only a new scan helps. */
function isWorthRetrying({ code, retry }: TidekeepError): boolean {
  if (code === 'changed' || code === 'locked' || code === 'in-use') return false
  // A longer wish of the target is not slept through here, but left to the queue, which lets everything wait.
  return retry.kind === 'backoff' || (retry.kind === 'after' && retry.delayMs <= MAX_DELAY_MS)
}

/** What a full pass asks first: for the root to be made ready, and for all there is. */
function beginsPass({ name, path }: Call): boolean {
  return path === ROOT_PATH && (name === 'list' || name === 'makeDirectory')
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new TidekeepError({ code: 'cancelled', message: targetFailureTexts.retryLoop.cancelled })
}
