import type { Clock } from '../../host.ts'
import { retryAfterMs } from './errors.ts'
import type { AccessTokens } from './account.ts'

/** Requests to Graph under way at once for one account: at first, at least, and at most, however long it bears more. */
const AT_ONCE = { first: 10, least: 2, most: 20 }
/** Answers in a row without a wish to slow down after which one more request is tried. */
const ANSWERS_A_STEP = 50
/** From this share of a limit on, what is left is spread over the time it has to last. */
const SCARCE_SHARE = 0.2

/**
 * How fast one account may be asked. A Retry-After holds back every request of the account until it is
 * over, not only the one that was refused; as a limit comes near, requests are spread out. How many are under way at
 * once grows slowly while nothing speaks against it, and is halved by each wish to slow down.
 */
export class AccountPace {
  readonly #clock: Clock
  #atOnce = AT_ONCE.first
  #underWay = 0
  #answers = 0
  readonly #waiting: (() => void)[] = []
  #notBeforeMs = Number.NEGATIVE_INFINITY
  #gapMs = 0
  #askedToWaitUntilMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How long the service has asked everyone to wait from now on, ms; 0: not at all. */
  get askedToWaitMs(): number {
    return Math.max(0, this.#askedToWaitUntilMs - this.#clock.monotonic())
  }

  /** Resolves when a request may go out. Rejects with the signal's reason. */
  async ready(signal: AbortSignal): Promise<void> {
    // Once more where it was put off while this waited.
    for (let seenMs = Number.NaN; seenMs !== this.#notBeforeMs;) {
      seenMs = this.#notBeforeMs
      const leftMs = seenMs - this.#clock.monotonic()
      if (leftMs > 0) await this.#clock.sleep(leftMs, signal)
    }
    if (this.#gapMs > 0) this.#notBeforeMs = this.#clock.monotonic() + this.#gapMs
  }

  /** Runs a request in one of the places there are for them. */
  async inTurn<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    if (this.#underWay < this.#atOnce) this.#underWay++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      await this.ready(signal)
      return await run()
    } finally {
      this.#underWay--
      this.#admit()
    }
  }

  /** Whoever is let in is under way from that moment on. */
  #admit(): void {
    while (this.#underWay < this.#atOnce && this.#waiting.length > 0) {
      this.#underWay++
      this.#waiting.shift()!()
    }
  }

  /** What a reply says about the pace. */
  heard(status: number, headers: Readonly<Record<string, string>>): void {
    if (status === 429 || status === 503 || status === 509) {
      // Those that were under way with the first one say the same once more.
      const isFirst = this.#notBeforeMs <= this.#clock.monotonic()
      if (isFirst) this.#atOnce = Math.max(AT_ONCE.least, this.#atOnce >> 1)
      this.#answers = 0
      const delayMs = retryAfterMs(headers)
      if (delayMs !== undefined) this.#hold(delayMs)
    } else if (++this.#answers % ANSWERS_A_STEP === 0) this.#atOnce = Math.min(AT_ONCE.most, this.#atOnce + 1)
    const [limit, remaining, resetS] = ['limit', 'remaining', 'reset'].map((name) =>
      Number(headers[`ratelimit-${name}`]),
    )
    if (!(limit! > 0 && remaining! >= 0 && resetS! > 0)) return
    if (remaining === 0) this.#hold(resetS! * 1000)
    this.#gapMs = remaining! / limit! <= SCARCE_SHARE ? (resetS! * 1000) / Math.max(1, remaining!) : 0
  }

  #hold(delayMs: number): void {
    const untilMs = this.#clock.monotonic() + delayMs
    this.#askedToWaitUntilMs = Math.max(this.#askedToWaitUntilMs, untilMs)
    this.#notBeforeMs = Math.max(this.#notBeforeMs, untilMs)
  }
}

const paceByTokens = new WeakMap<AccessTokens, AccountPace>()

/** The one pace of an account, whichever folders use it. Accounts are told apart by their token instance (I24). */
export function paceOf(tokens: AccessTokens, clock: Clock): AccountPace {
  const known = paceByTokens.get(tokens)
  if (known !== undefined) return known
  const made = new AccountPace(clock)
  paceByTokens.set(tokens, made)
  return made
}
