import { claimedChecksum, checksumHeader, defaultChecksum, digest, md5Of, verifyChecksums } from './checksums.ts'
import { checkReadConditions, checkWriteConditions } from './conditions.ts'
import type { Content } from './content.ts'
import type { Bucket } from './bucket.ts'
import { S3Error, type Quirks, type Reply, type S3Request, type StoredChecksum, type Version } from './types.ts'

export const MAX_PART_BYTES = 5 * 1024 ** 3
const MAX_METADATA_BYTES = 2048
const SYSTEM_HEADERS = [
  'content-type',
  'content-encoding',
  'content-disposition',
  'content-language',
  'cache-control',
  'expires',
]
const STORAGE_CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
]
const ARCHIVED = new Set(['GLACIER', 'DEEP_ARCHIVE'])

/** PutObject. `stored` is what reached the disk; a fault may have made it differ from what was checked. */
export function putObject(bucket: Bucket, request: S3Request, quirks: Quirks): Reply {
  if (
    request.headers['content-length'] === undefined &&
    request.headers['x-amz-decoded-content-length'] === undefined
  ) {
    throw new S3Error(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.')
  }
  if (request.body.length > MAX_PART_BYTES) throw new S3Error(400, 'EntityTooLarge')
  checkWriteConditions(request.headers, bucket.current(request.key), quirks)
  const content = bucket.contents.keep(request.body)
  const version = bucket.add({
    key: request.key,
    etag: `"${md5Of([request.body]).toString('hex')}"`,
    content,
    lastModifiedMs: Date.now(),
    ...describeObject(request),
    ...optionalChecksum(acceptChecksum(request, content, quirks)),
    deleteMarker: false,
  })
  return {
    status: 200,
    headers: { etag: version.etag, ...versionHeader(bucket, version), ...checksumHeaders(version.checksum) },
  }
}

/** GetObject and HeadObject. */
export function getObject(bucket: Bucket, request: S3Request): Reply {
  const version = bucket.require(request.key, request.query.get('versionId'))
  const notModified = checkReadConditions(request.headers, version)
  if (notModified) return { status: 304, headers: { etag: version.etag } }
  const headers = objectHeaders(bucket, version, request.headers['x-amz-checksum-mode'] === 'ENABLED')
  if (request.method === 'HEAD')
    return { status: 200, headers: { ...headers, 'content-length': String(version.content.size) } }
  if (ARCHIVED.has(version.storageClass) && !isThawed(version)) {
    throw new S3Error(403, 'InvalidObjectState', "The operation is not valid for the object's storage class")
  }
  const range = parseRange(request.headers['range'], version.content.size)
  if (range === undefined) return { status: 200, headers, body: version.content }
  const rangeHeaders = withoutChecksums(headers)
  return {
    status: 206,
    headers: { ...rangeHeaders, 'content-range': `bytes ${range.start}-${range.end - 1}/${version.content.size}` },
    body: version.content.slice(range.start, range.end),
  }
}

/** DeleteObject: a delete marker in a versioned bucket, gone for good with a version id. */
export function deleteObject(bucket: Bucket, request: S3Request, quirks: Quirks): Reply {
  const versionId = request.query.get('versionId')
  if (versionId === undefined) checkDeleteConditions(request, bucket, quirks)
  return removeKey(bucket, request.key, versionId)
}

/** Shared with DeleteObjects. */
export function removeKey(bucket: Bucket, key: string, versionId: string | undefined): Reply {
  if (versionId !== undefined) {
    const kept = bucket.versions(key).find((version) => version.versionId === versionId)
    if ((bucket.objectLock === 'default' && kept?.deleteMarker !== true) || isLocked(kept))
      throw new S3Error(403, 'AccessDenied', 'Access Denied because object protected by object lock.')
    const dropped = bucket.drop(key, versionId)
    return {
      status: 204,
      headers: { 'x-amz-version-id': versionId, ...(dropped?.deleteMarker ? { 'x-amz-delete-marker': 'true' } : {}) },
    }
  }
  if (bucket.versioning === 'off') {
    bucket.drop(key, 'null')
    return { status: 204 }
  }
  const marker = bucket.add({
    key,
    etag: '',
    content: bucket.contents.keep(Buffer.alloc(0)),
    lastModifiedMs: Date.now(),
    metadata: {},
    system: {},
    storageClass: 'STANDARD',
    deleteMarker: true,
  })
  return { status: 204, headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId } }
}

function isThawed({ restoredUntilMs }: Version): boolean {
  return restoredUntilMs !== undefined && restoredUntilMs > Date.now()
}

