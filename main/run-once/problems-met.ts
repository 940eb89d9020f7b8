import type { Problem, RelPath } from '../../common/model.ts'
import type { Summary } from '../../common/protocol.ts'
import { isAtRisk } from '../engine/status.ts'

/** What a run's looks could not take along. Each is told once, and counts once, however often it is met. */
export class ProblemsMet {
  #byPath = new Map<RelPath, Problem>()
  #before = new Map<RelPath, Problem>()

  /** Everything is looked at once more: what is met no more is none any more. */
  anew(): void {
    this.#before = this.#byPath
    this.#byPath = new Map()
  }

  /** Answers those that were not told yet. */
  met(problems: readonly Problem[]): readonly Problem[] {
    return problems.filter((problem) => {
      const { path, reason } = problem
      const isTold = (this.#byPath.get(path) ?? this.#before.get(path))?.reason === reason
      this.#byPath.set(path, problem)
      return !isTold
    })
  }

  /** Files that are not safe because of it. */
  get atRisk(): readonly Problem[] {
    return [...this.#byPath.values()].filter(isAtRisk)
  }

  /** The same as a summary lists them: nobody may take them for safe. */
  get failures(): Summary['failures'] {
    return this.atRisk.map(({ path, reason, message }) => {
      return { path, code: reason === 'unreadable' ? 'forbidden' : 'unsupported', message }
    })
  }

  /** The number of the others. */
  get skipped(): number {
    return this.#byPath.size - this.atRisk.length
  }
}
