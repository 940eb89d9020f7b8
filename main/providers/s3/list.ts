import { comparePaths, isReserved, relPathProblem } from '../../../common/paths.ts'
import type { Entry, RelPath } from '../../../common/model.ts'
import type { CallOptions } from '../provider.ts'
import type { S3Context } from './context.ts'
import { PageTrail } from '../http/page-trail.ts'
import { unexpectedReply } from './store-client.ts'
import { xmlElements, xmlText } from './xml.ts'

/** Entries held back for a directory marker that may still come; beyond, late markers are left out. */
const MAX_HELD = 50_000

/**
 * Everything below a path, by ListObjectsV2, in path order. Ends normally only after the last page
 * (I12). Pages that do not follow each other in key order, or that never end, throw `corrupt`.
 */
export async function* listObjects(
  context: S3Context,
  path: RelPath,
  options: CallOptions,
): AsyncGenerator<readonly Entry[]> {
  const root = context.keyOf('' as RelPath)
  const prefix = path === '' ? root : `${context.keyOf(path)}/`
  const sorter = createMarkerSorter()
  const trail = new PageTrail()
  let lastKey = ''
  let token: string | undefined
  let skipped = 0
  do {
    const xml = await fetchPage(context, { prefix, token, signal: options.signal })
    const isEncoded = xmlText(xml, 'EncodingType') === 'url'
    let keyCount = 0
    for (const element of xmlElements(xml, 'Contents')) {
      keyCount++
      const key = decodeKey(xmlText(element, 'Key') ?? '', isEncoded)
      if (key === undefined) skipped++
      else {
        if (lastKey !== '' && comparePaths(key, lastKey) <= 0)
          throw unexpectedReply(context.location, 'its listing is not in order')
        lastKey = key
        const entry = toListedEntry(context, key, { prefix, root, element })
        if (entry === 'bad-name') skipped++
        else if (entry !== undefined) sorter.add(entry)
        sorter.passed(key.slice(root.length))
      }
    }
    // Damage on the way can make an element unreadable: an object that is not told of would seem to be gone (I12).
    if (keyCount < Number(xmlText(xml, 'KeyCount') ?? 0))
      throw unexpectedReply(context.location, 'its listing holds fewer objects than it says')
    const next = nextToken(context, xml)
    const problem = next === undefined ? undefined : trail.problemAt(next, keyCount)
    if (problem !== undefined) throw unexpectedReply(context.location, problem)
    if (next === undefined) sorter.end()
    const ready = sorter.take()
    if (ready.length > 0) yield ready
    token = next
  } while (token !== undefined)
  if (skipped + sorter.skipped > 0) {
    context.host.log.warn('s3.keys_skipped', { target: context.location, count: skipped + sorter.skipped })
  }
}

async function fetchPage(
  context: S3Context,
  { prefix, token, signal }: { prefix: string; token: string | undefined; signal: AbortSignal },
): Promise<string> {
  const reply = await context.client.send({
    method: 'GET',
    key: '',
    query: {
      'list-type': '2',
      'encoding-type': 'url',
      'max-keys': '1000',
      ...(prefix === '' ? {} : { prefix }),
      ...(token === undefined ? {} : { 'continuation-token': token }),
    },
    signal,
  })
  const xml = reply.body.toString()
  if (!xml.includes('<ListBucketResult') || !xml.includes('</ListBucketResult>')) {
    throw unexpectedReply(context.location, 'its listing is cut off')
  }
  return xml
}

function nextToken(context: S3Context, xml: string): string | undefined {
  if (xmlText(xml, 'IsTruncated') !== 'true') return undefined
  const next = xmlText(xml, 'NextContinuationToken')
  if (next === undefined || next === '')
    throw unexpectedReply(context.location, 'its listing says there is more, but not where')
  return next
}

