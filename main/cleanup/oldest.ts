/** Of any number of items those with the greatest ages, in bounded memory: a heap with the youngest at its top. */
export class Oldest<T> {
  readonly #most: number
  readonly #ageOf: (item: T) => number
  readonly #heap: T[] = []

  /** Holds at most `most` items, one at least. */
  constructor(most: number, ageOf: (item: T) => number) {
    this.#most = most
    this.#ageOf = ageOf
  }

  /** Returns what has no room any more: the youngest. */
  add(item: T): T | undefined {
    this.#heap.push(item)
    this.#rise(this.#heap.length - 1)
    if (this.#heap.length <= this.#most) return undefined
    const youngest = this.#heap[0]!
    this.#heap[0] = this.#heap.pop()!
    this.#sink(0)
    return youngest
  }

  /** What it holds, in no order. */
  items(): readonly T[] {
    return this.#heap
  }

  #rise(from: number): void {
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!this.#isYounger(at, above)) return
      this.#swap(at, above)
      at = above
    }
  }

  #sink(from: number): void {
    let at = from
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      let least = at
      if (left < this.#heap.length && this.#isYounger(left, least)) least = left
      if (right < this.#heap.length && this.#isYounger(right, least)) least = right
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }

  #isYounger(one: number, other: number): boolean {
    return this.#ageOf(this.#heap[one]!) < this.#ageOf(this.#heap[other]!)
  }

  #swap(one: number, other: number): void {
    const item = this.#heap[one]!
    this.#heap[one] = this.#heap[other]!
    this.#heap[other] = item
  }
}
