import type { Bucket } from './bucket.ts'
import { removeKey } from './object-handlers.ts'
import { claimedChecksum, verifyChecksums } from './checksums.ts'
import { unquote } from './conditions.ts'
import { S3Error, type Quirks, type Reply, type S3Request, type Version } from './types.ts'
import { childrenOf, parseXml, tag, textOf, wrap, xmlDocument } from './xml.ts'

const MAX_KEYS = 1000

/** ListObjectsV2: prefix, delimiter, start-after, continuation, encoding-type, fetch-owner ignored. */
export function listObjects(bucket: Bucket, request: S3Request, quirks: Quirks): Reply {
  const { query } = request
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const maxKeys = Math.min(quirks.maxKeys ?? MAX_KEYS, Number(query.get('max-keys') ?? MAX_KEYS))
  const encode = encoder(query, quirks)
  const page = collect(bucket, { prefix, delimiter, maxKeys, after: startOf(query) })
  const contents = page.versions.map((version) =>
    wrap(
      'Contents',
      tag('Key', encode(version.key)) +
        tag('LastModified', new Date(version.lastModifiedMs).toISOString()) +
        tag('ETag', version.etag) +
        (version.checksum === undefined ? '' : tag('ChecksumAlgorithm', version.checksum.algorithm)) +
        tag('Size', version.content.size) +
        tag('StorageClass', version.storageClass),
    ),
  )
  const prefixes = page.prefixes.map((common) => wrap('CommonPrefixes', tag('Prefix', encode(common))))
  const head =
    tag('Name', bucket.name) +
    tag('Prefix', encode(prefix)) +
    (delimiter === '' ? '' : tag('Delimiter', encode(delimiter))) +
    tag('KeyCount', page.versions.length + page.prefixes.length) +
    tag('MaxKeys', maxKeys) +
    encodingTag(query, quirks) +
    tag('IsTruncated', page.next !== undefined) +
    (page.next === undefined ? '' : tag('NextContinuationToken', Buffer.from(page.next).toString('base64url')))
  return { status: 200, body: xmlDocument('ListBucketResult', head + contents.join('') + prefixes.join('')) }
}

/** ListObjectVersions, paged by key and version: newest first of each key. */
export function listVersions(bucket: Bucket, request: S3Request, quirks: Quirks): Reply {
  const { query } = request
  const prefix = query.get('prefix') ?? ''
  const maxKeys = Math.min(quirks.maxKeys ?? MAX_KEYS, Number(query.get('max-keys') ?? MAX_KEYS))
  const encode = encoder(query, quirks)
  const all = bucket
    .keys()
    .filter((key) => key.startsWith(prefix))
    .flatMap((key) => [...bucket.versions(key)].reverse())
  const page = pageAfter(all, {
    maxKeys,
    marker: query.get('key-marker'),
    idMarker: query.get('version-id-marker'),
    idOf: ({ versionId }) => versionId,
  })
  const rows = page.items.map((version) =>
    wrap(
      version.deleteMarker ? 'DeleteMarker' : 'Version',
      tag('Key', encode(version.key)) +
        tag('VersionId', version.versionId) +
        tag('IsLatest', bucket.current(version.key) === version) +
        tag('LastModified', new Date(version.lastModifiedMs).toISOString()) +
        (version.deleteMarker
          ? ''
          : tag('ETag', version.etag) + tag('Size', version.content.size) + tag('StorageClass', version.storageClass)),
    ),
  )
  const last = page.items.at(-1)
  const head =
    tag('Name', bucket.name) +
    tag('Prefix', encode(prefix)) +
    tag('MaxKeys', maxKeys) +
    encodingTag(query, quirks) +
    tag('IsTruncated', page.isTruncated) +
    (page.isTruncated ? tag('NextKeyMarker', encode(last!.key)) + tag('NextVersionIdMarker', last!.versionId) : '')
  return { status: 200, body: xmlDocument('ListVersionsResult', head + rows.join('')) }
}

