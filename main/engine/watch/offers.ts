import type { Hint, RelPath } from '../../../common/model.ts'
import { parentOf, ROOT_PATH } from '../../../common/paths.ts'
import { collapseHints } from './collapse.ts'
import type { HintBatch } from './watcher.ts'

/** Hints nobody acknowledged are offered again with the next batch, or after this long. */
const REOFFER_MS = 600_000

interface Offer {
  readonly hints: readonly Hint[]
  readonly overflow: boolean
  readonly offeredMs: number
  readonly recursivePaths: ReadonlySet<string>
}

/** The batches that were handed out and not yet acknowledged. */
export class Offers {
  readonly #open = new Set<Offer>()

  /** A batch of these hints and of everything not acknowledged so far, which it replaces. */
  make(hints: readonly Hint[], overflow: boolean, nowMs: number): HintBatch {
    const kept = [...this.#open]
    const all = collapseHints([...kept.flatMap((earlier) => earlier.hints), ...hints])
    const offer: Offer = {
      hints: all,
      overflow: overflow || kept.some((earlier) => earlier.overflow),
      offeredMs: nowMs,
      recursivePaths: new Set(all.filter((hint) => hint.recursive).map((hint) => hint.path)),
    }
    this.#open.clear()
    this.#open.add(offer)
    return { hints: offer.hints, overflow: offer.overflow, acknowledge: () => void this.#open.delete(offer) }
  }

  /** When hints that nobody acknowledged are due again; Infinity when there are none. */
  get dueMs(): number {
    let dueMs = Infinity
    for (const offer of this.#open) dueMs = Math.min(dueMs, offer.offeredMs + REOFFER_MS)
    return dueMs
  }

  /** Whether the scan of an open batch takes in `path` without naming it. */
  covers(path: string): boolean {
    for (const offer of this.#open) {
      if (offer.overflow || offer.recursivePaths.has(ROOT_PATH)) return true
      if (offer.recursivePaths.size === 0) continue
      for (let at = path as RelPath; at !== ROOT_PATH; at = parentOf(at)) if (offer.recursivePaths.has(at)) return true
    }
    return false
  }
}