/** Undefined for keys that are not UTF-8. */
export function decodeKey(raw: string, isEncoded: boolean): string | undefined {
  if (!isEncoded) return raw
  try {
    return decodeURIComponent(raw.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** Undefined: not an entry (our own area seen from above, the listed folder itself). Keys of other programs that are no path are counted. */
function toListedEntry(
  context: S3Context,
  key: string,
  { prefix, root, element }: { prefix: string; root: string; element: string },
): Entry | undefined | 'bad-name' {
  if (!key.startsWith(prefix)) return 'bad-name'
  const sizeBytes = Number(xmlText(element, 'Size') ?? Number.NaN)
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
    throw unexpectedReply(context.location, 'its listing has an object without a size')
  const isMarker = key.endsWith('/')
  const raw = key.slice(root.length, isMarker ? -1 : undefined)
  if (key.length === prefix.length || raw === '') return undefined
  if ((isMarker && sizeBytes !== 0) || relPathProblem(raw) !== undefined) return 'bad-name'
  const path = raw as RelPath
  // What is put away there is listed only where it is asked for.
  if (isReserved(path) && !isReserved(prefix.slice(root.length) as RelPath)) return undefined
  const etag = xmlText(element, 'ETag')
  const storageClass = xmlText(element, 'StorageClass')
  // Few stores tell an owner that nobody asked for, and an id says nothing to a person.
  const owner = element.includes('<Owner>') ? xmlText(element, 'DisplayName') : undefined
  const lastModifiedMs = Date.parse(xmlText(element, 'LastModified') ?? '')
  return {
    path,
    kind: isMarker ? 'directory' : 'file',
    size: sizeBytes,
    mtimeNs: Number.isNaN(lastModifiedMs) ? 0n : BigInt(lastModifiedMs) * 1_000_000n,
    ...(etag === undefined ? {} : { etag }),
    ...(Number.isNaN(lastModifiedMs) ? {} : { storedAtMs: lastModifiedMs }),
    ...(storageClass === undefined || storageClass === 'STANDARD' ? {} : { storageClass }),
    ...(owner === undefined || owner === '' ? {} : { changedBy: { owner } }),
  }
}

/** Puts directory markers where their paths belong. */
export interface MarkerSorter {
  add(entry: Entry): void
  /** Every key up to and including this one (relative to the root) was seen. */
  passed(key: string): void
  end(): void
  /** What can no longer be preceded by anything. */
  take(): readonly Entry[]
  /** Markers that were left out: doubled by a file, or too late. */
  readonly skipped: number
}

/**
 * The key of a marker, `a/`, sorts after `a.txt`, but its path, `a`, before it. So a file is held
 * back until the marker of every such shorter path would have come; that is rarely longer than the
 * next key.
 */
export function createMarkerSorter(): MarkerSorter {
  const held: Entry[] = []
  let passedKey = ''
  let lastTaken = ''
  let skipped = 0
  let ended = false
  const isFinal = (entry: Entry): boolean => {
    const marker = possibleMarker(entry.path)
    return marker === undefined || comparePaths(marker, passedKey) <= 0
  }
  return {
    add: (entry) => {
      let at = held.length
      while (at > 0 && comparePaths(held[at - 1]!.path, entry.path) > 0) at--
      const isDouble =
        held[at - 1]?.path === entry.path || (lastTaken !== '' && comparePaths(entry.path, lastTaken) <= 0)
      if (isDouble) skipped++
      else held.splice(at, 0, entry)
    },
    passed: (key) => {
      passedKey = key
    },
    end: () => {
      ended = true
    },
    take: () => {
      const firstHeld = ended
        ? -1
        : held.findIndex((entry, index) => held.length - index <= MAX_HELD && !isFinal(entry))
      const ready = held.splice(0, firstHeld < 0 ? held.length : firstHeld)
      lastTaken = ready.at(-1)?.path ?? lastTaken
      return ready
    },
    get skipped() {
      return skipped
    },
  }
}

/** The last marker key that would have to come before this path although its key comes later. */
function possibleMarker(path: string): string | undefined {
  for (let index = 1; index < path.length; index++) {
    if (path.charCodeAt(index) < 0x2f && path[index - 1] !== '/') return `${path.slice(0, index)}/`
  }
  return undefined
}
