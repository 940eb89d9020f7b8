import { z } from 'zod'
import type { Author } from '../../../common/model.ts'
import type { FeedItem, Feeds } from '../feeds.ts'
import type { DriveItem } from './drive-item.ts'
import type { KnownItems } from './followed-tree.ts'

const PAGE_ITEMS = 5000
const KINDS = ['file', 'directory', 'other'] as const
const NS_A_SECOND = 1_000_000_000n

const author = z.object({ user: z.string().optional(), device: z.string().optional(), program: z.string().optional() })

/** Name, kind, size, time in whole seconds, etag, QuickXorHash, who changed it and when the drive got that: what entries are made of, and nothing that opens the file. */
const body = z.tuple([
  z.string(),
  z.enum(KINDS),
  z.number().int().min(0),
  z.number().int(),
  z.string().nullable(),
  z.string().nullable(),
  author.nullable(),
  z.number().int().nullable().optional(),
])

/** An item as the state keeps it. */
export function toFeedItem(item: DriveItem): FeedItem {
  const { id, name, kind, sizeBytes, mtimeNs, etag, quickXor, parentId, changedBy, storedAtMs } = item
  const kept: z.infer<typeof body> = [
    name,
    kind,
    sizeBytes,
    Number(mtimeNs / NS_A_SECOND),
    etag ?? null,
    quickXor ?? null,
    changedBy ?? null,
    storedAtMs ?? null,
  ]
  return { id, parentId: parentId ?? '', body: JSON.stringify(kept) }
}

/** Throws for what {@link toFeedItem} did not make. */
export function fromFeedItem({ id, parentId, body: text }: FeedItem): DriveItem {
  const [name, kind, sizeBytes, seconds, etag, quickXor, changedBy, storedAtMs] = body.parse(JSON.parse(text))
  return {
    id,
    name,
    kind,
    sizeBytes,
    etag: etag ?? undefined,
    mtimeNs: BigInt(seconds) * NS_A_SECOND,
    storedAtMs: storedAtMs ?? undefined,
    createdMs: undefined,
    parentId: parentId === '' ? undefined : parentId,
    isDeleted: false,
    childCount: 0,
    quickXor: quickXor ?? undefined,
    sha1: undefined,
    downloadUrl: undefined,
    changedBy: changedBy === null ? undefined : (changedBy as Author),
  }
}

/** What the state knows of one target, looked up as it is needed. */
export function knownItems(feeds: Feeds, target: string): KnownItems {
  return {
    get: (id) => {
      const found = feeds.item(target, id)
      return found === undefined ? undefined : fromFeedItem(found)
    },
    childrenOf: (id) => feeds.childrenOf(target, id).map(fromFeedItem),
  }
}

/** All of it. */
export function* allKnownItems(feeds: Feeds, target: string): Generator<DriveItem> {
  for (let after: string | undefined; ;) {
    const page = feeds.page(target, after, PAGE_ITEMS)
    for (const item of page) yield fromFeedItem(item)
    after = page.at(-1)?.id
    if (page.length < PAGE_ITEMS) return
  }
}
