import type { RelPath } from '../../common/model.ts'
import { ROOT_PATH } from '../../common/paths.ts'
import type { ScanScope } from './scan/scanner.ts'
import type { HintBatch } from './watch/watcher.ts'

/** What must be looked at next: everything, or some scopes, with the batches to acknowledge once it was. */
export interface Due {
  readonly scopes: readonly ScanScope[] | 'everything'
  readonly compareTarget: boolean
  readonly batches: readonly HintBatch[]
  acknowledge(): void
}

/** Collects hints and requests between two passes. Nothing is forgotten until its pass acknowledged it. */
export class DirtyPaths {
  readonly #scopes = new Map<RelPath, boolean>()
  readonly #batches: HintBatch[] = []
  #everything = false
  #compareTarget = false

  get isEmpty(): boolean {
    return !this.#everything && this.#scopes.size === 0
  }

  addBatch(batch: HintBatch): void {
    this.#batches.push(batch)
    if (batch.overflow) this.#everything = true
    for (const hint of batch.hints) this.addPath(hint.path, hint.recursive)
  }

  addPath(path: RelPath, recursive: boolean): void {
    if (path === ROOT_PATH && recursive) this.#everything = true
    else this.#scopes.set(path, recursive || this.#scopes.get(path) === true)
  }

  addEverything(compareTarget: boolean): void {
    this.#everything = true
    this.#compareTarget ||= compareTarget
  }

  /** Takes what is due; `putBack` after a pass that did not end. */
  take(): Due {
    const scopes = this.#everything
      ? ('everything' as const)
      : [...this.#scopes].map(([path, recursive]) => ({ path, recursive }))
    const batches = this.#batches.splice(0)
    const due = {
      scopes,
      compareTarget: this.#compareTarget,
      batches,
      acknowledge: () => {
        for (const batch of batches) batch.acknowledge()
      },
    }
    this.#scopes.clear()
    this.#everything = this.#compareTarget = false
    return due
  }

  putBack(due: Due): void {
    if (due.scopes === 'everything') this.addEverything(due.compareTarget)
    else for (const scope of due.scopes) this.addPath(scope.path, scope.recursive)
    // As they are: wrapped once more each time, they would be too deep to acknowledge after days of failing passes.
    this.#batches.unshift(...due.batches)
  }
}
