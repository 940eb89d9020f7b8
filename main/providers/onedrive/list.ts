import { TidekeepError } from '../../../common/errors.ts'
import { ROOT_PATH } from '../../../common/paths.ts'
import type { Entry, RelPath } from '../../../common/model.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import type { CallOptions } from '../provider.ts'
import { findItem, notFound, shownPath, type OneDriveContext } from './context.ts'
import type { DriveItem } from './drive-item.ts'
import { isRefusal } from './graph-client.ts'
import { entriesOf, ItemTree } from './item-tree.ts'
import { driveSegments } from './names.ts'
import { Pages } from './pages.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

const BATCH_ENTRIES = 1000
/** A drive that asks to begin anew more often than this changes too fast to be listed now. */
const MAX_RESTARTS = 3
/** Folders that move into the listed one while it is listed are listed as well, so often at most. */
export const MAX_ROUNDS = 10

/** Everything below a folder of the drive, and where what changed since is told. */
export interface Listed {
  readonly scope: DriveItem
  readonly entries: readonly Entry[]
  /** As Graph told it: all that is in the folder, Tidekeep's own area included. */
  readonly items: readonly DriveItem[]
  /** A delta of the whole drive that begins no later than the listing did. */
  readonly since: string
}

/**
 * Everything below a folder, complete or not at all (I12). Pages of children may miss items while
 * others write; only a delta is complete. So a delta from the beginning is used wherever it can begin
 * at the folder: one request for each 200 items, and Graph's cheapest kind. Business drives begin at
 * their root alone. There a folder's children are walked, one request for each folder, and what
 * changed from the walk's first moment on is fetched by a delta and laid over it; enumerating a whole
 * company's library for a folder in it would cost without bound.
 */
export async function* listItems(
  context: OneDriveContext,
  path: RelPath,
  { signal }: CallOptions,
): AsyncGenerator<readonly Entry[]> {
  const listed = await listTree(context, path, { signal, isFollowed: false })
  if (listed !== undefined) yield* inBatches(listed.entries, signal)
}

/** `isFollowed`: what comes after is asked for later. Undefined where there is no such folder, or a file in its place. */
export async function listTree(
  context: OneDriveContext,
  path: RelPath,
  { signal, isFollowed }: CallOptions & { readonly isFollowed: boolean },
): Promise<Listed | undefined> {
  throwIfCancelled(signal)
  const scope = await findItem(context, path, signal)
  if (scope === undefined) {
    if (context.mustExist && (path === '' || (await findItem(context, ROOT_PATH, signal)) === undefined))
      throw notFound(context, ROOT_PATH)
    return undefined
  }
  if (scope.kind !== 'directory') return undefined
  const { kind } = await context.drive(signal)
  const about = shownPath(context, path)
  const depth = driveSegments(context.folder, path).length
  const listing = new Listing(context, { scope, about, signal, depth })
  const isWhole = kind === 'personal' || depth === 0
  const { tree, since } = isWhole ? await listing.enumerate(isFollowed) : await listing.walk()
  const placed = tree.placed(path, { isWhole, about })
  const entries = entriesOf(placed)
  rememberFolders(context, path, entries)
  return { scope, entries, items: placed.map(({ item }) => item), since }
}

/** The same entries, a good many at a time. */
export async function* inBatches(entries: readonly Entry[], signal: AbortSignal): AsyncGenerator<readonly Entry[]> {
  for (let start = 0; start < entries.length; start += BATCH_ENTRIES) {
    throwIfCancelled(signal)
    yield entries.slice(start, start + BATCH_ENTRIES)
  }
}

/** Folders of a listing need not be looked for before something is put into them. */
export function rememberFolders(context: OneDriveContext, path: RelPath, entries: readonly Entry[]): void {
  context.knownFolders.add(path)
  for (const entry of entries) if (entry.kind === 'directory') context.knownFolders.add(entry.path)
}

/** A tree that was listed to its end. */
interface Tree {
  readonly tree: ItemTree
  readonly since: string
}

class Listing {
  readonly #context: OneDriveContext
  readonly #scope: DriveItem
  readonly #depth: number
  readonly #about: string
  readonly #signal: AbortSignal
  readonly #pages: Pages

  constructor(
    context: OneDriveContext,
    parts: { readonly scope: DriveItem; readonly about: string; readonly signal: AbortSignal; readonly depth: number },
  ) {
    this.#context = context
    this.#scope = parts.scope
    this.#depth = parts.depth
    this.#about = parts.about
    this.#signal = parts.signal
    this.#pages = new Pages(context, parts)
  }

  /** A delta from the beginning. Where Graph wants it begun anew (410), it is, from nothing. */
  async enumerate(isFollowed: boolean): Promise<Tree> {
    const isAll = this.#depth === 0
    const address = isAll ? await this.#rootDelta() : await this.#folderDelta()
    return this.#restarting(async () => {
      const tree = new ItemTree(this.#scope, this.#depth)
      // What leaves a folder is told by a delta of the whole drive alone.
      const before = isFollowed && !isAll ? await this.#latest() : undefined
      const after = await this.#pages.follow(address, 'Delta', (item) => tree.apply(item))
      return { tree, since: before ?? after }
    })
  }

  /** Children of every folder, then everything that changed since before the first of them was asked for. */
  async walk(): Promise<Tree> {
    return this.#restarting(async () => {
      const tree = new ItemTree(this.#scope, this.#depth)
      let since = await this.#latest()
      const walked = new Set<string>()
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const fresh = tree.folderIds().filter((folderId) => !walked.has(folderId))
        if (fresh.length === 0) return { tree, since }
        await this.#pages.walk(fresh, walked, (item) => tree.apply(item))
        since = await this.#pages.follow(since, 'Delta', (item) => tree.apply(item))
      }
      throw unsteady(this.#about)
    })
  }

  /** Where what happens from now on is told. */
  async #latest(): Promise<string> {
    return this.#pages.follow(`${await this.#rootDelta()}?token=latest`, 'Delta', () => false)
  }

  async #rootDelta(): Promise<string> {
    const { id } = await this.#context.drive(this.#signal)
    return `/drives/${encodeURIComponent(id)}/root/delta`
  }

  async #folderDelta(): Promise<string> {
    const { id } = await this.#context.drive(this.#signal)
    return `/drives/${encodeURIComponent(id)}/items/${encodeURIComponent(this.#scope.id)}/delta`
  }

  /** Every spelling of "begin anew" has the status 410, and nothing of what was told before counts. */
  async #restarting(list: () => Promise<Tree>): Promise<Tree> {
    for (let restart = 0; restart <= MAX_RESTARTS; restart++) {
      try {
        return await list()
      } catch (error) {
        if (!isRefusal(error, 410)) throw error
      }
    }
    throw unsteady(this.#about)
  }
}

/** It is listed again later. */
export function unsteady(about: string): TidekeepError {
  return new TidekeepError({
    code: 'unavailable',
    message: onedriveFailureTexts.list.changesTooFastToBe({ about }),
    path: about,
    fix: onedriveFailureTexts.list.changesTooFastToBeFix,
  })
}
