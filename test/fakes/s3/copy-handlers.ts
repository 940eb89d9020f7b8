import { digest, md5Of } from './checksums.ts'
import { checkCopySource, checkWriteConditions } from './conditions.ts'
import type { Content } from './content.ts'
import type { Bucket } from './bucket.ts'
import { MIN_PART_BYTES, partNumber, storePart } from './multipart-handlers.ts'
import { describeObject, MAX_PART_BYTES, optionalChecksum, versionHeader } from './object-handlers.ts'
import { S3Error, type Quirks, type Reply, type S3Request, type StoredChecksum, type Version } from './types.ts'
import { tag, xmlDocument } from './xml.ts'

/** Largest CopyObject source. */
const MAX_COPY_BYTES = 5 * 1024 ** 3

type FindBucket = (name: string) => Bucket

/** CopyObject. */
export function copyObject(
  bucket: Bucket,
  request: S3Request,
  { find, quirks }: { find: FindBucket; quirks: Quirks },
): Reply {
  const { bucket: sourceBucket, version: source } = findSource(request, find)
  if (source.content.size > MAX_COPY_BYTES)
    throw new S3Error(
      400,
      'InvalidRequest',
      'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
    )
  checkCopySource(request.headers, source, quirks)
  checkWriteConditions(request.headers, bucket.current(request.key), quirks)
  const replace = (request.headers['x-amz-metadata-directive'] ?? 'COPY') === 'REPLACE'
  const asked = describeObject(request)
  const unchanged = !replace && request.headers['x-amz-storage-class'] === undefined
  if (sourceBucket === bucket && source.key === request.key && unchanged) {
    throw new S3Error(
      400,
      'InvalidRequest',
      'This copy request is illegal because it is trying to copy an object to itself without changing the metadata, storage class or encryption.',
    )
  }
  const version = bucket.add({
    key: request.key,
    etag: `"${md5Of(source.content.pieces()).toString('hex')}"`,
    content: source.content,
    lastModifiedMs: Date.now(),
    metadata: replace ? asked.metadata : source.metadata,
    system: replace ? asked.system : source.system,
    storageClass: asked.storageClass,
    ...optionalChecksum(copiedChecksum(source)),
    deleteMarker: false,
  })
  return {
    status: 200,
    headers: versionHeader(bucket, version),
    body: copyResult('CopyObjectResult', version.etag, version.checksum),
  }
}

/** UploadPartCopy. */
export function uploadPartCopy(
  bucket: Bucket,
  request: S3Request,
  { find, quirks }: { find: FindBucket; quirks: Quirks },
): Reply {
  if (quirks.noPartCopies === true) throw new S3Error(501, 'NotImplemented', 'UploadPartCopy is not implemented.')
  const upload = bucket.upload(request.query.get('uploadId')!, request.key)
  const number = partNumber(request)
  const { bucket: sourceBucket, version: source } = findSource(request, find)
  checkCopySource(request.headers, source, quirks)
  const content = sliceSource(source.content, request.headers['x-amz-copy-source-range'], quirks)
  if (content.size > (quirks.maxPartBytes ?? MAX_PART_BYTES))
    throw new S3Error(400, 'InvalidRequest', 'The specified copy source is larger than the maximum allowable size.')
  const own = storePart(upload, number, content, true)
  const isMistaken = quirks.sourceChecksums === true && source.checksum?.algorithm === upload.algorithm
  const part = isMistaken ? { ...own, checksum: source.checksum! } : own
  upload.parts.set(number, part)
  const checksum: StoredChecksum | undefined =
    part.checksum === undefined || quirks.noCopyChecksums === true
      ? undefined
      : { ...part.checksum, type: 'FULL_OBJECT' }
  const version = sourceBucket.versioning === 'off' ? {} : { 'x-amz-copy-source-version-id': source.versionId }
  return { status: 200, headers: version, body: copyResult('CopyPartResult', part.etag, checksum, false) }
}

function findSource(request: S3Request, find: FindBucket): { bucket: Bucket; version: Version } {
  const [path = '', versionQuery] = request.headers['x-amz-copy-source']!.split('?')
  const decoded = decodeURIComponent(path.replace(/\+/g, ' ')).replace(/^\//, '')
  const cut = decoded.indexOf('/')
  if (cut < 1)
    throw new S3Error(
      400,
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    )
  const bucket = find(decoded.slice(0, cut))
  return { bucket, version: bucket.require(decoded.slice(cut + 1), /^versionId=(.+)$/.exec(versionQuery ?? '')?.[1]) }
}

function sliceSource(content: Content, range: string | undefined, quirks: Quirks): Content {
  if (range === undefined) return content
  const match = /^bytes=(\d+)-(\d+)$/.exec(range)
  if (match === null)
    throw new S3Error(400, 'InvalidArgument', 'The x-amz-copy-source-range value must be of the form bytes=first-last')
  const [first, last] = [Number(match[1]), Number(match[2])]
  const minSourceBytes = quirks.minPartBytes ?? MIN_PART_BYTES
  if (content.size <= minSourceBytes || first > last || last >= content.size) {
    throw new S3Error(400, 'InvalidRequest', 'The specified copy range is invalid for the source object size')
  }
  return content.slice(first, last + 1)
}

/** A copy is one object, whatever the source was: its checksum covers the whole. */
function copiedChecksum(source: Version): StoredChecksum | undefined {
  if (source.checksum === undefined || !source.content.kept) return source.checksum
  const { algorithm } = source.checksum
  return { algorithm, value: digest(algorithm, source.content.pieces()), type: 'FULL_OBJECT' }
}

function copyResult(name: string, etag: string, checksum: StoredChecksum | undefined, withType = true): string {
  const inner = tag('ETag', etag) + tag('LastModified', new Date().toISOString())
  if (checksum === undefined) return xmlDocument(name, inner)
  const type = withType ? tag('ChecksumType', checksum.type) : ''
  return xmlDocument(name, inner + tag(`Checksum${checksum.algorithm}`, checksum.value) + type)
}
