import type { RelPath } from '../../../common/model.ts'
import { isWithin } from '../../../common/paths.ts'
import type { PlannedAction } from '../../../main/state/store.ts'
import type { Edit } from '../../fakes/model-source.ts'
import type { SimulatedSource } from '../../fakes/simulated-source.ts'

/** What was told so long before a scan is among what it looks at, or was looked at. */
const TAKEN_MS = 2_000
/** What was gone, back and gone again within this time may have been missed each time it was looked for. */
const FLICKER_MS = 30_000

interface ToldRename {
  readonly from: RelPath
  readonly to: RelPath
  /** Both of its names are told of by then. */
  readonly toldMs: number
}

/** Renames that the watcher of the running process told of, to see that none of them passes for a deletion (I13). */
export class ToldRenames {
  #told: ToldRename[] = []
  /** When a path went, and the time before. */
  readonly #gone = new Map<RelPath, { readonly lastMs: number; readonly beforeMs: number }>()

  vanished(paths: readonly RelPath[], nowMs: number): void {
    for (const path of paths)
      this.#gone.set(path, { lastMs: nowMs, beforeMs: this.#gone.get(path)?.lastMs ?? Number.NEGATIVE_INFINITY })
  }

  told({ path, to }: Edit & { readonly kind: 'rename' }, toldMs: number): void {
    this.#told.push({ from: path, to, toldMs })
  }

  /** Another process: nothing was told to it. */
  forget(): void {
    this.#told = []
  }

  /** A file that is planned to be deleted, though it only has another name, which was told or is about to be, and is not yet agreed on. */
  takenForDeleted(
    planned: readonly PlannedAction[],
    now: {
      readonly untilMs: number
      readonly source: SimulatedSource
      readonly isKnown: (path: RelPath) => boolean
    },
  ): { readonly path: RelPath; readonly moved: RelPath } | undefined {
    for (const { action } of planned) {
      if (action.kind !== 'delete' || action.base.kind !== 'file' || action.base.size === 0) continue
      const { path, base } = action
      for (const { from, to, toldMs } of this.#told) {
        const isTold = toldMs + TAKEN_MS <= now.untilMs
        if (!isWithin(path, from) || (!isTold && (now.untilMs >= toldMs || this.#flickered(path)))) continue
        const moved = `${to}${path.slice(from.length)}` as RelPath
        const entry = now.source.entry(moved)
        const isSame = entry?.identity?.inode === base.identity?.inode && entry?.mtimeNs === base.mtimeNs
        if (isSame && entry?.size === base.size && !now.isKnown(moved)) return { path, moved }
      }
    }
    return undefined
  }
  #flickered(path: RelPath): boolean {
    const { lastMs, beforeMs } = this.#gone.get(path) ?? { lastMs: 0, beforeMs: 0 }
    return lastMs - beforeMs < FLICKER_MS
  }
}
