import type { RelPath } from '../../../common/model.ts'
import type { ListRequest, ListView } from '../../../common/protocol.ts'
import type { SourceProvider } from '../../providers/provider.ts'
import type { FolderPast } from '../folder-past.ts'
import { checkStillCurrent } from '../still-current.ts'
import { browse, type Browse, type Listing } from './browse.ts'
import { changesOf, momentsBetween } from './changes.ts'
import { search, versionsIn } from './find.ts'
import { NOW, type Timeline } from './timeline.ts'

/** Listings that paging comes back to. */
const REMEMBERED_LISTINGS = 8

/** The past of a folder that was read as a whole: all answers come from memory. */
export function wholePast(timeline: Timeline, provider: SourceProvider): FolderPast {
  const changes = changesOf(timeline)
  const list = rememberListings(timeline)
  const current = timeline.kept.reduce((sum, kept) => (kept === undefined ? sum + 1 : sum), 0)
  return {
    keepsVersions: timeline.keepsVersions,
    isByFile: false,
    firstMs: () => changes.moments[0]?.fromMs,
    counts: () => ({ files: current, earlierVersions: timeline.kept.length - current }),
    list: async (request) => viewOf(list, request),
    moments: (part) => momentsBetween(changes, part),
    search: (wanted) => search(timeline, wanted),
    versions: async (path: RelPath) => versionsIn(timeline, path),
    shown: () => undefined,
    checkStillCurrent: (path, signal) => checkStillCurrent({ timeline, provider }, path, signal),
  }
}

function viewOf(
  list: (wanted: Browse) => Listing,
  { path, atMs, gone, offset, limit }: Omit<ListRequest, 'id'>,
): ListView {
  const listing = list({ path, atMs: atMs ?? NOW, gone: gone === true && atMs === undefined })
  const { total, files, bytes, unsure, lost } = listing
  return { rows: listing.rows(offset, limit), total, files, bytes, unsure, lost }
}

function rememberListings(timeline: Timeline): (wanted: Browse) => Listing {
  const listings = new Map<string, Listing>()
  return (wanted) => {
    const key = `${wanted.atMs} ${wanted.gone} ${wanted.path}`
    const listing = listings.get(key) ?? browse(timeline, wanted)
    listings.delete(key)
    listings.set(key, listing)
    if (listings.size > REMEMBERED_LISTINGS) listings.delete(listings.keys().next().value!)
    return listing
  }
}
