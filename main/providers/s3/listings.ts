import { isTidekeepError } from '../../../common/errors.ts'
import type { S3Context } from './context.ts'
import { decodeKey } from './list.ts'
import { PageTrail } from '../http/page-trail.ts'
import { unexpectedReply } from './store-client.ts'
import { xmlElements, xmlText } from './xml.ts'

/** An unfinished multipart upload, whoever began it. */
export interface ListedUpload {
  readonly key: string
  readonly uploadId: string
  /** By the store's clock, milliseconds since the epoch. */
  readonly startedAtMs: number
  /** What the store's clock is ahead of this computer's. */
  readonly skewMs: number
}

/** A version of an object, or a delete marker (of 0 bytes). */
export interface ListedVersion {
  readonly key: string
  /** Absent where versions cannot be listed. */
  readonly versionId?: string
  readonly sizeBytes: number
  /** By the store's clock, milliseconds since the epoch. */
  readonly writtenAtMs: number
  /** How long ago that is by the store's clock. */
  readonly ageMs: number
  readonly isDeleteMarker: boolean
  /** Absent for the standard one, and where the store does not tell. */
  readonly storageClass?: string
}

/** How versions are listed. */
export interface ListVersionsOptions {
  readonly signal: AbortSignal
  /** Awaited once a page has arrived, before anything on it is given. */
  readonly onPage?: () => Promise<void>
}

/** In the order of the document, which tells what came after what. */
const VERSION_ELEMENTS = /<(Version|DeleteMarker)>(.*?)<\/\1>/gs

interface PageRequest {
  readonly context: S3Context
  readonly prefix: string
  readonly query: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Names of the two elements a page ends with, and of the two queries that ask for what follows. */
  readonly markers: readonly (readonly [element: string, query: string])[]
  readonly root: string
}

/** ListMultipartUploads, all pages. Nothing where the store does not know the request. */
export async function* listUploads(
  context: S3Context,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<ListedUpload> {
  const markers = [
    ['NextKeyMarker', 'key-marker'],
    ['NextUploadIdMarker', 'upload-id-marker'],
  ] as const
  const query = { uploads: '', 'max-uploads': '1000' }
  const request = { context, prefix, query, signal, markers, root: 'ListMultipartUploadsResult' }
  try {
    for await (const { xml, skewMs } of pages(request)) {
      for (const element of xmlElements(xml, 'Upload')) {
        const key = keyIn(xml, element)
        const uploadId = xmlText(element, 'UploadId')
        if (key === undefined || uploadId === undefined) continue
        yield { key, uploadId, startedAtMs: timeIn(context, element, 'Initiated'), skewMs }
      }
    }
  } catch (error) {
    if (!isUnknownRequest(error)) throw error
  }
}

/**
 * ListObjectVersions, all pages, delete markers included, by key and then from new to old. Where the store keeps no versions, or does
 * not let them be listed, the objects as they are.
 */
export async function* listVersions(
  context: S3Context,
  prefix: string,
  { signal, onPage }: ListVersionsOptions,
): AsyncGenerator<ListedVersion> {
  const markers = [
    ['NextKeyMarker', 'key-marker'],
    ['NextVersionIdMarker', 'version-id-marker'],
  ] as const
  const request = { context, prefix, query: { versions: '', 'max-keys': '1000' }, signal, markers }
  try {
    for await (const { xml, skewMs } of pages({ ...request, root: 'ListVersionsResult' })) {
      await onPage?.()
      for (const [, name, element] of xml.matchAll(VERSION_ELEMENTS))
        yield* versionIn(context, { xml, skewMs, element: element!, isDeleteMarker: name === 'DeleteMarker' })
    }
  } catch (error) {
    if (!isUnknownRequest(error) && !(isTidekeepError(error) && error.code === 'forbidden')) throw error
    yield* listCurrent(context, prefix, signal)
  }
}

/** The objects as they are, all pages. */
export async function* listCurrent(
  context: S3Context,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<ListedVersion> {
  const request = {
    context,
    prefix,
    query: { 'list-type': '2', 'max-keys': '1000' },
    signal,
    markers: [['NextContinuationToken', 'continuation-token']] as const,
    root: 'ListBucketResult',
  }
  for await (const { xml, skewMs } of pages(request))
    for (const element of xmlElements(xml, 'Contents'))
      yield* versionIn(context, { xml, skewMs, element, isDeleteMarker: false })
}

function* versionIn(
  context: S3Context,
  found: { readonly xml: string; readonly skewMs: number; readonly element: string; readonly isDeleteMarker: boolean },
): Generator<ListedVersion> {
  const { xml, skewMs, element, isDeleteMarker } = found
  const key = keyIn(xml, element)
  const versionId = xmlText(element, 'VersionId')
  const storageClass = xmlText(element, 'StorageClass')
  if (key === undefined) return
  const writtenAtMs = timeIn(context, element, 'LastModified')
  yield {
    key,
    ...(versionId === undefined ? {} : { versionId }),
    sizeBytes: Number(xmlText(element, 'Size') ?? 0),
    writtenAtMs,
    ageMs: context.host.clock.now() + skewMs - writtenAtMs,
    isDeleteMarker,
    ...(storageClass === undefined || storageClass === 'STANDARD' ? {} : { storageClass }),
  }
}

/** Throws `corrupt` for a page that is cut off, and for pages that never end. */
async function* pages({ context, prefix, query, signal, markers, root }: PageRequest): AsyncGenerator<{
  readonly xml: string
  readonly skewMs: number
}> {
  const trail = new PageTrail()
  let from: Readonly<Record<string, string>> = {}
  for (;;) {
    const reply = await context.client.send({
      method: 'GET',
      key: '',
      query: { ...query, 'encoding-type': 'url', ...(prefix === '' ? {} : { prefix }), ...from },
      signal,
    })
    const xml = reply.body.toString()
    if (!xml.includes(`<${root}`) || !xml.includes(`</${root}>`))
      throw unexpectedReply(context.location, 'its listing is cut off')
    const skewMs = Date.parse(reply.headers['date'] ?? '') - context.host.clock.now()
    yield { xml, skewMs: Number.isNaN(skewMs) ? 0 : skewMs }
    if (xmlText(xml, 'IsTruncated') !== 'true') return
    const next = nextMarkers(xml, markers)
    const problem = trail.problemAt(JSON.stringify(next), xml.includes('<Key>') ? 1 : 0)
    if (problem !== undefined) throw unexpectedReply(context.location, problem)
    from = next
  }
}

function nextMarkers(xml: string, markers: PageRequest['markers']): Readonly<Record<string, string>> {
  const isEncoded = xmlText(xml, 'EncodingType') === 'url'
  return Object.fromEntries(
    markers.flatMap(([element, name]) => {
      const raw = xmlText(xml, element)
      if (raw === undefined || raw === '') return []
      return [[name, (element === 'NextKeyMarker' ? decodeKey(raw, isEncoded) : raw) ?? raw]]
    }),
  ) as Readonly<Record<string, string>>
}

function keyIn(xml: string, element: string): string | undefined {
  const raw = xmlText(element, 'Key')
  return raw === undefined ? undefined : decodeKey(raw, xmlText(xml, 'EncodingType') === 'url')
}

/** What has no readable time counts as new, so that nothing is removed for its age. */
function timeIn(context: S3Context, element: string, name: string): number {
  const time = Date.parse(xmlText(element, name) ?? '')
  return Number.isNaN(time) ? context.host.clock.now() : time
}

function isUnknownRequest(error: unknown): boolean {
  return isTidekeepError(error) && error.code === 'unsupported'
}
