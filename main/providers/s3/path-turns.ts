import type { RelPath } from '../../../common/model.ts'

/**
 * Lets one mutation at a time at each path. For stores without conditional writes: between looking
 * and writing at least this process does not get in its own way.
 */
export class PathTurns {
  readonly #lastByPath = new Map<RelPath, Promise<unknown>>()

  async take<T>(path: RelPath, work: () => Promise<T>): Promise<T> {
    const before = this.#lastByPath.get(path)
    const turn = before === undefined ? work() : before.then(work, work)
    this.#lastByPath.set(path, turn)
    try {
      return await turn
    } finally {
      if (this.#lastByPath.get(path) === turn) this.#lastByPath.delete(path)
    }
  }
}
