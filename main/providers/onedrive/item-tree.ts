import type { Entry, RelPath } from '../../../common/model.ts'
import { comparePaths, isReserved, ROOT_PATH } from '../../../common/paths.ts'
import { senseless } from './errors.ts'
import { toEntry, type DriveItem } from './drive-item.ts'
import { placeBelow, type Place } from './place.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** Where an item turned out to be: below the folder that is listed, elsewhere, gone with its folder, or nobody knows. */
type Found = Place | 'outside' | 'gone' | 'unknown'

/** An item of a listing; with its entry, unless it is Tidekeep's own or has a name that stands for none of this side. */
export interface Placed {
  readonly item: DriveItem
  readonly entry: Entry | undefined
}

/**
 * Items by id, put together to a tree once all have arrived: Graph tells them in any order, some more
 * than once, children before their parents, and renamed folders without what is in them.
 */
export class ItemTree {
  readonly #scopeId: string
  readonly #depth: number
  readonly #items = new Map<string, DriveItem>()
  readonly #deleted = new Set<string>()

  /** `scope` is the folder that is listed; `depth` how many names are above what is in it. */
  constructor(scope: DriveItem, depth: number) {
    this.#scopeId = scope.id
    this.#depth = depth
    this.#items.set(scope.id, scope)
  }

  /** The last word on an item counts. False where it says what is known. */
  apply(item: DriveItem): boolean {
    const known = this.#items.get(item.id)
    if (item.isDeleted) {
      this.#items.delete(item.id)
      this.#deleted.add(item.id)
      return known !== undefined
    }
    this.#deleted.delete(item.id)
    // Addresses of contents are long, and worth nothing in a listing.
    this.#items.set(item.id, item.downloadUrl === undefined ? item : { ...item, downloadUrl: undefined })
    return known === undefined || known.etag !== item.etag || known.name !== item.name
  }

  /** Folders below the one that is listed, itself included, as known now. */
  folderIds(): readonly string[] {
    const places = new Map<string, Found>()
    return [...this.#items.values()]
      .filter(({ id, kind }) => kind === 'directory' && typeof this.#place(id, places, 'outside') === 'object')
      .map(({ id }) => id)
  }

  /**
   * Everything below the folder at `path`, in no order. `isWhole`: everything in
   * the drive that could be above an item was told, so that one whose place is unknown means that
   * something is missing (I12): throws `corrupt`.
   */
  placed(path: RelPath, { isWhole, about }: { readonly isWhole: boolean; readonly about: string }): readonly Placed[] {
    const places = new Map<string, Found>([[this.#scopeId, { path, depth: this.#depth }]])
    const placed: Placed[] = []
    for (const item of this.#items.values()) {
      if (item.id === this.#scopeId) continue
      const place = this.#place(item.id, places, isWhole ? 'unknown' : 'outside')
      if (place === 'unknown') throw senseless(about, onedriveFailureTexts.nonsense.listingLeavesOut)
      if (typeof place === 'object') placed.push({ item, entry: entryAt(place, item) })
    }
    return placed
  }

  /** `orphan` is what an item is whose parent was never told. */
  #place(id: string, places: Map<string, Found>, orphan: Found): Found {
    if (places.size === 0) places.set(this.#scopeId, { path: ROOT_PATH, depth: this.#depth })
    const chain: DriveItem[] = []
    const seen = new Set<string>()
    let at = id
    let place = places.get(at)
    while (place === undefined) {
      const item = this.#items.get(at)
      if (item === undefined) place = this.#deleted.has(at) ? 'gone' : orphan
      else if (seen.has(at) || item.parentId === undefined) place = 'outside'
      else {
        seen.add(at)
        chain.push(item)
        at = item.parentId
        place = places.get(at)
      }
    }
    for (const item of chain.toReversed()) {
      if (typeof place === 'object') place = placeBelow(place, item.name)
      places.set(item.id, place)
    }
    return place
  }
}

/** In the order of listings. */
export function entriesOf(placed: readonly Placed[]): readonly Entry[] {
  const entries = placed.flatMap(({ entry }) => (entry === undefined ? [] : [entry]))
  return entries.toSorted((a, b) => comparePaths(a.path, b.path))
}

/** Undefined for what no listing shows. */
export function entryAt({ path }: Place, item: DriveItem): Entry | undefined {
  return path === undefined || isReserved(path) ? undefined : toEntry(path, item)
}
