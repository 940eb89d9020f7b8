import { providerFailureTexts } from '../provider-failure-texts.ts'
/** Pages in a row that bring nothing. A store may skip over much that is deleted, a page of a thousand at a time, but not for ever. */
const MAX_EMPTY_PAGES = 10_000

/** Notices that pages which each point to a next one lead nowhere. */
export class PageTrail {
  #landmark = ''
  #steps = 0
  #stepsToNext = 1
  #emptyPages = 0

  /**
   * Says what is wrong after a page that goes on at `next`, or undefined. A circle of any length is
   * noticed, in constant memory: one earlier place is kept and moved on at ever longer intervals.
   */
  problemAt(next: string, entryCount: number): string | undefined {
    this.#emptyPages = entryCount === 0 ? this.#emptyPages + 1 : 0
    if (this.#emptyPages > MAX_EMPTY_PAGES) return providerFailureTexts.pages.endless
    if (next === this.#landmark) return providerFailureTexts.pages.circles
    if (++this.#steps === this.#stepsToNext) {
      this.#landmark = next
      this.#steps = 0
      this.#stepsToNext *= 2
    }
    return undefined
  }
}
