import { createHash } from 'node:crypto'
import { isTidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import type { Content, PutOptions } from '../provider.ts'
import type { MultipartAbilities } from './abilities.ts'
import { storageClassHeaders, type S3Context } from './context.ts'
import { crc32Base64 } from './crc32.ts'
import { unquote } from './etag.ts'
import { formatMtime, toMetadataHeaders } from './metadata.ts'
import { abortUpload, beginUpload, listParts, type ListedPart } from './multipart-calls.ts'

/** An unfinished upload of one content, new or found again. */
export interface UploadSession {
  readonly key: string
  readonly uploadId: string
  /** What the store holds already, by part number. Empty for a new one. */
  readonly listed: ReadonlyMap<number, ListedPart>
  readonly checksum: MultipartAbilities['checksum']
}

/** What must be equal for an unfinished upload to be gone on with. */
interface SessionRecord {
  readonly version: 1
  readonly origin: string
  readonly key: string
  readonly uploadId: string
  readonly sizeBytes: number
  readonly partBytes: number
  readonly checksum: string
  readonly source: string
  readonly attributes: string
}

export interface SessionRequest {
  readonly path: RelPath
  readonly content: Content
  readonly options: PutOptions
  readonly partBytes: number
  readonly checksum: MultipartAbilities['checksum']
}

/**
 * Goes on with the upload of this very content if there is one, else begins one. An upload of
 * something else under this path is aborted. Only contents that are local files can be recognised.
 */
export async function openSession(context: S3Context, request: SessionRequest): Promise<UploadSession> {
  const { path, options } = request
  const { signal } = options
  const key = context.keyOf(path)
  const found = readRecord(context, path)
  if (found !== undefined) {
    const wanted = describe(context, request, found.uploadId)
    const listed = wanted !== undefined && isEqual(found, wanted) ? await partsOf(context, found, signal) : undefined
    if (listed !== undefined) return { key, uploadId: found.uploadId, listed, checksum: request.checksum }
    await dropSession(context, path, found)
  }
  const headers = {
    ...toMetadataHeaders(options.metadata, options.contentHash),
    ...storageClassHeaders(context.options),
    ...checksumHeaders(request.checksum),
  }
  const uploadId = await beginUpload(context.client, { key, headers, signal })
  const record = describe(context, request, uploadId)
  if (record !== undefined) context.sessions.put(context.location, path, uploadId, JSON.stringify(record))
  return { key, uploadId, listed: new Map(), checksum: request.checksum }
}

/** Forgets an upload and removes its parts from the store. Never throws: the upload costs money, not data. */
export async function dropSession(
  context: S3Context,
  path: RelPath,
  ref: { key: string; uploadId: string },
): Promise<void> {
  context.sessions.remove(context.location, path)
  try {
    // Not the caller's signal: tidying up is due although the caller was cancelled.
    await abortUpload(context.client, { ...ref, signal: new AbortController().signal })
  } catch (error) {
    if (!isTidekeepError(error)) throw error
    if (error.code !== 'not-found')
      context.host.log.warn('s3.upload_left_behind', { target: context.location, reason: error.code })
  }
}

/** True when a listed part is what the local bytes would be: by CRC32, or by MD5 where the ETag is one. */
export function isSamePart(listed: ListedPart | undefined, bytes: Uint8Array, crc: number): boolean {
  if (listed?.sizeBytes !== bytes.length) return false
  if (listed.crcBase64 !== undefined) return listed.crcBase64 === crc32Base64(crc)
  return unquote(listed.etag) === createHash('md5').update(bytes).digest('hex')
}

function checksumHeaders(checksum: MultipartAbilities['checksum']): Record<string, string> {
  if (checksum === 'none') return {}
  return {
    'x-amz-checksum-algorithm': 'CRC32',
    ...(checksum === 'full' ? { 'x-amz-checksum-type': 'FULL_OBJECT' } : {}),
  }
}

function describe(context: S3Context, request: SessionRequest, uploadId: string): SessionRecord | undefined {
  const { file } = request.content
  if (file === undefined) return undefined
  const { metadata, contentHash } = request.options
  return {
    version: 1,
    origin: `${context.client.address.origin}${context.client.address.basePath}`,
    key: context.keyOf(request.path),
    uploadId,
    sizeBytes: file.size,
    partBytes: request.partBytes,
    checksum: request.checksum,
    source: [file.inode, file.mtimeNs, file.ctimeNs].join(' '),
    attributes: [formatMtime(metadata.mtimeNs), metadata.mode, contentHash, context.options.storageClass].join(' '),
  }
}

function isEqual(a: SessionRecord, b: SessionRecord): boolean {
  return (Object.keys(b) as (keyof SessionRecord)[]).every((name) => a[name] === b[name])
}

function readRecord(context: S3Context, path: RelPath): SessionRecord | undefined {
  const body = context.sessions.get(context.location, path)
  if (body === undefined) return undefined
  try {
    const record = JSON.parse(body) as Partial<SessionRecord>
    const isOurs = typeof record.uploadId === 'string' && record.key === context.keyOf(path)
    return isOurs ? (record as SessionRecord) : undefined
  } catch {
    return undefined
  }
}

async function partsOf(
  context: S3Context,
  ref: SessionRecord,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, ListedPart> | undefined> {
  try {
    return await listParts(context.client, { key: ref.key, uploadId: ref.uploadId, signal })
  } catch (error) {
    if (isTidekeepError(error) && error.code === 'not-found') return undefined
    throw error
  }
}
