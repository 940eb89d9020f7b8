import { isTidekeepError, type TidekeepError } from '../../common/errors.ts'
import type { Clock } from '../host.ts'
import type { AccessTokens } from '../providers/onedrive/account.ts'
import { cancelled, onAbort, throwIfCancelled } from '../providers/http/abort-listeners.ts'
import type { FreshToken, Wanted } from './authority.ts'

/** What {@link AccountTokens} is made from. */
export interface TokenSource {
  readonly clock: Clock
  /** Fetches a token. Throws `unauthenticated` when a person has to sign in again. */
  acquire(wanted: Wanted): Promise<FreshToken>
  /** Which sign-in is in force; undefined once the account was removed or is another person's. Cheap. */
  generation(): string | undefined
  /** What is thrown when there is none. */
  readonly gone: () => TidekeepError
}

/** Tokens are not used so close to their end: a request under way must not outlive its token. */
const MARGIN_MS = 300_000
/** How long it may take until another program's sign-in or sign-out is noticed. */
const LOOK_EVERY_MS = 2_000

/**
 * The tokens of one account in this process. One refresh at a time, however many wait for it; after a
 * refusal the authority is left in peace until someone signs in again.
 */
export class AccountTokens implements AccessTokens {
  readonly #source: TokenSource
  #good: { readonly token: string; readonly untilMs: number } | undefined
  #pending: Promise<string> | undefined
  #refused: Wanted | undefined
  #signedOut: TidekeepError | undefined
  #generation: string | undefined
  #lookAgainAtMs = Number.NEGATIVE_INFINITY

  constructor(source: TokenSource) {
    this.#source = source
  }

  async token({ signal }: { readonly signal: AbortSignal }): Promise<string> {
    throwIfCancelled(signal)
    this.#look()
    if (this.#generation === undefined) throw this.#source.gone()
    if (this.#signedOut !== undefined) throw this.#signedOut
    if (this.#good !== undefined && this.#source.clock.monotonic() < this.#good.untilMs) return this.#good.token
    this.#pending ??= this.#refresh(this.#generation).finally(() => (this.#pending = undefined))
    return waitFor(this.#pending, signal)
  }

  expired(token: string, claims?: string): void {
    if (token !== this.#good?.token) return
    this.#good = undefined
    this.#refused = { isForced: true, ...(claims === undefined ? {} : { claims }) }
  }

  /** The account was removed, or signed in to again: what is remembered counts no more. */
  forget(): void {
    this.#lookAgainAtMs = Number.NEGATIVE_INFINITY
    this.#good = undefined
  }

  #look(): void {
    const nowMs = this.#source.clock.monotonic()
    if (nowMs < this.#lookAgainAtMs) return
    this.#lookAgainAtMs = nowMs + LOOK_EVERY_MS
    const generation = this.#source.generation()
    if (generation === this.#generation) return
    this.#generation = generation
    this.#good = undefined
    this.#refused = undefined
    this.#signedOut = undefined
  }

  async #refresh(generation: string): Promise<string> {
    const { clock } = this.#source
    const wanted = this.#refused ?? { isForced: false }
    try {
      const { token, expiresAtMs } = await this.#source.acquire(wanted)
      if (this.#refused === wanted) this.#refused = undefined
      const leftMs = expiresAtMs - clock.now() - MARGIN_MS
      if (generation === this.#generation) this.#good = { token, untilMs: clock.monotonic() + leftMs }
      return token
    } catch (error) {
      const isOver = isTidekeepError(error) && error.code === 'unauthenticated'
      if (isOver && generation === this.#generation) this.#signedOut = error
      throw error
    }
  }
}

/** One that gives up does not end the refresh that others wait for. */
function waitFor<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, () => reject(cancelled(signal)))
    pending.then(resolve, reject).finally(stopListening)
  })
}
