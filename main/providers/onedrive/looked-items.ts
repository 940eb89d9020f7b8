import type { RelPath } from '../../../common/model.ts'
import type { Clock } from '../../host.ts'
import type { DriveItem } from './drive-item.ts'

/** What was looked at longer ago is looked at again. Addresses of content live for about an hour. */
const GOOD_FOR_MS = 60_000
const MOST_ITEMS = 1000

/** Files as they were a moment ago, with the addresses of their contents; each for one use. */
export class LookedItems {
  readonly #clock: Pick<Clock, 'monotonic'>
  /** Oldest first. */
  readonly #lookedAt = new Map<RelPath, { readonly item: DriveItem; readonly atMs: number }>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  put(path: RelPath, item: DriveItem): void {
    this.#lookedAt.delete(path)
    if (item.downloadUrl === undefined) return
    this.#lookedAt.set(path, { item, atMs: this.#clock.monotonic() })
    if (this.#lookedAt.size > MOST_ITEMS) this.#lookedAt.delete(this.#lookedAt.keys().next().value!)
  }

  take(path: RelPath): DriveItem | undefined {
    const looked = this.#lookedAt.get(path)
    this.#lookedAt.delete(path)
    return looked !== undefined && this.#clock.monotonic() - looked.atMs < GOOD_FOR_MS ? looked.item : undefined
  }
}
