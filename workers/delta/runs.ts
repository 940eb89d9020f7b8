const FIELDS = 3

/** Says of every stretch of a file, in order, where in the old content it is; see `MatchedFile.runs`. */
export class Runs {
  #values = new Float64Array(64 * FIELDS)
  #length = 0

  /** The next bytes are new. */
  addLiteral(start: number, length: number): void {
    this.#add(start, length, -1)
  }

  /** The next bytes are those of the old content from `oldStart` on. */
  addCopy(start: number, length: number, oldStart: number): void {
    this.#add(start, length, oldStart)
  }

  /** All runs, three numbers each. */
  toArray(): Float64Array {
    return this.#values.slice(0, this.#length)
  }

  #add(start: number, length: number, oldStart: number): void {
    if (length === 0) return
    const last = this.#length - FIELDS
    if (last >= 0 && this.#continues(last, oldStart)) {
      this.#values[last + 1]! += length
      return
    }
    if (this.#length === this.#values.length) {
      const grown = new Float64Array(this.#values.length * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#length] = start
    this.#values[this.#length + 1] = length
    this.#values[this.#length + 2] = oldStart
    this.#length += FIELDS
  }

  #continues(last: number, oldStart: number): boolean {
    const lastOld = this.#values[last + 2]!
    if (oldStart === -1 || lastOld === -1) return oldStart === lastOld
    const lastEnd = lastOld + this.#values[last + 1]!
    return lastEnd === oldStart
  }
}