/** RestoreObject: 202 the first time, 409 while the copy is made, 200 where it only lives longer. */
export function restoreObject(bucket: Bucket, request: S3Request): Reply {
  const version = bucket.require(request.key, request.query.get('versionId'))
  if (!ARCHIVED.has(version.storageClass))
    throw new S3Error(403, 'InvalidObjectState', 'Restore is not allowed for this storage class')
  const body = request.body.toString()
  const days = Number(/<Days>(\d+)<\/Days>/.exec(body)?.[1] ?? 0)
  const tier = /<Tier>(\w+)<\/Tier>/.exec(body)?.[1] ?? 'Standard'
  if (days < 1) throw new S3Error(400, 'MalformedXML', 'The XML you provided was not well-formed')
  const tiers = version.storageClass === 'DEEP_ARCHIVE' ? ['Standard', 'Bulk'] : ['Standard', 'Bulk', 'Expedited']
  if (!tiers.includes(tier)) throw new S3Error(400, 'InvalidArgument', 'Retrieval option is not supported')
  if (version.thawingDays !== undefined)
    throw new S3Error(409, 'RestoreAlreadyInProgress', 'Object restore is already in progress')
  const again = isThawed(version)
  if (again || bucket.thawing === 'at-once') version.restoredUntilMs = Date.now() + days * 86_400_000
  else version.thawingDays = days
  return { status: again ? 200 : 202 }
}

/** Metadata, system headers and storage class a request asks for. */
export function describeObject(request: S3Request): Pick<Version, 'metadata' | 'system' | 'storageClass'> {
  const metadata: Record<string, string> = {}
  let bytes = 0
  for (const [name, value] of Object.entries(request.headers)) {
    if (!name.startsWith('x-amz-meta-')) continue
    metadata[name] = value
    bytes += Buffer.byteLength(name.slice('x-amz-meta-'.length)) + Buffer.byteLength(value, 'latin1')
  }
  if (bytes > MAX_METADATA_BYTES)
    throw new S3Error(400, 'MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size')
  const storageClass = request.headers['x-amz-storage-class'] ?? 'STANDARD'
  if (!STORAGE_CLASSES.includes(storageClass))
    throw new S3Error(400, 'InvalidStorageClass', 'The storage class you specified is not valid')
  const system = SYSTEM_HEADERS.flatMap((name) =>
    request.headers[name] === undefined ? [] : [[name, request.headers[name]]],
  )
  return { metadata, system: Object.fromEntries(system) as Record<string, string>, storageClass }
}

export function checksumHeaders(checksum: StoredChecksum | undefined): Record<string, string> {
  if (checksum === undefined) return {}
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }
}

export function versionHeader(bucket: Bucket, version: Version): Record<string, string> {
  return bucket.versioning === 'off' ? {} : { 'x-amz-version-id': version.versionId }
}

/** For optional properties: absent, not undefined. */
export function optionalChecksum(checksum: StoredChecksum | undefined): { checksum?: StoredChecksum } {
  return checksum === undefined ? {} : { checksum }
}

function acceptChecksum(request: S3Request, content: Content, quirks: Quirks): StoredChecksum | undefined {
  if (quirks.noChecksums === true) return undefined
  const claimed = claimedChecksum(request)
  if (quirks.echoChecksums === true) return claimed === undefined ? undefined : { ...claimed, type: 'FULL_OBJECT' }
  verifyChecksums(request, [request.body])
  if (claimed === undefined) return content.kept ? defaultChecksum(content) : undefined
  return { algorithm: claimed.algorithm, value: digest(claimed.algorithm, [request.body]), type: 'FULL_OBJECT' }
}

function checkDeleteConditions(request: S3Request, bucket: Bucket, quirks: Quirks): void {
  const { ['if-none-match']: _ignored, ...headers } = request.headers
  checkWriteConditions(headers, bucket.current(request.key), quirks)
}

function objectHeaders(bucket: Bucket, version: Version, withChecksum: boolean): Record<string, string> {
  return {
    etag: version.etag,
    'last-modified': new Date(version.lastModifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': 'binary/octet-stream',
    ...version.system,
    ...version.metadata,
    ...versionHeader(bucket, version),
    ...(version.storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': version.storageClass }),
    ...(version.parts === undefined ? {} : { 'x-amz-mp-parts-count': String(version.parts) }),
    ...restoreHeader(version),
    ...lockHeaders(version),
    ...(withChecksum ? checksumHeaders(version.checksum) : {}),
  }
}

function isLocked(version: Version | undefined): boolean {
  return version?.legalHold === true || (version?.retainedUntilMs ?? 0) > Date.now()
}

function lockHeaders({ legalHold, retainedUntilMs }: Version): Record<string, string> {
  return {
    ...(legalHold === undefined ? {} : { 'x-amz-object-lock-legal-hold': legalHold ? 'ON' : 'OFF' }),
    ...(retainedUntilMs === undefined
      ? {}
      : {
          'x-amz-object-lock-mode': 'COMPLIANCE',
          'x-amz-object-lock-retain-until-date': new Date(retainedUntilMs).toISOString(),
        }),
  }
}

function restoreHeader({ thawingDays, restoredUntilMs }: Version): Record<string, string> {
  if (thawingDays !== undefined) return { 'x-amz-restore': 'ongoing-request="true"' }
  if (restoredUntilMs === undefined || restoredUntilMs <= Date.now()) return {}
  const expiry = new Date(restoredUntilMs).toUTCString()
  return { 'x-amz-restore': `ongoing-request="false", expiry-date="${expiry}"` }
}

function withoutChecksums(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-')))
}

function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return undefined
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1])
  const end = match[1] === '' || match[2] === '' ? size : Math.min(size, Number(match[2]) + 1)
  if (start >= size || start >= end) {
    throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable', {
      'content-range': `bytes */${size}`,
    })
  }
  return { start, end }
}
