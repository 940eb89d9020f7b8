import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import { TaskControl } from '../../../workers/fs/control.ts'
import type { PartRead, Pool, ReadPartsSummary, SignatureShape } from '../../../workers/tasks.ts'
import type { LocalFile } from '../provider.ts'
import { keptFrom, type PlannedPart } from './part-plan.ts'
import { fits, type PartReader, type Slots } from './part-reader.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** How a worker reads. */
export interface WorkerReading {
  readonly slots: Slots
  readonly signal: AbortSignal
  readonly shape?: SignatureShape
  /** The bytes of parts are digested with SHA-256, too. */
  readonly withSha256: boolean
}

/**
 * Reads a local file in a worker thread: reading, digests and signature are done there, in one read;
 * this thread gets the bytes ready to be sent.
 */
export function openWorkerReader(
  pool: Pool,
  plan: readonly PlannedPart[],
  file: LocalFile,
  { slots, signal, shape, withSha256 }: WorkerReading,
): PartReader {
  const { port1: port, port2 } = new MessageChannel()
  const buffers = Array.from({ length: slots.count }, () => new ArrayBuffer(slots.sizeBytes))
  const control = new TaskControl()
  const parts = Float64Array.from(plan.flatMap((part) => [part.range.start, keptFrom(part), part.range.end]))
  const inbox = new Inbox(port)
  const params = { file, parts, buffers, port: port2, withSha256, control: control.memory }
  // Not the caller's signal: the pool would end the thread instead of the task.
  const { signal: unsignalled } = new AbortController()
  const task = pool.run('readParts', shape === undefined ? params : { ...params, shape }, {
    signal: unsignalled,
    transfer: [port2, ...buffers],
  })
  void task.catch((error: unknown) => inbox.fail(toTidekeepError(error)))
  const cancel = (): void => {
    control.cancel()
    port.close()
    inbox.fail(new TidekeepError({ code: 'cancelled', message: s3FailureTexts.workerReader.cancelled }))
  }
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  let index = 0
  let atWorker = slots.count
  let toBeFilled = plan.filter((part) => fits(part, slots)).length
  const giveBack = (buffer: ArrayBuffer): void => {
    if (signal.aborted || atWorker >= toBeFilled) return
    atWorker++
    port.postMessage(buffer, [buffer])
  }
  return {
    next: async () => {
      const part = plan[index++]
      if (part === undefined) return undefined
      const { buffer, skippedCrc, keptCrc, sha256 } = await inbox.next()
      const digests = { part, copiedCrc: skippedCrc, sentCrc: keptCrc }
      if (buffer === undefined) return { ...digests, bytes: undefined, release: () => {} }
      atWorker--
      toBeFilled--
      const bytes = new Uint8Array(buffer, 0, part.range.end - keptFrom(part))
      return { ...digests, bytes, release: () => giveBack(buffer), ...(sha256 === undefined ? {} : { sha256 }) }
    },
    finish: async () => describe(await task),
    close: async () => {
      signal.removeEventListener('abort', cancel)
      cancel()
      // Nothing is read any more once this is over; what went wrong was told already.
      await task.catch(() => undefined)
    },
  }
}

function describe({ contentHash, signature }: ReadPartsSummary): Awaited<ReturnType<PartReader['finish']>> {
  return { blake3: contentHash, ...(signature === undefined ? {} : { signature }) }
}

/** What the worker said and nobody asked for yet. */
class Inbox {
  readonly #messages: PartRead[] = []
  #failure: TidekeepError | undefined
  #wake: (() => void) | undefined

  constructor(port: MessagePort) {
    port.on('message', (message: PartRead) => {
      this.#messages.push(message)
      this.#wake?.()
    })
  }

  /** The first failure is the one that is told. */
  fail(error: TidekeepError): void {
    this.#failure ??= error
    this.#wake?.()
  }

  async next(): Promise<PartRead> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      const message = this.#messages.shift()
      if (message !== undefined) return message
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
