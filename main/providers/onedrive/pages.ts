import { isTidekeepError } from '../../../common/errors.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import { PageTrail } from '../http/page-trail.ts'
import type { OneDriveContext } from './context.ts'
import { parseItem, type DriveItem } from './drive-item.ts'
import { senseless } from './errors.ts'
import type { GraphCall } from './graph-client.ts'
import { providerFailureTexts } from '../provider-failure-texts.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** Pages in a row with nothing but what was told before: Graph repeats itself, but not for ever. */
const MAX_STALE_PAGES = 100

/** Takes an item, and says whether it is news. */
export type TakeItem = (item: DriveItem) => boolean

/** One page of items. */
interface Page {
  readonly items: readonly DriveItem[]
  readonly next: string | undefined
  readonly delta: string | undefined
}

/** Listings of Graph, page by page to their ends. One instance for each look. */
export class Pages {
  readonly #context: OneDriveContext
  readonly #about: string
  readonly #signal: AbortSignal

  constructor(context: OneDriveContext, { about, signal }: { readonly about: string; readonly signal: AbortSignal }) {
    this.#context = context
    this.#about = about
    this.#signal = signal
  }

  /**
   * Follows pages to their end. Resolves to the link that tells what comes after; empty where there is none. Throws
   * `corrupt` where the pages break off or lead nowhere: what was taken by then is no complete answer (I12).
   */
  async follow(first: string, name: GraphCall['name'], take: TakeItem): Promise<string> {
    const trail = new PageTrail()
    let stalePages = 0
    for (let address = first; ;) {
      throwIfCancelled(this.#signal)
      const page = await this.#page(address, name)
      const news = page.items.filter((item) => take(item))
      if (page.next === undefined) {
        if (name === 'Delta' && page.delta === undefined)
          throw senseless(this.#about, onedriveFailureTexts.nonsense.listingBreaksOff)
        return page.delta ?? ''
      }
      const problem = trail.problemAt(page.next, page.items.length)
      stalePages = news.length === 0 && page.items.length > 0 ? stalePages + 1 : 0
      if (problem !== undefined || page.next === address || stalePages > MAX_STALE_PAGES)
        throw senseless(this.#about, problem ?? providerFailureTexts.pages.circles)
      address = page.next
    }
  }

  /** What is in these folders and in those below them: level by level, a few folders at a time. Those of `walked` are not asked for again. */
  async walk(folderIds: readonly string[], walked: Set<string>, take: TakeItem): Promise<void> {
    for (let level = folderIds; level.length > 0;) {
      const below: string[] = []
      let next = 0
      const lane = async (): Promise<void> => {
        while (next < level.length) {
          const folderId = level[next++]!
          walked.add(folderId)
          try {
            await this.children(folderId, (item) => {
              if (item.kind === 'directory' && !walked.has(item.id)) below.push(item.id)
              return take(item)
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

  /** What is directly in a folder; of one that went away while its turn came, nothing. Items may be missing that others put there meanwhile. */
  async children(folderId: string, take: TakeItem): Promise<void> {
    const { id } = await this.#context.drive(this.#signal)
    const address = `/drives/${encodeURIComponent(id)}/items/${encodeURIComponent(folderId)}/children`
    try {
      await this.follow(address, 'ListChildren', take)
    } catch (error) {
      if (!isTidekeepError(error) || error.code !== 'not-found') throw error
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
    if (!Array.isArray(value)) throw senseless(this.#about, onedriveFailureTexts.nonsense.notAListing)
    return {
      items: value.map((item) => parseItem(item, this.#about)),
      next: typeof next === 'string' ? next : undefined,
      delta: typeof delta === 'string' ? delta : undefined,
    }
  }
}
