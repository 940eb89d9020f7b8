import { TidekeepError } from '../../../common/errors.ts'
import type { Clock } from '../../host.ts'
import { targetFailureTexts } from './target-failure-texts.ts'

/**
 * Share of a second's bytes that may go at once. With one piece of this size still under way and a
 * full bucket behind it, any window of one second stays within 110 % of the limit.
 */
const BURST_SECONDS = 0.05

/** A token bucket of bytes, first come first served; the limit can be changed at any time. */
export class ByteLimiter {
  readonly #clock: Clock
  #limit: number
  #tokens: number
  #filledAtMs: number
  #turn: Promise<void> = Promise.resolve()
  #wake = new AbortController()

  /** `limit` in bytes a second; 0 means none. */
  constructor(clock: Clock, limit = 0) {
    this.#clock = clock
    this.#limit = Math.max(0, limit)
    this.#tokens = this.#limit * BURST_SECONDS
    this.#filledAtMs = clock.monotonic()
  }

  get isLimited(): boolean {
    return this.#limit > 0
  }

  /** Largest piece that should be taken at once, bytes; infinite without a limit. */
  get pieceBytes(): number {
    return this.#limit === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(this.#limit * BURST_SECONDS))
  }

  /** Takes effect at once, also for those who wait. */
  setLimit(limit: number): void {
    this.#refill()
    this.#limit = Math.max(0, limit)
    this.#tokens = Math.min(this.#tokens, this.#limit * BURST_SECONDS)
    this.#wake.abort()
    this.#wake = new AbortController()
  }

  /** Resolves when `byteCount` bytes may go; more than `pieceBytes` are taken in several steps. Throws `cancelled`. */
  take(byteCount: number, signal: AbortSignal): Promise<void> {
    if (this.#limit === 0) return Promise.resolve()
    const turn = this.#turn.then(() => this.#wait(byteCount, signal))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** The stream in pieces that keep to the limit. */
  async *pace(stream: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const piece of stream) {
      for (let start = 0; start < piece.length;) {
        const part = piece.subarray(start, start + Math.min(piece.length - start, this.pieceBytes))
        await this.take(part.length, signal)
        start += part.length
        yield part
      }
    }
  }

  async #wait(byteCount: number, signal: AbortSignal): Promise<void> {
    for (let left = byteCount; left > 0;) {
      if (signal.aborted) throw new TidekeepError({ code: 'cancelled', message: targetFailureTexts.limiter.cancelled })
      this.#refill()
      const piece = Math.min(left, this.pieceBytes)
      if (this.#limit === 0) return
      if (this.#tokens + 1e-6 >= piece) {
        this.#tokens -= piece
        left -= piece
      } else await this.#sleep(Math.max(1, Math.ceil(((piece - this.#tokens) / this.#limit) * 1000)), signal)
    }
  }

  async #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(delayMs, AbortSignal.any([signal, this.#wake.signal]))
    } catch {
      // Woken by a new limit or by cancellation; the loop looks which.
    }
  }

  #refill(): void {
    const nowMs = this.#clock.monotonic()
    const earned = (this.#limit * (nowMs - this.#filledAtMs)) / 1000
    this.#tokens = Math.min(Math.max(1, this.#limit * BURST_SECONDS), this.#tokens + earned)
    this.#filledAtMs = nowMs
  }
}

/** Two buckets: this one for what is sent, and one for what is received. */
export class LineLimiter extends ByteLimiter {
  readonly received: ByteLimiter

  /** Bytes a second for each direction; 0 means none. */
  constructor(clock: Clock, sentLimit = 0, receivedLimit = 0) {
    super(clock, sentLimit)
    this.received = new ByteLimiter(clock, receivedLimit)
  }

  /** Takes effect at once, also for those who wait. */
  setLimits(limits: { readonly uploadLimit: number; readonly downloadLimit: number }): void {
    this.setLimit(limits.uploadLimit)
    this.received.setLimit(limits.downloadLimit)
  }
}
