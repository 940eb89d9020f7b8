import type { Entry, RelPath } from '../../../common/model.ts'
import { ROOT_PATH } from '../../../common/paths.ts'
import type { TargetChange } from '../provider.ts'
import type { DriveItem } from './drive-item.ts'
import { entryAt } from './item-tree.ts'
import { placeBelow, type Place } from './place.ts'

/** What a folder was last known to hold, by id, at any depth. */
export interface KnownItems {
  get(id: string): DriveItem | undefined
  childrenOf(id: string): readonly DriveItem[]
}

/** What all that was told comes to. */
export interface Settled {
  /** To be known from now on, in the place of what was known under the same ids. */
  readonly put: readonly DriveItem[]
  /** Ids that are known no longer: deleted, or elsewhere in the drive. */
  readonly remove: readonly string[]
  readonly changes: readonly TargetChange[]
  /** Folders were told of from outside, or the folder itself: it may be at another path by now. */
  readonly isPathInDoubt: boolean
  /** An item lies in what was neither known nor told. */
  readonly isOrphaned: boolean
}

/** Where something is: in the folder, elsewhere, or in something that nobody told of. */
type Found = Place | 'outside' | 'orphan'

/**
 * What is known of a folder, with what its drive told since laid over it. Pure: items come in any order,
 * some more than once, those of the whole drive; the last word on each counts. A renamed folder is
 * told without what is in it, and so is one that came in from elsewhere.
 */
export class FollowedTree {
  readonly #known: KnownItems
  readonly #scopeId: string
  readonly #scopePlace: Place
  readonly #told = new Map<string, DriveItem>()

  /** `depth`: how many names are above what is in the folder. */
  constructor(known: KnownItems, { scopeId, depth }: { readonly scopeId: string; readonly depth: number }) {
    this.#known = known
    this.#scopeId = scopeId
    this.#scopePlace = { path: ROOT_PATH, depth }
  }

  /** False where the same was told before. */
  take(item: DriveItem): boolean {
    const before = this.#told.get(item.id)
    this.#told.set(item.id, item.downloadUrl === undefined ? item : { ...item, downloadUrl: undefined })
    return before === undefined || before.etag !== item.etag || before.name !== item.name
  }

  /**
   * Folders that came into this one and of which not everything was told that is in them: they are to be listed, and
   * what changed meanwhile told. Those whose number of children is the one they tell of are complete.
   */
  unlisted(walked: ReadonlySet<string>): readonly string[] {
    const places = this.#placesNow()
    const childCounts = new Map<string, number>()
    for (const { isDeleted, parentId = '' } of this.#told.values())
      if (!isDeleted) childCounts.set(parentId, (childCounts.get(parentId) ?? 0) + 1)
    const isComplete = ({ id, childCount }: DriveItem): boolean =>
      childCount > 0 && childCount === this.#untoldChildren(id).length + (childCounts.get(id) ?? 0)
    return [...this.#told.values()]
      .filter((item) => item.kind === 'directory' && !item.isDeleted && item.id !== this.#scopeId)
      .filter(({ id }) => !walked.has(id) && this.#known.get(id) === undefined)
      .filter((item) => typeof places.of(item.id) === 'object' && !isComplete(item))
      .map(({ id }) => id)
  }

  settle(): Settled {
    const before = new Places(this.#scopeId, this.#scopePlace, (id) => this.#known.get(id))
    const now = this.#placesNow()
    const put: DriveItem[] = []
    const remove: string[] = []
    const gone = new Set<RelPath>()
    const there = new Map<RelPath, Entry>()
    let [isPathInDoubt, isOrphaned] = [false, false]
    for (const id of this.#affected(before, now)) {
      const [known, told, place] = [this.#known.get(id), this.#told.get(id), now.of(id)]
      if (place === 'orphan') isOrphaned = true
      if (typeof place !== 'object') {
        if (known !== undefined) remove.push(id)
        // What was never in the folder may be what the folder is in.
        else isPathInDoubt ||= told !== undefined && (told.isDeleted || told.kind !== 'file')
      } else if (told !== undefined) put.push(told)
      const [was, is] = [entryOf(before.of(id), known), entryOf(place, told ?? known)]
      if (was !== undefined) gone.add(was.path)
      if (is !== undefined) there.set(is.path, is)
    }
    isPathInDoubt ||= this.#told.has(this.#scopeId)
    const changes = [
      ...[...gone].filter((path) => !there.has(path)).map((path) => ({ path, entry: undefined })),
      ...[...there].map(([path, entry]) => ({ path, entry })),
    ]
    return { put, remove, changes, isPathInDoubt, isOrphaned }
  }

  /** What was told, and what went with a folder that is elsewhere now. */
  #affected(before: Places, now: Places): ReadonlySet<string> {
    const affected = new Set([...this.#told.keys()].filter((id) => id !== this.#scopeId))
    for (const id of affected) {
      const [was, is] = [before.of(id), now.of(id)]
      const isSame = typeof was === 'object' && typeof is === 'object' && was.path === is.path && was.depth === is.depth
      // A set that is added to while it is gone through is gone through to the end.
      if (typeof was === 'object' && !isSame) for (const child of this.#known.childrenOf(id)) affected.add(child.id)
    }
    return affected
  }

  #placesNow(): Places {
    return new Places(this.#scopeId, this.#scopePlace, (id) => {
      const told = this.#told.get(id)
      return told === undefined ? this.#known.get(id) : told
    })
  }

  #untoldChildren(id: string): readonly DriveItem[] {
    return this.#known.childrenOf(id).filter((child) => !this.#told.has(child.id))
  }
}

/** Places by id, each worked out once. */
class Places {
  readonly #get: (id: string) => DriveItem | undefined
  readonly #found: Map<string, Found>

  constructor(scopeId: string, scopePlace: Place, get: (id: string) => DriveItem | undefined) {
    this.#get = get
    this.#found = new Map<string, Found>([[scopeId, scopePlace]])
  }

  of(id: string): Found {
    const chain: DriveItem[] = []
    const seen = new Set<string>()
    let at = id
    let found = this.#found.get(at)
    while (found === undefined) {
      const item = this.#get(at)
      if (item === undefined) found = 'orphan'
      else if (item.isDeleted || item.parentId === undefined || seen.has(at)) found = 'outside'
      else {
        seen.add(at)
        chain.push(item)
        at = item.parentId
        found = this.#found.get(at)
      }
    }
    for (const item of chain.toReversed()) {
      if (typeof found === 'object') found = placeBelow(found, item.name)
      this.#found.set(item.id, found)
    }
    return found
  }
}

function entryOf(found: Found, item: DriveItem | undefined): Entry | undefined {
  return typeof found === 'object' && item !== undefined ? entryAt(found, item) : undefined
}
