/**
 * Reads batches one value at a time, with a look at the next one. `next` is synchronous while a
 * batch lasts, so that a merge of millions of entries does not pay a promise for each.
 */
export class BatchCursor<Batch, Value> {
  readonly #batches: AsyncIterator<Batch>
  readonly #valuesOf: (batch: Batch) => readonly Value[]
  #values: readonly Value[] = []
  #index = 0
  #done = false

  constructor(batches: AsyncIterable<Batch>, valuesOf: (batch: Batch) => readonly Value[]) {
    this.#batches = batches[Symbol.asyncIterator]()
    this.#valuesOf = valuesOf
  }

  /** The next value without taking it; undefined at the end. Call `fill` first. */
  peek(): Value | undefined {
    return this.#values[this.#index]
  }

  take(): void {
    this.#index++
  }

  /** True when `peek` is valid without waiting. */
  get filled(): boolean {
    return this.#done || this.#index < this.#values.length
  }

  /** Makes `peek` valid. */
  async fill(): Promise<void> {
    while (!this.filled) {
      const step = await this.#batches.next()
      if (step.done === true) {
        this.#done = true
        return
      }
      this.#values = this.#valuesOf(step.value)
      this.#index = 0
    }
  }

  /** Ends the source early; needed where the merge stops before the end. */
  async close(): Promise<void> {
    await this.#batches.return?.()
  }
}
