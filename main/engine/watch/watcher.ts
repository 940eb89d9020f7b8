import type { Coverage, Hint } from '../../../common/model.ts'

/** Hints that belong together, after settling. */
export interface HintBatch {
  readonly hints: readonly Hint[]
  /** Events were lost or may have been: only a full reconcile restores the truth. `hints` may be empty then. */
  readonly overflow: boolean
  /** Call once the plan made from these hints is durably queued; until then the hints are kept. */
  acknowledge(): void
}

/** Watches one folder. Events are hints; losing one costs time until the next reconcile, never correctness. */
export interface Watcher {
  /**
   * Yields settled batches until the signal is aborted. Never throws: what breaks watching shows in
   * `coverage`, and the watcher goes on as well as it can (polling).
   */
  batches(signal: AbortSignal): AsyncIterable<HintBatch>
  readonly coverage: Coverage
  /** Called whenever `coverage` changes. Returns the function that ends the subscription. */
  onCoverageChange(listener: (coverage: Coverage) => void): () => void
}

/** How one folder is watched. */
export interface WatchOptions {
  /** Absolute path of the folder. */
  readonly root: string
  /** True for paths (relative, '/'-separated) that no rule lets through. Asked before descending. */
  readonly isIgnored: (path: string, isDirectory: boolean) => boolean
  readonly settleMs: number
  readonly settleMaxMs: number
}

/** Nothing is watched before `batches` is read. */
export type OpenWatcher = (options: WatchOptions) => Watcher
