import type { Action, RelPath } from '../../common/model.ts'

/**
 * Old paths whose move is queued but not recorded. The two halves of a rename may be seen by two
 * passes; without this the second would plan to delete what the first is about to move.
 */
export class MovesUnderWay {
  readonly #fromByTo = new Map<RelPath, RelPath>()
  /** One old path may be on its way to several new ones: a file that was renamed again. */
  readonly #toByFrom = new Map<RelPath, Set<RelPath>>()

  planned(planned: readonly { readonly action: Action }[]): void {
    for (const { action } of planned) {
      // Whatever is planned for the new path now takes the place of a move there.
      this.#forget(action.path)
      if (action.kind === 'move') this.#add(action.from, action.path)
    }
  }

  /** The move was recorded, or its file is gone from the new path and will be found anew. */
  ended(action: Action): void {
    if (action.kind === 'move' && this.#fromByTo.get(action.path) === action.from) this.#forget(action.path)
  }

  isMoving(path: RelPath): boolean {
    return this.#toByFrom.has(path)
  }

  #add(from: RelPath, to: RelPath): void {
    this.#fromByTo.set(to, from)
    const there = this.#toByFrom.get(from)
    if (there === undefined) this.#toByFrom.set(from, new Set([to]))
    else there.add(to)
  }

  #forget(to: RelPath): void {
    const from = this.#fromByTo.get(to)
    if (from === undefined) return
    this.#fromByTo.delete(to)
    const left = this.#toByFrom.get(from)
    left?.delete(to)
    if (left?.size === 0) this.#toByFrom.delete(from)
  }
}
