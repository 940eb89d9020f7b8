import { TidekeepError } from '../../common/errors.ts'
import { sharedWordings } from '../../common/shared-wordings.ts'

const CANCELLED = 0
const BYTES_DONE = 1

/**
 * A flag and a counter shared between a task and the thread that asked for it. A task is asked to
 * end, never killed: a killed one might have published what its caller calls cancelled.
 */
export class TaskControl {
  readonly #cells: BigInt64Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.#cells = new BigInt64Array(memory)
  }

  get memory(): SharedArrayBuffer {
    return this.#cells.buffer as SharedArrayBuffer
  }

  get bytesDone(): number {
    return Number(Atomics.load(this.#cells, BYTES_DONE))
  }

  cancel(): void {
    Atomics.store(this.#cells, CANCELLED, 1n)
  }

  /** Counts bytes; throws `cancelled` when the caller no longer wants the work. */
  advance(byteCount: number): void {
    Atomics.add(this.#cells, BYTES_DONE, BigInt(byteCount))
    this.check()
  }

  /** For tasks that answer with what they have. */
  get isCancelled(): boolean {
    return Atomics.load(this.#cells, CANCELLED) !== 0n
  }

  check(): void {
    if (!this.isCancelled) return
    throw new TidekeepError({ code: 'cancelled', message: sharedWordings.cancelled })
  }
}
