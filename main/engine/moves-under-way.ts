import type { Action, RelPath } from '../../common/model.ts'

/**
 * Old paths whose move is queued but not recorded. The two halves of a rename may be seen by two
 * passes; without this the second would plan to delete what the first is about to move.
 */
export class MovesUnderWay {
  readonly #from = new Set<RelPath>()

  planned(planned: readonly { readonly action: Action }[]): void {
    for (const { action } of planned) if (action.kind === 'move') this.#from.add(action.from)
  }

  /** The move was recorded, or failed and will be found anew. */
  ended(action: Action): void {
    if (action.kind === 'move') this.#from.delete(action.from)
  }

  isMoving(path: RelPath): boolean {
    return this.#from.has(path)
  }
}
