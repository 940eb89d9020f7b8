import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { Entry, RelPath } from '../../../common/model.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import { PageTrail } from '../http/page-trail.ts'
import type { CallOptions } from '../provider.ts'
import { findItem, notFound, shownPath, type OneDriveContext } from './context.ts'
import { parseItem, type DriveItem } from './drive-item.ts'
import { senseless } from './errors.ts'
import { isRefusal, type GraphCall } from './graph-client.ts'
import { ItemTree } from './item-tree.ts'
import { driveSegments } from './names.ts'

const BATCH_ENTRIES = 1000
/** A drive that asks to begin anew more often than this changes too fast to be listed now. */
const MAX_RESTARTS = 3
/** Folders that move into the listed one while it is listed are listed as well, so often at most. */
const MAX_ROUNDS = 10

/** Pages in a row with nothing but what was told before: Graph repeats itself, but not for ever. */
const MAX_STALE_PAGES = 100

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
  throwIfCancelled(signal)
  const scope = await findItem(context, path, signal)
  if (scope === undefined) {
    if (context.mustExist && (path === '' || (await findItem(context, '' as RelPath, signal)) === undefined))
      throw notFound(context, '' as RelPath)
    return
  }
  if (scope.kind !== 'directory') return
  const { kind } = await context.drive(signal)
  const depth = driveSegments(context.folder, path).length
  const listing = new Listing(context, { scope, about: shownPath(context, path), signal })
  const isWhole = kind === 'personal' || depth === 0
  const tree = isWhole ? await listing.enumerate(depth) : await listing.walk(depth)
  const entries = tree.entries(path, { isWhole, about: shownPath(context, path) })
  rememberFolders(context, path, entries)
  for (let start = 0; start < entries.length; start += BATCH_ENTRIES) {
    throwIfCancelled(signal)
    yield entries.slice(start, start + BATCH_ENTRIES)
  }
}

function rememberFolders(context: OneDriveContext, path: RelPath, entries: readonly Entry[]): void {
  context.knownFolders.add(path)
  for (const entry of entries) if (entry.kind === 'directory') context.knownFolders.add(entry.path)
}

/** One page of items. */
interface Page {
  readonly items: readonly DriveItem[]
  readonly next: string | undefined
  readonly delta: string | undefined
}

class Listing {
  readonly #context: OneDriveContext
  readonly #scope: DriveItem
  readonly #about: string
  readonly #signal: AbortSignal

  constructor(context: OneDriveContext, parts: { scope: DriveItem; about: string; signal: AbortSignal }) {
    this.#context = context
    this.#scope = parts.scope
    this.#about = parts.about
    this.#signal = parts.signal
  }

