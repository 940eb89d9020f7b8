/** Wakes a loop that waits for something to do. Fires that nobody waits for are remembered once. */
export class Latch {
  #fired = false
  #waiting: (() => void) | undefined

  fire(): void {
    this.#fired = true
    this.#waiting?.()
  }

  /** Resolves at the next fire (or one since the last wait), or when the signal is aborted. One waiter at a time. */
  async wait(signal: AbortSignal): Promise<void> {
    if (!this.#fired && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done)
          this.#waiting = undefined
          resolve()
        }
        this.#waiting = done
        signal.addEventListener('abort', done, { once: true })
      })
    }
    this.#fired = false
  }
}
