import { createHash } from 'node:crypto'
import {
  checksumHeader,
  claimedChecksum,
  compositeDigest,
  defaultChecksum,
  digestOf,
  md5Of,
  toChecksumName,
  verifyChecksums,
} from './checksums.ts'
import { checkWriteConditions, unquote } from './conditions.ts'
import type { Content } from './content.ts'
import type { Bucket } from './bucket.ts'
import { describeObject, MAX_PART_BYTES, optionalChecksum, versionHeader } from './object-handlers.ts'
import {
  S3Error,
  type ChecksumName,
  type Quirks,
  type Reply,
  type S3Request,
  type StoredChecksum,
  type Upload,
  type UploadedPart,
} from './types.ts'
import { childrenOf, parseXml, tag, textOf, wrap, xmlDocument } from './xml.ts'

/** Smallest part but the last; ranges are copied only from objects above this. */
export const MIN_PART_BYTES = 5 * 1024 ** 2
const MAX_PARTS = 10_000

interface ClaimedPart {
  readonly number: number
  readonly etag: string
  readonly checksum: string | undefined
}

/** CreateMultipartUpload. CRC64NVME is always full object, SHA ones always composite, the other CRCs composite unless asked. */
export function createUpload(bucket: Bucket, request: S3Request, quirks: Quirks): Reply {
  const asked = request.headers['x-amz-checksum-algorithm']
  const algorithm = asked === undefined || quirks.noChecksums === true ? undefined : toChecksumName(asked)
  const upload: Upload = {
    id: bucket.nextId('upload-'),
    key: request.key,
    initiatedMs: Date.now(),
    ...describeObject(request),
    ...(algorithm === undefined ? {} : { algorithm }),
    type: checksumType(algorithm, request.headers['x-amz-checksum-type'], quirks),
    parts: new Map(),
  }
  bucket.uploads.set(upload.id, upload)
  const body = tag('Bucket', bucket.name) + tag('Key', request.key) + tag('UploadId', upload.id)
  const headers: Record<string, string> =
    algorithm === undefined ? {} : { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': upload.type }
  return { status: 200, headers, body: xmlDocument('InitiateMultipartUploadResult', body) }
}

/** UploadPart. */
export function uploadPart(bucket: Bucket, request: S3Request, quirks: Quirks): Reply {
  const upload = bucket.upload(request.query.get('uploadId')!, request.key)
  const number = partNumber(request)
  if (request.body.length > (quirks.maxPartBytes ?? MAX_PART_BYTES)) throw new S3Error(400, 'EntityTooLarge')
  const claimed = quirks.noChecksums === true ? undefined : claimedChecksum(request)
  if (quirks.noChecksums !== true && quirks.echoChecksums !== true) verifyChecksums(request, [request.body])
  if (upload.algorithm !== undefined && claimed?.algorithm !== upload.algorithm) {
    throw new S3Error(
      400,
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm.toLowerCase()}, actual checksum Type: ${claimed?.algorithm.toLowerCase() ?? 'null'}`,
    )
  }
  const part = storePart(upload, number, bucket.contents.keep(request.body))
  return { status: 200, headers: { etag: part.etag, ...partChecksumHeader(part) } }
}

/** Puts a part in place of an earlier one of that number. Shared with UploadPartCopy. */
export function storePart(upload: Upload, number: number, content: Content, isCopy = false): UploadedPart {
  // Of what has no extent only the length tells it apart.
  const md5 = md5Of(content.isSparse ? [Buffer.from(`sparse ${content.size}`)] : content.pieces())
  const part: UploadedPart = {
    number,
    etag: `"${md5.toString('hex')}"`,
    content,
    md5,
    ...(upload.algorithm === undefined
      ? {}
      : { checksum: { algorithm: upload.algorithm, value: digestOf(upload.algorithm, content) } }),
    lastModifiedMs: Date.now(),
    isCopy,
  }
  upload.parts.set(number, part)
  return part
}

/** CompleteMultipartUpload, with every check Amazon documents. */
export function completeUpload(bucket: Bucket, request: S3Request, quirks: Quirks): Reply {
  const upload = bucket.upload(request.query.get('uploadId')!, request.key)
  const parts = checkParts(upload, claimedParts(request.body), quirks)
  const [first, ...rest] = parts.map((part) => part.content)
  const content = first!.concat(rest)
  const announced = request.headers['x-amz-mp-object-size']
  if (announced !== undefined && Number(announced) !== content.size) {
    throw new S3Error(400, 'InvalidRequest', 'The provided x-amz-mp-object-size does not match the size of the parts.')
  }
  const checksum = checkFullChecksum(upload, request, { parts, content, quirks })
  const conditions = quirks.noMultipartConditions === true ? { ...quirks, noConditions: true } : quirks
  checkWriteConditions(request.headers, bucket.current(request.key), conditions)
  const etag = createHash('md5')
    .update(Buffer.concat(parts.map((part) => part.md5)))
    .digest('hex')
  const version = bucket.add({
    key: upload.key,
    etag: `"${etag}-${parts.length}"`,
    content,
    lastModifiedMs: Date.now(),
    metadata: upload.metadata,
    system: upload.system,
    storageClass: upload.storageClass,
    ...optionalChecksum(checksum),
    parts: parts.length,
    deleteMarker: false,
  })
  bucket.uploads.delete(upload.id)
  const body =
    tag('Location', `/${bucket.name}/${upload.key}`) +
    tag('Bucket', bucket.name) +
    tag('Key', upload.key) +
    tag('ETag', version.etag)
  const checksumXml =
    checksum === undefined
      ? ''
      : tag(`Checksum${checksum.algorithm}`, checksum.value) + tag('ChecksumType', checksum.type)
  return {
    status: 200,
    headers: versionHeader(bucket, version),
    body: xmlDocument('CompleteMultipartUploadResult', body + checksumXml),
  }
}

/** AbortMultipartUpload. */
export function abortUpload(bucket: Bucket, request: S3Request): Reply {
  const upload = bucket.upload(request.query.get('uploadId')!, request.key)
  bucket.uploads.delete(upload.id)
  return { status: 204 }
}

/** ListParts, paged. */
export function listParts(bucket: Bucket, request: S3Request): Reply {
  const upload = bucket.upload(request.query.get('uploadId')!, request.key)
  const marker = Number(request.query.get('part-number-marker') ?? 0)
  const maxParts = Math.min(1000, Number(request.query.get('max-parts') ?? 1000))
  const after = [...upload.parts.values()].sort((a, b) => a.number - b.number).filter((part) => part.number > marker)
  const page = after.slice(0, maxParts)
  const parts = page.map((part) =>
    wrap(
      'Part',
      tag('PartNumber', part.number) +
        tag('LastModified', new Date(part.lastModifiedMs).toISOString()) +
        tag('ETag', part.etag) +
        tag('Size', part.content.size) +
        (part.checksum === undefined ? '' : tag(`Checksum${part.checksum.algorithm}`, part.checksum.value)),
    ),
  )
  const truncated = after.length > page.length
  const head =
    tag('Bucket', bucket.name) +
    tag('Key', upload.key) +
    tag('UploadId', upload.id) +
    tag('PartNumberMarker', marker) +
    (truncated ? tag('NextPartNumberMarker', page.at(-1)!.number) : '') +
    tag('MaxParts', maxParts) +
    tag('IsTruncated', truncated)
  return { status: 200, body: xmlDocument('ListPartsResult', head + parts.join('')) }
}

export function partNumber(request: S3Request): number {
  const number = Number(request.query.get('partNumber'))
  if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS) {
    throw new S3Error(400, 'InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive')
  }
  return number
}

export function partChecksumHeader(part: UploadedPart): Record<string, string> {
  return part.checksum === undefined ? {} : { [checksumHeader(part.checksum.algorithm)]: part.checksum.value }
}

function checksumType(algorithm: ChecksumName | undefined, asked: string | undefined, quirks: Quirks): Upload['type'] {
  const isSha = algorithm === 'SHA1' || algorithm === 'SHA256'
  if (asked === 'FULL_OBJECT' && (isSha || algorithm === undefined) && quirks.noChecksums !== true) {
    throw new S3Error(
      400,
      'InvalidRequest',
      'The FULL_OBJECT checksum type cannot be used with this checksum algorithm.',
    )
  }
  if (asked === 'COMPOSITE' && algorithm === 'CRC64NVME') {
    throw new S3Error(
      400,
      'InvalidRequest',
      'The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.',
    )
  }
  if (quirks.noFullObject === true) return 'COMPOSITE'
  return algorithm === undefined || algorithm === 'CRC64NVME' || asked === 'FULL_OBJECT' ? 'FULL_OBJECT' : 'COMPOSITE'
}

function claimedParts(body: Buffer): readonly ClaimedPart[] {
  let parts: readonly ClaimedPart[]
  try {
    const root = parseXml(body.toString())
    parts = childrenOf(root, 'Part').map((part) => ({
      number: Number(textOf(part, 'PartNumber')),
      etag: textOf(part, 'ETag') ?? '',
      checksum: part.children.find((child) => child.name.startsWith('Checksum'))?.text,
    }))
  } catch {
    throw new S3Error(400, 'MalformedXML', 'The XML you provided was not well-formed.')
  }
  if (parts.length === 0) throw new S3Error(400, 'MalformedXML', 'You must specify at least one part')
  return parts
}

function checkParts(upload: Upload, claimed: readonly ClaimedPart[], quirks: Quirks): readonly UploadedPart[] {
  const minBytes = quirks.minPartBytes ?? MIN_PART_BYTES
  if (claimed.some((claim, index) => index > 0 && claim.number <= claimed[index - 1]!.number)) {
    throw new S3Error(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.')
  }
  return claimed.map((claim, index) => {
    if (upload.algorithm !== undefined && claim.number !== index + 1) {
      throw new S3Error(500, 'InternalError', 'Parts must be numbered consecutively from 1 when checksums are used.')
    }
    const part = upload.parts.get(claim.number)
    const wrongChecksum = claim.checksum !== undefined && claim.checksum !== part?.checksum?.value
    if (
      part === undefined ||
      unquote(claim.etag) !== unquote(part.etag) ||
      (wrongChecksum && quirks.noChecksums !== true)
    ) {
      throw new S3Error(400, 'InvalidPart', 'One or more of the specified parts could not be found.')
    }
    if (upload.algorithm !== undefined && upload.type === 'COMPOSITE' && claim.checksum === undefined) {
      throw new S3Error(
        400,
        'InvalidRequest',
        'The upload was created using a checksum. The complete request must include the checksum for each part.',
      )
    }
    if (index < claimed.length - 1 && part.content.size < minBytes) {
      throw new S3Error(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size')
    }
    return part
  })
}

function checkFullChecksum(
  upload: Upload,
  request: S3Request,
  { parts, content, quirks }: { parts: readonly UploadedPart[]; content: Content; quirks: Quirks },
): StoredChecksum | undefined {
  const hasUnknownParts = quirks.noCopyChecksums === true && parts.some((part) => part.isCopy === true)
  if (quirks.noChecksums === true || hasUnknownParts) return undefined
  if (upload.algorithm === undefined) return content.kept ? defaultChecksum(content) : undefined
  const claimed = claimedChecksum({
    ...request,
    headers: { ...request.headers, 'x-amz-sdk-checksum-algorithm': undefined as never },
  })
  if (upload.type === 'COMPOSITE') {
    const value = compositeDigest(
      upload.algorithm,
      parts.map((part) => part.checksum!.value),
    )
    if (claimed !== undefined && claimed.value !== value && quirks.echoChecksums !== true) throw badDigest()
    return { algorithm: upload.algorithm, value, type: 'COMPOSITE' }
  }
  if (quirks.echoChecksums === true) return claimed === undefined ? undefined : { ...claimed, type: 'FULL_OBJECT' }
  const value = content.kept ? digestOf(upload.algorithm, content) : (claimed?.value ?? '')
  if (claimed !== undefined && (claimed.algorithm !== upload.algorithm || claimed.value !== value)) throw badDigest()
  return { algorithm: upload.algorithm, value, type: 'FULL_OBJECT' }
}

function badDigest(): S3Error {
  return new S3Error(400, 'BadDigest', 'The checksum you specified did not match what we calculated for the object.')
}