/** ListMultipartUploads, paged by key and upload. */
export function listUploads(bucket: Bucket, request: S3Request, quirks: Quirks): Reply {
  const { query } = request
  const prefix = query.get('prefix') ?? ''
  const maxKeys = Math.min(quirks.maxKeys ?? MAX_KEYS, Number(query.get('max-uploads') ?? MAX_KEYS))
  const encode = encoder(query, quirks)
  const all = [...bucket.uploads.values()]
    .filter((upload) => upload.key.startsWith(prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || (a.id < b.id ? -1 : 1))
  const page = pageAfter(all, {
    maxKeys,
    marker: query.get('key-marker'),
    idMarker: query.get('upload-id-marker'),
    idOf: ({ id }) => id,
  })
  const rows = page.items.map((upload) =>
    wrap(
      'Upload',
      tag('Key', encode(upload.key)) +
        tag('UploadId', upload.id) +
        tag('StorageClass', upload.storageClass) +
        tag('Initiated', new Date(upload.initiatedMs).toISOString()),
    ),
  )
  const last = page.items.at(-1)
  const head =
    tag('Bucket', bucket.name) +
    tag('MaxUploads', maxKeys) +
    encodingTag(query, quirks) +
    tag('IsTruncated', page.isTruncated) +
    (page.isTruncated ? tag('NextKeyMarker', encode(last!.key)) + tag('NextUploadIdMarker', last!.id) : '')
  return { status: 200, body: xmlDocument('ListMultipartUploadsResult', head + rows.join('')) }
}

/** What follows the item of both markers, or the key of the first one; items are in key order. */
function pageAfter<T extends { readonly key: string }>(
  all: readonly T[],
  scope: {
    readonly maxKeys: number
    readonly marker: string | undefined
    readonly idMarker: string | undefined
    readonly idOf: (item: T) => string
  },
): { readonly items: readonly T[]; readonly isTruncated: boolean } {
  const { marker, idMarker, maxKeys, idOf } = scope
  const afterKey =
    marker === undefined ? all : all.filter(({ key }) => Buffer.compare(Buffer.from(key), Buffer.from(marker)) > 0)
  const sameKey = idMarker === undefined ? [] : all.filter(({ key }) => key === marker)
  const rest = sameKey.slice(sameKey.findIndex((item) => idOf(item) === idMarker) + 1)
  const following = [...rest, ...afterKey]
  return { items: following.slice(0, maxKeys), isTruncated: following.length > maxKeys }
}

/** DeleteObjects: needs a checksum or Content-MD5; each object may carry its ETag. */
export function deleteObjects(bucket: Bucket, request: S3Request, quirks: Quirks): Reply {
  if (claimedChecksum(request) === undefined && request.headers['content-md5'] === undefined) {
    throw new S3Error(
      400,
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    )
  }
  verifyChecksums(request, [request.body])
  const root = parseXml(request.body.toString())
  const objects = childrenOf(root, 'Object')
  if (objects.length === 0 || objects.length > MAX_KEYS) throw new S3Error(400, 'MalformedXML')
  const rows = objects.map((object) => {
    const key = textOf(object, 'Key') ?? ''
    const etag = textOf(object, 'ETag')
    const current = bucket.current(key)
    if (etag !== undefined && quirks.noConditions !== true && unquote(etag) !== unquote(current?.etag ?? '')) {
      return wrap('Error', tag('Key', key) + tag('Code', 'PreconditionFailed') + tag('Message', 'ETag mismatch'))
    }
    const versionId = textOf(object, 'VersionId')
    try {
      removeKey(bucket, key, versionId)
    } catch (error) {
      if (!(error instanceof S3Error)) throw error
      const which = tag('Key', key) + (versionId === undefined ? '' : tag('VersionId', versionId))
      return wrap('Error', which + tag('Code', error.code) + tag('Message', error.message))
    }
    return textOf(root, 'Quiet') === 'true' ? '' : wrap('Deleted', tag('Key', key))
  })
  return { status: 200, body: xmlDocument('DeleteResult', rows.join('')) }
}

interface Page {
  readonly versions: Version[]
  readonly prefixes: string[]
  next: string | undefined
}

function collect(
  bucket: Bucket,
  scope: { prefix: string; delimiter: string; maxKeys: number; after: string | undefined },
): Page {
  const page: Page = { versions: [], prefixes: [], next: undefined }
  const keys = bucket.keys()
  let last: string | undefined
  for (let index = firstAfter(keys, scope.after); index < keys.length; index++) {
    const key = keys[index]!
    const version = bucket.current(key)
    if (version === undefined || version.deleteMarker || !key.startsWith(scope.prefix)) continue
    const cut = scope.delimiter === '' ? -1 : key.indexOf(scope.delimiter, scope.prefix.length)
    const common = cut < 0 ? undefined : key.slice(0, cut + scope.delimiter.length)
    if (common !== undefined && (page.prefixes.at(-1) === common || scope.after?.startsWith(common) === true)) {
      last = key
      continue
    }
    if (page.versions.length + page.prefixes.length >= scope.maxKeys) {
      page.next = last ?? ''
      break
    }
    if (common === undefined) page.versions.push(version)
    else page.prefixes.push(common)
    last = key
  }
  return page
}

/** Index of the first key that sorts after `after`. */
function firstAfter(keys: readonly string[], after: string | undefined): number {
  if (after === undefined) return 0
  const bound = Buffer.from(after)
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (Buffer.compare(Buffer.from(keys[middle]!), bound) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

function startOf(query: ReadonlyMap<string, string>): string | undefined {
  const token = query.get('continuation-token')
  return token === undefined ? query.get('start-after') : Buffer.from(token, 'base64url').toString()
}

function encodingTag(query: ReadonlyMap<string, string>, quirks: Quirks): string {
  return query.get('encoding-type') === 'url' && quirks.noEncodingType !== true ? tag('EncodingType', 'url') : ''
}

function encoder(query: ReadonlyMap<string, string>, quirks: Quirks): (text: string) => string {
  if (query.get('encoding-type') !== 'url' || quirks.noEncodingType === true) return (text) => text
  return (text) => encodeURIComponent(text).replace(/%2F/g, '/').replace(/%20/g, '+')
}
