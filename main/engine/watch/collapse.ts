import type { Hint, RelPath } from '../../../common/model.ts'
import { parentOf, ROOT_PATH } from '../../../common/paths.ts'

/** More changed paths than this in one directory, and reading the directory is cheaper. */
const MAX_IN_DIRECTORY = 128
/** Hints in a batch at most. */
const MAX_HINTS = 512

/**
 * Fewer hints that cover at least the same paths: what a recursive hint covers goes, crowded
 * directories become one recursive hint, and if that is not enough the deepest ones do.
 */
export function collapseHints(hints: readonly Hint[]): readonly Hint[] {
  const kept = new HintSet(hints)
  kept.dropCovered()
  for (let depth = kept.deepest(); depth > 0; depth--) kept.collapseLevel(depth, MAX_IN_DIRECTORY)
  kept.dropCovered()
  for (let depth = kept.deepest(); depth > 0 && kept.size > MAX_HINTS; depth--) {
    kept.collapseLevel(depth, 0)
    kept.dropCovered()
  }
  return kept.all()
}

class HintSet {
  readonly #hintsByPath = new Map<RelPath, Hint>()

  constructor(hints: readonly Hint[]) {
    for (const hint of hints) this.#add(hint)
  }

  get size(): number {
    return this.#hintsByPath.size
  }

  all(): readonly Hint[] {
    return [...this.#hintsByPath.values()]
  }

  deepest(): number {
    let deepest = 0
    for (const path of this.#hintsByPath.keys()) deepest = Math.max(deepest, depthOf(path))
    return deepest
  }

  dropCovered(): void {
    for (const path of this.#hintsByPath.keys()) {
      for (let at = path; at !== ROOT_PATH;) {
        at = parentOf(at)
        if (this.#hintsByPath.get(at)?.recursive !== true) continue
        this.#hintsByPath.delete(path)
        break
      }
    }
  }

  /** Replaces the hints at `depth` by their directory, where more than `limit` share one. */
  collapseLevel(depth: number, limit: number): void {
    const hintsByDirectory = new Map<RelPath, Hint[]>()
    for (const hint of this.#hintsByPath.values()) {
      if (depthOf(hint.path) !== depth) continue
      const directory = parentOf(hint.path)
      const siblings = hintsByDirectory.get(directory)
      if (siblings === undefined) hintsByDirectory.set(directory, [hint])
      else siblings.push(hint)
    }
    for (const [path, siblings] of hintsByDirectory) {
      if (siblings.length <= limit) continue
      for (const sibling of siblings) this.#hintsByPath.delete(sibling.path)
      this.#add({ path, recursive: true, cause: siblings[0]?.cause ?? 'watch' })
    }
  }

  #add(hint: Hint): void {
    const known = this.#hintsByPath.get(hint.path)
    if (known?.recursive !== true) this.#hintsByPath.set(hint.path, hint)
  }
}

function depthOf(path: string): number {
  if (path === '') return 0
  let depth = 1
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) depth++
  return depth
}
