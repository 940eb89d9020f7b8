import type { RelPath } from '../../common/model.ts'
import type { Clock } from '../host.ts'
import type { Overwrite } from './plan/guard.ts'

/** Many small passes must not slip under the guard together. */
const WINDOW_MS = 10 * 60_000

/** Something the source no longer has. */
export interface Deletion {
  readonly path: RelPath
  readonly isFile: boolean
}

/** What the passes of the last ten minutes took from the target, or replaced there; each path counts once. */
export class RecentChanges {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #deletions = new Map<RelPath, Deletion & { readonly atMs: number }>()
  readonly #removals = new Map<RelPath, Deletion & { readonly atMs: number }>()
  readonly #overwrites = new Map<RelPath, Overwrite & { readonly atMs: number }>()
  readonly #overwritesHere = new Map<RelPath, Overwrite & { readonly atMs: number }>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  get deletions(): readonly Deletion[] {
    return this.#recent(this.#deletions)
  }

  /** Since the last that were looked into. */
  get overwrites(): readonly Overwrite[] {
    return this.#recent(this.#overwrites)
  }

  deleted(deletions: readonly Deletion[]): void {
    for (const each of deletions) this.#note(this.#deletions, each)
  }

  /** What the source lost because the target had. */
  get removals(): readonly Deletion[] {
    return this.#recent(this.#removals)
  }

  removedHere(removals: readonly Deletion[]): void {
    for (const each of removals) this.#note(this.#removals, each)
  }

  /** What was taken for deleted is elsewhere: it counts no more. True where any of it was counted. */
  movedAway(paths: readonly RelPath[]): boolean {
    return paths.filter((path) => this.#deletions.delete(path)).length > 0
  }

  overwritten(overwrites: readonly Overwrite[]): void {
    for (const each of overwrites) this.#note(this.#overwrites, each)
  }

  /** They were looked into and found harmless: counting begins anew. */
  overwritesJudged(): void {
    this.#overwrites.clear()
  }

  /** What the source had replaced because the target's changed, since the last that were looked into. */
  get overwritesHere(): readonly Overwrite[] {
    return this.#recent(this.#overwritesHere)
  }

  overwrittenHere(overwrites: readonly Overwrite[]): void {
    for (const each of overwrites) this.#note(this.#overwritesHere, each)
  }

  overwritesHereJudged(): void {
    this.#overwritesHere.clear()
  }

  /** A person decided. */
  forget(): void {
    this.#overwrites.clear()
    this.#overwritesHere.clear()
    this.#deletions.clear()
    this.#removals.clear()
  }

  #note<T extends { readonly path: RelPath }>(into: Map<RelPath, T & { readonly atMs: number }>, each: T): void {
    // Oldest first, also where a path is seen again.
    into.delete(each.path)
    into.set(each.path, { ...each, atMs: this.#clock.monotonic() })
  }

  #recent<T extends { readonly path: RelPath; readonly atMs: number }>(noted: Map<RelPath, T>): readonly T[] {
    const sinceMs = this.#clock.monotonic() - WINDOW_MS
    for (const { path, atMs } of noted.values()) {
      if (atMs >= sinceMs) break
      noted.delete(path)
    }
    return [...noted.values()]
  }
}
