import type { MessagePort } from 'node:worker_threads'
import { toTidekeepError } from '../../common/errors.ts'
import { type BatchBuilder, transferablesOf, type WalkMessage } from './batch.ts'

const BATCHES_AHEAD = 18

/** Sends batches as fast as the reader takes them, so that a slow reader bounds memory. */
export class BatchFeed {
  readonly #port: MessagePort
  /** The reader answers each batch with a message. */
  #credits: number
  #closed = false
  #wake: (() => void) | undefined

  constructor(port: MessagePort, batchesAhead = BATCHES_AHEAD) {
    this.#port = port
    this.#credits = batchesAhead
    port.on('message', () => {
      this.#credits++
      this.#wake?.()
    })
    port.on('close', () => {
      this.#closed = true
      this.#wake?.()
    })
  }

  /** False once the reader is gone: nothing more need be read. */
  async send(batch: BatchBuilder): Promise<boolean> {
    while (this.#credits === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#closed) return false
    this.#credits--
    const message = batch.finish()
    this.#port.postMessage(message, transferablesOf(message))
    return true
  }

  /** Says that everything in scope was read. */
  end(): void {
    this.#post({ kind: 'end' })
  }

  /** Says why not. An error that crosses threads by itself loses its code. */
  fail(error: unknown): void {
    const { code, message, path, fix } = toTidekeepError(error)
    const where = { ...(path === undefined ? {} : { path }), ...(fix === undefined ? {} : { fix }) }
    this.#post({ kind: 'failed', failure: { code, message, ...where } })
  }

  #post(message: WalkMessage): void {
    this.#port.postMessage(message, [])
  }
}
