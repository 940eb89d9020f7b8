import { expectBriefWork, expectBriefWorkAgain, expectLongWork } from './heap-bounds.ts'

/** From so many files and folders on, work takes long enough for V8's last compiler to pay. */
export const LONG_WORK_ROWS = 150_000

/** How a process is told what to expect; see `heap-bounds.ts`. */
export interface Expectations {
  readonly brief: () => void
  readonly long: () => void
  readonly briefAgain: () => void
}

const EXPECTED: Expectations = { brief: expectBriefWork, long: expectLongWork, briefAgain: expectBriefWorkAgain }

/**
 * Tells V8 how long the work of a process takes that goes on for days: each time of work is brief until it shows that it is not,
 * since the threads that do it begin with nothing compiled.
 */
export class WorkLength {
  readonly #expect: Expectations
  #rows = 0

  constructor(expect: Expectations = EXPECTED) {
    this.#expect = expect
    expect.brief()
  }

  /** So many files and folders were done. */
  done(rows: number): void {
    const before = this.#rows
    this.#rows += rows
    if (before < LONG_WORK_ROWS && this.#rows >= LONG_WORK_ROWS) this.#expect.long()
  }

  /** For some time nothing was done: threads have ended. */
  quiet(): void {
    this.#rows = 0
    this.#expect.briefAgain()
  }
}
