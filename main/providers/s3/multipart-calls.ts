import { hash } from 'node:crypto'
import type { HttpBody, HttpReply } from '../http/http-client.ts'
import { copySource } from './copy-source.ts'
import { crc32Base64 } from './crc32.ts'
import type { CopiedRange } from './part-plan.ts'
import { unexpectedReply, type StoreClient } from './store-client.ts'
import { encodeXml, xmlElements, xmlText } from './xml.ts'
import { failpoint } from '../../../workers/failpoint.ts'

/** A part the store has confirmed. */
export interface StoredPart {
  readonly number: number
  readonly etag: string
  /** CRC32; undefined where the upload has no checksums. */
  readonly crc: number | undefined
}

/** A part as ListParts shows it. */
export interface ListedPart {
  readonly number: number
  readonly etag: string
  readonly sizeBytes: number
  readonly crcBase64: string | undefined
  /** By the store's clock, milliseconds since the epoch; NaN where it does not say. */
  readonly writtenAtMs: number
}

/** S3 numbers parts from 1 to this. */
const MAX_PARTS = 10_000

/** One multipart upload at the store. */
export interface UploadRef {
  readonly key: string
  readonly uploadId: string
  readonly signal: AbortSignal
}

/** CreateMultipartUpload; resolves to the upload id. */
export async function beginUpload(
  client: StoreClient,
  { key, headers, signal }: { key: string; headers: Readonly<Record<string, string>>; signal: AbortSignal },
): Promise<string> {
  failpoint('s3.begin-upload.before')
  const reply = await client.send({ method: 'POST', key, query: { uploads: '' }, headers, signal })
  failpoint('s3.begin-upload.after')
  const uploadId = xmlText(reply.body.toString(), 'UploadId')
  if (uploadId === undefined || uploadId === '') throw unexpectedReply(key, 'it began an upload without naming it')
  return uploadId
}

/** What goes out as one part. */
export interface PartBody {
  readonly body: HttpBody
  /** CRC32; undefined where the upload has no checksums. */
  readonly crc: number | undefined
  /** SHA-256, hex, where it is known already. */
  readonly sha256?: string
}

/** UploadPart; resolves to the part's etag. */
export async function sendPart(
  client: StoreClient,
  ref: UploadRef,
  part: PartBody & { readonly number: number; readonly onSent?: (bytes: number) => void },
): Promise<string> {
  failpoint('s3.part.before')
  const reply = await client.send({
    method: 'PUT',
    key: ref.key,
    query: { partNumber: String(part.number), uploadId: ref.uploadId },
    headers:
      part.crc === undefined
        ? {}
        : { 'x-amz-sdk-checksum-algorithm': 'CRC32', 'x-amz-checksum-crc32': crc32Base64(part.crc) },
    body: part.body,
    signal: ref.signal,
    ...(part.sha256 === undefined ? {} : { payloadHash: part.sha256 }),
    ...(part.onSent === undefined ? {} : { onSent: part.onSent }),
  })
  failpoint('s3.part.after')
  const etag = reply.headers['etag']
  if (etag === undefined) throw unexpectedReply(ref.key, 'it stored a part without an ETag')
  return etag
}

/** A part the store made of what it holds. */
export interface CopiedPart {
  readonly etag: string
  /** What the store computed over the copied bytes, where it shows it. */
  readonly crcBase64: string | undefined
}

/** UploadPartCopy. Throws `precondition-failed` when the source is no longer what was meant, `not-found` when it is gone. */
export async function copyPart(
  client: StoreClient,
  ref: UploadRef,
  { number, source }: { number: number; source: CopiedRange },
): Promise<CopiedPart> {
  const { range } = source
  failpoint('s3.copy-part.before')
  const reply = await client.send({
    method: 'PUT',
    key: ref.key,
    query: { partNumber: String(number), uploadId: ref.uploadId },
    headers: {
      'x-amz-copy-source': copySource(client.bucket, source.key, source.versionId),
      'x-amz-copy-source-if-match': source.etag,
      ...(range === undefined ? {} : { 'x-amz-copy-source-range': `bytes=${range.start}-${range.end - 1}` }),
    },
    signal: ref.signal,
  })
  failpoint('s3.copy-part.after')
  const xml = reply.body.toString()
  const etag = xmlText(xml, 'ETag')
  if (etag === undefined) throw unexpectedReply(ref.key, 'it copied a part without an ETag')
  return { etag, crcBase64: xmlText(xml, 'ChecksumCRC32') }
}

/** CompleteMultipartUpload. */
export async function finishUpload(
  client: StoreClient,
  ref: UploadRef,
  { parts, headers }: { parts: readonly StoredPart[]; headers: Readonly<Record<string, string>> },
): Promise<HttpReply> {
  const body = Buffer.from(completeBody(parts))
  failpoint('s3.complete-upload.before')
  const reply = await client.send({
    method: 'POST',
    key: ref.key,
    query: { uploadId: ref.uploadId },
    headers: { 'content-type': 'application/xml', ...headers },
    body: { kind: 'bytes', bytes: body },
    payloadHash: hash('sha256', body),
    signal: ref.signal,
  })
  failpoint('s3.complete-upload.after')
  return reply
}

/** AbortMultipartUpload. Throws `not-found` when it is gone already. */
export async function abortUpload(client: StoreClient, ref: UploadRef): Promise<void> {
  failpoint('s3.abort-upload.before')
  await client.send({ method: 'DELETE', key: ref.key, query: { uploadId: ref.uploadId }, signal: ref.signal })
  failpoint('s3.abort-upload.after')
}

/** Every part the store holds of an upload, by number. Throws `not-found` when the upload is gone. */
export async function listParts(client: StoreClient, ref: UploadRef): Promise<Map<number, ListedPart>> {
  const parts = new Map<number, ListedPart>()
  let marker = 0
  for (;;) {
    const query = {
      uploadId: ref.uploadId,
      'max-parts': '1000',
      ...(marker === 0 ? {} : { 'part-number-marker': String(marker) }),
    }
    const reply = await client.send({ method: 'GET', key: ref.key, query, signal: ref.signal })
    const xml = reply.body.toString()
    for (const element of xmlElements(xml, 'Part')) {
      const number = Number(xmlText(element, 'PartNumber'))
      const crcBase64 = xmlText(element, 'ChecksumCRC32')
      parts.set(number, {
        number,
        etag: xmlText(element, 'ETag') ?? '',
        sizeBytes: Number(xmlText(element, 'Size')),
        crcBase64,
        writtenAtMs: Date.parse(xmlText(element, 'LastModified') ?? ''),
      })
    }
    if (xmlText(xml, 'IsTruncated') !== 'true') return parts
    const next = Number(xmlText(xml, 'NextPartNumberMarker'))
    if (!(next > marker && next <= MAX_PARTS)) throw unexpectedReply(ref.key, 'its list of parts goes in circles')
    marker = next
  }
}

/** The document that completes an upload. Parts in ascending order. */
export function completeBody(parts: readonly StoredPart[]): string {
  const rows = parts.map(({ number, etag, crc }) => {
    const checksum = crc === undefined ? '' : `<ChecksumCRC32>${crc32Base64(crc)}</ChecksumCRC32>`
    return `<Part><PartNumber>${number}</PartNumber><ETag>${encodeXml(etag)}</ETag>${checksum}</Part>`
  })
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rows.join('')}</CompleteMultipartUpload>`
}