  /** A delta from the beginning. Where Graph wants it begun anew (410), it is, from nothing. */
  async enumerate(depth: number): Promise<ItemTree> {
    const address = await this.#deltaAddress(depth)
    return this.#restarting(async () => {
      const tree = new ItemTree(this.#scope, depth)
      await this.#follow(address, 'Delta', (item) => tree.apply(item))
      return tree
    })
  }

  /** Children of every folder, then everything that changed since before the first of them was asked for. */
  async walk(depth: number): Promise<ItemTree> {
    const { id } = await this.#context.drive(this.#signal)
    const root = `/drives/${encodeURIComponent(id)}/root/delta`
    return this.#restarting(async () => {
      const tree = new ItemTree(this.#scope, depth)
      let since = await this.#follow(`${root}?token=latest`, 'Delta', () => false)
      const walked = new Set<string>()
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const fresh = tree.folderIds().filter((folderId) => !walked.has(folderId))
        if (fresh.length === 0) return tree
        await this.#walkFrom(tree, fresh, walked)
        since = await this.#follow(since, 'Delta', (item) => tree.apply(item))
      }
      throw this.#unsteady()
    })
  }

  /** Level by level, a few folders at a time. */
  async #walkFrom(tree: ItemTree, folderIds: readonly string[], walked: Set<string>): Promise<void> {
    const { id } = await this.#context.drive(this.#signal)
    for (let level = folderIds; level.length > 0;) {
      const below: string[] = []
      let next = 0
      const lane = async (): Promise<void> => {
        while (next < level.length) {
          const folderId = level[next++]!
          walked.add(folderId)
          const address = `/drives/${encodeURIComponent(id)}/items/${encodeURIComponent(folderId)}/children`
          try {
            await this.#children(address, (item) => {
              const isNews = tree.apply(item)
              if (item.kind === 'directory' && !walked.has(item.id)) below.push(item.id)
              return isNews
            })
          } catch (error) {
            // The other lanes have nothing left to do, either.
            next = level.length
            throw error
          }
        }
      }
      const lanes = Math.min(this.#context.tuning.foldersAtOnce, level.length)
      await Promise.all(Array.from({ length: lanes }, lane))
      level = below
    }
  }

  /** A folder that went away while its turn came is told of by the delta that follows. */
  async #children(address: string, take: (item: DriveItem) => boolean): Promise<void> {
    try {
      await this.#follow(address, 'ListChildren', take)
    } catch (error) {
      if (!isTidekeepError(error) || error.code !== 'not-found') throw error
    }
  }

  /** Follows pages to their end; `take` says whether an item is news. Resolves to the link that tells what comes after; empty where there is none. */
  async #follow(first: string, name: GraphCall['name'], take: (item: DriveItem) => boolean): Promise<string> {
    const trail = new PageTrail()
    let stalePages = 0
    for (let address = first; ;) {
      throwIfCancelled(this.#signal)
      const page = await this.#page(address, name)
      const news = page.items.filter((item) => take(item))
      if (page.next === undefined) {
        if (name === 'Delta' && page.delta === undefined) throw senseless(this.#about, 'a listing breaks off')
        return page.delta ?? ''
      }
      const problem = trail.problemAt(page.next, page.items.length)
      stalePages = news.length === 0 && page.items.length > 0 ? stalePages + 1 : 0
      if (problem !== undefined || page.next === address || stalePages > MAX_STALE_PAGES)
        throw senseless(this.#about, problem ?? 'its listing goes in circles')
      address = page.next
    }
  }

  async #page(address: string, name: GraphCall['name']): Promise<Page> {
    const json = await this.#context.graph.call({
      name,
      method: 'GET',
      path: address,
      signal: this.#signal,
      about: this.#about,
    })
    const page = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>
    const { value, '@odata.nextLink': next, '@odata.deltaLink': delta } = page
    if (!Array.isArray(value)) throw senseless(this.#about, 'it is not a listing')
    return {
      items: value.map((item) => parseItem(item, this.#about)),
      next: typeof next === 'string' ? next : undefined,
      delta: typeof delta === 'string' ? delta : undefined,
    }
  }

  async #deltaAddress(depth: number): Promise<string> {
    const { id } = await this.#context.drive(this.#signal)
    if (depth === 0) return `/drives/${encodeURIComponent(id)}/root/delta`
    return `/drives/${encodeURIComponent(id)}/items/${encodeURIComponent(this.#scope.id)}/delta`
  }

  /** Every spelling of "begin anew" has the status 410, and nothing of what was told before counts. */
  async #restarting(list: () => Promise<ItemTree>): Promise<ItemTree> {
    for (let restart = 0; restart <= MAX_RESTARTS; restart++) {
      try {
        return await list()
      } catch (error) {
        if (!isRefusal(error, 410)) throw error
      }
    }
    throw this.#unsteady()
  }

  #unsteady(): TidekeepError {
    return new TidekeepError({
      code: 'unavailable',
      message: `${this.#about} changes too fast to be listed now.`,
      path: this.#about,
      fix: 'It is tried again by itself.',
    })
  }
}
