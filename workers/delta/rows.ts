import { ROW_BYTES, ROW_WORDS } from './shape.ts'

const RESERVED_BYTES = 64 * 1024 * 1024
const GROWTH_BYTES = 256 * 1024

/** A growing list of rows: a number and a 16-byte hash each. It grows in place, so that nothing is ever held twice. */
export class Rows {
  readonly #buffer = new ArrayBuffer(0, { maxByteLength: RESERVED_BYTES })
  #words = new Uint32Array(this.#buffer, 0, 0)
  #count = 0

  get count(): number {
    return this.#count
  }

  /** The rows, as they are stored. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.#buffer, 0, this.#count * ROW_BYTES)
  }

  /** Appends one row; `hash` is four words. */
  push(number: number, hash: Uint32Array): void {
    this.#reserve(1)
    const at = this.#count++ * ROW_WORDS
    this.#words[at] = number
    this.#words[at + 1] = hash[0]!
    this.#words[at + 2] = hash[1]!
    this.#words[at + 3] = hash[2]!
    this.#words[at + 4] = hash[3]!
  }

  /** Appends rows from `words`, as they are stored. */
  append(words: Uint32Array, first: number, count: number): void {
    this.#reserve(count)
    this.#words.set(words.subarray(first * ROW_WORDS, (first + count) * ROW_WORDS), this.#count * ROW_WORDS)
    this.#count += count
  }

  /** Forgets all rows from this one on. */
  truncate(count: number): void {
    this.#count = count
  }

  #reserve(count: number): void {
    const needed = (this.#count + count) * ROW_BYTES
    if (needed <= this.#buffer.byteLength) return
    const wanted = Math.ceil((needed * 1.25) / GROWTH_BYTES) * GROWTH_BYTES
    this.#buffer.resize(Math.min(Math.max(needed, wanted), RESERVED_BYTES))
    this.#words = new Uint32Array(this.#buffer, 0, Math.floor(this.#buffer.byteLength / 4))
  }
}
