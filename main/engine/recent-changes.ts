import type { RelPath } from '../../common/model.ts'
import { isWithin, parentsOf } from '../../common/paths.ts'
import type { Clock } from '../host.ts'
import type { Overwrite } from './plan/guard.ts'

/** Many small passes must not slip under the guard together. */
const WINDOW_MS = 10 * 60_000

/** So many new files, and moves, are known by name at most. What is forgotten is asked about rather than not. */
const KNOWN_PATHS = 10_000

/** Something the source no longer has. */
export interface Deletion {
  readonly path: RelPath
  readonly isFile: boolean
}

/** A file or folder under another name now. */
export interface Moved {
  readonly from: RelPath
  readonly path: RelPath
}

interface RecentMove extends Moved {
  readonly atMs: number
  readonly turn: number
}

/** What the passes of the last ten minutes took from the target, or replaced there; each path counts once. */
export class RecentChanges {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #deletions = new Map<RelPath, Deletion & { readonly atMs: number }>()
  readonly #moves = new Map<RelPath, RecentMove>()
  #turn = 0
  readonly #newFiles = new Map<RelPath, { readonly atMs: number }>()
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

  /** What left its name. */
  moved(moves: readonly Moved[]): void {
    const atMs = this.#clock.monotonic()
    for (const { from, path } of moves)
      this.#noteLast(this.#moves, from, { from, path, atMs, turn: this.#turn++ }, KNOWN_PATHS)
  }

  /** Where that lives now which left this folder, or left with it; what was renamed inside it did not leave. */
  leftFrom(folder: RelPath): readonly RelPath[] {
    return this.#recent(this.#moves).flatMap((move) => {
      const isConcerned = isWithin(move.from, folder) || isWithin(folder, move.from)
      const now = isConcerned ? this.#lastNameOf(isWithin(folder, move.from) ? folder : move.from, move) : folder
      return isWithin(now, folder) ? [] : [now]
    })
  }

  #lastNameOf(path: RelPath, move: RecentMove): RelPath {
    const now = (move.path + path.slice(move.from.length)) as RelPath
    const onward = [now, ...parentsOf(now)].flatMap((from) => this.#moves.get(from) ?? [])
    const next = onward.find(({ turn }) => turn > move.turn)
    return next === undefined ? now : this.#lastNameOf(now, next)
  }

  /** Files that were not known before. One that comes back a moment after it went is not new. */
  came(paths: readonly RelPath[]): void {
    const atMs = this.#clock.monotonic()
    for (const path of paths)
      if (!this.#deletions.has(path)) this.#noteLast(this.#newFiles, path, { atMs }, KNOWN_PATHS)
  }

  /** Came within the last ten minutes. */
  isNew(path: RelPath): boolean {
    const came = this.#newFiles.get(path)
    return came !== undefined && came.atMs >= this.#clock.monotonic() - WINDOW_MS
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
    this.#noteLast(into, each.path, { ...each, atMs: this.#clock.monotonic() })
  }

  /** Oldest first, also where a path is seen again. */
  #noteLast<T>(into: Map<RelPath, T>, key: RelPath, value: T, most = Number.POSITIVE_INFINITY): void {
    into.delete(key)
    into.set(key, value)
    if (into.size > most) into.delete(into.keys().next().value!)
  }

  #recent<T extends { readonly atMs: number }>(noted: Map<RelPath, T>): readonly T[] {
    this.#forgetOld(noted)
    return [...noted.values()]
  }

  #forgetOld(noted: Map<RelPath, { readonly atMs: number }>): void {
    const sinceMs = this.#clock.monotonic() - WINDOW_MS
    for (const [key, { atMs }] of noted) {
      if (atMs >= sinceMs) break
      noted.delete(key)
    }
  }
}
