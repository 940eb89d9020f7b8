import type { Clock } from '../../host.ts'

/** How much may go at once, as a share of a second's bytes: a burst after a pause stays within a tenth of the limit. */
const BURST_SHARE = 0.1
/** Pieces are kept to half a burst, so that a waiting piece never has to save up longer than one burst. */
const PIECE_SHARE = 0.05

/**
 * A byte-level bandwidth limit shared by everything that sends: a token bucket that holds a tenth of
 * a second's bytes, so that no second carries more than 1.1 times the limit. Waiters are served in
 * order. Can be changed at any time, for those who wait as well.
 */
export class ByteLimiter {
  readonly #clock: Clock
  #bytesPerSecond: number
  #tokens = 0
  #filledAtMs: number
  #last: Promise<void> = Promise.resolve()
  #changed = new AbortController()

  /** 0 means no limit. */
  constructor(clock: Clock, bytesPerSecond = 0) {
    this.#clock = clock
    this.#bytesPerSecond = bytesPerSecond
    this.#filledAtMs = clock.monotonic()
  }

  get isLimited(): boolean {
    return this.#bytesPerSecond > 0
  }

  /** Largest piece that should be taken at once, in bytes; infinite without a limit. */
  get pieceBytes(): number {
    return this.isLimited ? Math.max(1, Math.floor(this.#bytesPerSecond * PIECE_SHARE)) : Number.POSITIVE_INFINITY
  }

  setLimit(bytesPerSecond: number): void {
    this.#fill()
    this.#bytesPerSecond = Math.max(0, bytesPerSecond)
    this.#tokens = Math.min(this.#tokens, this.#capacity())
    this.#changed.abort()
    this.#changed = new AbortController()
  }

  /** Resolves when `bytes` may go. Rejects when the signal is aborted first; the bytes are not counted then. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    if (!this.isLimited) return
    const turn = this.#last.then(() => this.#wait(bytes, signal))
    this.#last = turn.catch(() => undefined)
    await turn
  }

  /** The stream in pieces that keep to the limit. */
  async *pace(stream: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const piece of stream) {
      let start = 0
      while (start < piece.length) {
        const end = Math.min(piece.length, start + this.pieceBytes)
        await this.take(end - start, signal)
        yield start === 0 && end === piece.length ? piece : piece.subarray(start, end)
        start = end
      }
    }
  }

  async #wait(bytes: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      if (!this.isLimited) return
      this.#fill()
      // More than the bucket holds can never be saved up; it goes when the bucket is full and leaves a debt.
      if (this.#tokens >= Math.min(bytes, this.#capacity())) {
        this.#tokens -= bytes
        return
      }
      const missing = Math.min(bytes, this.#capacity()) - this.#tokens
      await this.#sleep(Math.max(1, Math.ceil((missing / this.#bytesPerSecond) * 1000)), signal)
    }
  }

  /** Sleeps until time, change of limit or abort. */
  async #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(delayMs, AbortSignal.any([signal, this.#changed.signal]))
    } catch (error) {
      if (signal.aborted) throw error
    }
  }

  #fill(): void {
    const nowMs = this.#clock.monotonic()
    this.#tokens = Math.min(this.#capacity(), this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * this.#bytesPerSecond)
    this.#filledAtMs = nowMs
  }

  #capacity(): number {
    return Math.max(1, this.#bytesPerSecond * BURST_SHARE)
  }
}
