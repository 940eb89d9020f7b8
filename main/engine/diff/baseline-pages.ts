import { comparePaths } from '../../../common/paths.ts'
import type { BaselineEntry, RelPath } from '../../../common/model.ts'

/** A cursor over baseline pages; synchronous, since the store is. Each is read as late as can be: what was agreed on by then counts. */
export class BaselinePages {
  readonly #page: (after: RelPath | undefined) => readonly BaselineEntry[]
  readonly #onRead: () => void
  #entries: readonly BaselineEntry[] | undefined
  #after: RelPath | undefined
  #index = 0

  /** `onRead` is called before each page is read. */
  constructor(page: (after: RelPath | undefined) => readonly BaselineEntry[], onRead: () => void) {
    this.#page = page
    this.#onRead = onRead
  }

  peek(): BaselineEntry | undefined {
    if (this.#entries === undefined) {
      this.#onRead()
      this.#entries = this.#page(this.#after)
      this.#index = 0
    }
    return this.#entries[this.#index]
  }

  take(): void {
    const last = this.peek()
    if (last === undefined) return
    this.#index++
    if (this.#entries?.[this.#index] !== undefined) return
    this.#entries = undefined
    this.#after = last.path
  }

  /** True where the next entry was read before. */
  get isRead(): boolean {
    return this.#entries !== undefined
  }

  /** Takes everything up to and with a path, without reading what was not read yet. */
  takeUpTo(path: RelPath): void {
    if (this.#entries !== undefined && this.#entries.length === 0) return
    while (this.#entries !== undefined && comparePaths(this.#entries[this.#index]!.path, path) <= 0) this.take()
    if (this.#entries === undefined && (this.#after === undefined || comparePaths(this.#after, path) < 0))
      this.#after = path
  }
}
