import type { Entry, RelPath } from '../../../common/model.ts'
import { comparePaths, isReserved, ROOT_PATH } from '../../../common/paths.ts'
import { senseless } from './errors.ts'
import { toEntry, type DriveItem } from './drive-item.ts'
import { localPath } from './names.ts'

/** Where an item turned out to be: below the folder that is listed, elsewhere, gone with its folder, or nobody knows. */
type Place = { readonly path: RelPath; readonly depth: number } | 'outside' | 'gone' | 'unknown'

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
    const places = new Map<string, Place>()
    return [...this.#items.values()]
      .filter(({ id, kind }) => kind === 'directory' && typeof this.#place(id, places, 'outside') === 'object')
      .map(({ id }) => id)
  }

  /**
   * Everything below the folder at `path`, in order, without Tidekeep's own area. `isWhole`: everything in
   * the drive that could be above an item was told, so that one whose place is unknown means that
   * something is missing (I12): throws `corrupt`.
   */
  entries(path: RelPath, { isWhole, about }: { readonly isWhole: boolean; readonly about: string }): readonly Entry[] {
    const places = new Map<string, Place>([[this.#scopeId, { path, depth: this.#depth }]])
    const entries: Entry[] = []
    for (const item of this.#items.values()) {
      if (item.id === this.#scopeId) continue
      const place = this.#place(item.id, places, isWhole ? 'unknown' : 'outside')
      if (place === 'unknown') throw senseless(about, 'a listing leaves out folders of what it lists')
      if (typeof place === 'object' && !isReserved(place.path)) entries.push(toEntry(place.path, item))
    }
    return entries.toSorted((a, b) => comparePaths(a.path, b.path))
  }

  /** `orphan` is what an item is whose parent was never told. */
  #place(id: string, places: Map<string, Place>, orphan: Place): Place {
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
      place = below(place, item)
      places.set(item.id, place)
    }
    return place
  }
}

function below(parent: Place, item: DriveItem): Place {
  if (typeof parent !== 'object') return parent
  const path = localPath(parent.path, item.name, parent.depth)
  // What stands for no name of this side cannot be ours, and nothing can be asked to be there.
  return path === undefined ? 'outside' : { path, depth: parent.depth + 1 }
}
