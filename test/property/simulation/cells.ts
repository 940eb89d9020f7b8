import type { RelPath } from '../../../common/model.ts'

/** How one of the three trees stands to what was last agreed on. */
export type Standing = 'absent' | 'same' | 'different'

const STANDINGS: readonly Standing[] = ['absent', 'same', 'different']

/**
 * Counts in which of the 27 situations paths were looked at: how the local tree, the baseline and
 * the target each stand to what both sides last agreed on. The baseline differs from that only
 * after state was lost, or replaced by an older copy.
 */
export class StateCells {
  readonly #counts = new Map<string, number>()

  count(local: Standing, baseline: Standing, remote: Standing): void {
    const cell = `${local}/${baseline}/${remote}`
    this.#counts.set(cell, (this.#counts.get(cell) ?? 0) + 1)
  }

  get hit(): number {
    return this.#counts.size
  }

  get missed(): readonly string[] {
    return STANDINGS.flatMap((local) =>
      STANDINGS.flatMap((baseline) => STANDINGS.map((remote) => `${local}/${baseline}/${remote}`)),
    ).filter((cell) => !this.#counts.has(cell))
  }

  /** Cells with how often each was hit, rarest first. */
  get counts(): readonly (readonly [string, number])[] {
    return [...this.#counts].toSorted(([, a], [, b]) => a - b)
  }

  add(counts: readonly (readonly [string, number])[]): void {
    for (const [cell, count] of counts) this.#counts.set(cell, (this.#counts.get(cell) ?? 0) + count)
  }
}

/** `undefined`: not there. */
export function standingOf<T>(found: T | undefined, agreed: T): Standing {
  if (found === undefined) return 'absent'
  return found === agreed ? 'same' : 'different'
}

/** What was promised and did not hold; `invariant` as the design numbers them. */
export class Violation extends Error {
  readonly invariant: string

  constructor(invariant: string, message: string, path?: RelPath) {
    super(`${invariant}: ${message}${path === undefined ? '' : ` (${path})`}`)
    this.name = 'Violation'
    this.invariant = invariant
  }
}
