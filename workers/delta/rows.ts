import { ROW_BYTES, ROW_WORDS } from './shape.ts'

const SEGMENT_ROWS = 1024

/** A growing list of rows: a number and a 16-byte hash each. It grows by segments, so that nothing is ever held twice. */
export class Rows {
  readonly #segments: Uint32Array[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  /** The rows as they are stored, in stretches. */
  get parts(): readonly Uint8Array[] {
    return this.#segments.map((segment, index) => {
      const rows = Math.min(SEGMENT_ROWS, Math.max(0, this.#count - index * SEGMENT_ROWS))
      return new Uint8Array(segment.buffer, 0, rows * ROW_BYTES)
    })
  }

  /** Appends one row; `hash` is four words. */
  push(number: number, hash: Uint32Array): void {
    const at = (this.#count % SEGMENT_ROWS) * ROW_WORDS
    const segment = this.#segmentOf(this.#count++)
    segment[at] = number
    segment[at + 1] = hash[0]!
    segment[at + 2] = hash[1]!
    segment[at + 3] = hash[2]!
    segment[at + 4] = hash[3]!
  }

  /** Appends rows from `words`, as they are stored. */
  append(words: Uint32Array, first: number, count: number): void {
    for (let done = 0; done < count;) {
      const at = this.#count % SEGMENT_ROWS
      const rows = Math.min(count - done, SEGMENT_ROWS - at)
      const from = (first + done) * ROW_WORDS
      this.#segmentOf(this.#count).set(words.subarray(from, from + rows * ROW_WORDS), at * ROW_WORDS)
      this.#count += rows
      done += rows
    }
  }

  /** Forgets all rows from this one on. */
  truncate(count: number): void {
    this.#count = count
  }

  #segmentOf(row: number): Uint32Array {
    return (this.#segments[Math.floor(row / SEGMENT_ROWS)] ??= new Uint32Array(SEGMENT_ROWS * ROW_WORDS))
  }
}
