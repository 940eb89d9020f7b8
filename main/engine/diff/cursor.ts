import { TidekeepError } from '../../../common/errors.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'

/** What a cursor reads: batches, and what is in each. */
export interface Batches<Batch, Value> {
  readonly source: AsyncIterable<Batch>
  /** How many values are in a batch, without making them. */
  readonly count: (batch: Batch) => number
  /** Asked for once, when the first of them is. */
  readonly values: (batch: Batch) => readonly Value[]
  /** Called with each batch when it comes, before anything is asked of it. */
  readonly arrived?: (batch: Batch) => void
}

/**
 * Steps through the values of a stream of batches. Only `fill` waits, once for each batch, so that a
 * merge of several streams does not pay a promise for each.
 */
export class BatchCursor<Batch, Value> {
  readonly #batches: AsyncIterator<Batch>
  readonly #reads: Batches<Batch, Value>
  #batch: Batch | undefined
  #values: readonly Value[] | undefined
  #count = 0
  #index = 0
  #done = false

  constructor(reads: Batches<Batch, Value>) {
    this.#reads = reads
    this.#batches = reads.source[Symbol.asyncIterator]()
  }

  /** The next value without taking it; undefined at the end. Call `fill` first. */
  peek(): Value | undefined {
    if (this.#batch === undefined) return undefined
    this.#values ??= this.#made(this.#batch)
    return this.#values[this.#index]
  }

  /** A batch that holds less than it said would pass for the end of all. */
  #made(batch: Batch): readonly Value[] {
    const values = this.#reads.values(batch)
    if (values.length === this.#count) return values
    throw new TidekeepError({ code: 'internal', message: engineFailureTexts.diff.otherCount })
  }

  take(): void {
    this.#index++
  }

  /** The batch of which nothing was taken yet. Call `fill` first. */
  get untouched(): Batch | undefined {
    return this.#index === 0 && this.#count > 0 ? this.#batch : undefined
  }

  /** Takes all that is left of the batch. */
  takeBatch(): void {
    this.#index = this.#count
  }

  /** True when `peek` is valid without waiting. */
  get filled(): boolean {
    return this.#done || this.#index < this.#count
  }

  /** Makes `peek` valid. */
  async fill(): Promise<void> {
    while (!this.filled) {
      const step = await this.#batches.next()
      this.#index = 0
      this.#values = undefined
      if (step.done === true) {
        this.#done = true
        this.#batch = undefined
        this.#count = 0
        return
      }
      this.#batch = step.value
      this.#reads.arrived?.(step.value)
      this.#count = this.#reads.count(step.value)
    }
  }

  /** Ends the source early; needed where the merge stops before the end. */
  async close(): Promise<void> {
    await this.#batches.return?.()
  }
}
