import { createHash, hash } from 'node:crypto'
import { isTidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import type { Content, PutOptions } from '../provider.ts'
import type { MultipartAbilities } from './abilities.ts'
import { deviceHeaders, storageClassHeaders, type S3Context } from './context.ts'
import { crc32Base64 } from './crc32.ts'
import { unquote } from './etag.ts'
import { formatMtime, toMetadataHeaders, UPLOAD_MARK } from './metadata.ts'
import { abortUpload, beginUpload, listParts, type ListedPart } from './multipart-calls.ts'
import type { PlannedPart } from './part-plan.ts'
import { readUploadRecord, writeUploadRecord, type UploadRecord } from './upload-record.ts'

/** An unfinished upload of one content, new or found again. */
export interface UploadSession {
  readonly key: string
  readonly uploadId: string
  /** What the store holds already, by part number. Empty for a new one. */
  readonly listed: ReadonlyMap<number, ListedPart>
  readonly checksum: MultipartAbilities['checksum']
}

/** What an upload is of. */
export interface SessionRequest {
  readonly path: RelPath
  readonly content: Content
  readonly options: PutOptions
  readonly plan: readonly PlannedPart[]
  readonly checksum: MultipartAbilities['checksum']
}

/** `gone`: there was an upload of this very content, and the store knows it no more; it may be finished. */
export type FoundSession = UploadSession | 'gone' | undefined

/**
 * The unfinished upload of this very content, cut like this, if there is one. An upload of something
 * else under this path is aborted. Only contents that are local files can be recognised.
 */
export async function findSession(context: S3Context, request: SessionRequest): Promise<FoundSession> {
  const { path, options } = request
  const record = readUploadRecord(context, path)
  if (record?.upload === undefined) return undefined
  const { uploadId, isOver, identity } = record.upload
  if (isOver || identity === undefined || identity !== identityOf(context, request)) {
    await dropSession(context, path, uploadId)
    return undefined
  }
  const { key } = record
  const listed = await partsOf(context, { key, uploadId, signal: options.signal })
  return listed === undefined ? 'gone' : { key, uploadId, listed, checksum: request.checksum }
}

/** Begins an upload of content. */
export async function beginSession(context: S3Context, request: SessionRequest): Promise<UploadSession> {
  const { path, options, checksum } = request
  const headers = {
    ...toMetadataHeaders(options.metadata, options.contentHash),
    ...UPLOAD_MARK,
    ...deviceHeaders(context, path),
    ...storageClassHeaders(context.options, path),
    ...checksumHeaders(checksum),
  }
  const identity = identityOf(context, request)
  const uploadId = await beginRemembered(context, path, { headers, identity, signal: options.signal })
  return { key: context.keyOf(path), uploadId, listed: new Map(), checksum }
}

/** How an upload is begun. */
export interface Beginning {
  readonly headers: Readonly<Record<string, string>>
  /** Everything that must be equal for it to be gone on with; undefined: it never is. */
  readonly identity: string | undefined
  readonly signal: AbortSignal
}

/**
 * Begins an upload; resolves to its id. What is about to be made at the store is written down first,
 * so that whatever a crash leaves of it is known to be ours.
 */
export async function beginRemembered(
  context: S3Context,
  path: RelPath,
  { headers, identity, signal }: Beginning,
): Promise<string> {
  const key = context.keyOf(path)
  const startedAtMs = context.host.clock.now()
  const intentsMs = unresolvedIntents(readUploadRecord(context, path))
  writeUploadRecord(context, path, { key, intentsMs: [...intentsMs, startedAtMs] })
  let uploadId: string
  try {
    uploadId = await beginUpload(context.client, { key, headers, signal })
  } catch (error) {
    // Refused for certain: there is nothing at the store to be remembered.
    const isRefusal = isTidekeepError(error) && !error.ambiguous && error.code !== 'cancelled'
    if (isRefusal) writeUploadRecord(context, path, { key, intentsMs })
    throw error
  }
  const upload = { uploadId, startedAtMs, isOver: false, ...(identity === undefined ? {} : { identity }) }
  writeUploadRecord(context, path, { key, intentsMs, upload })
  return uploadId
}

/** Earlier uploads that may still be at the store: those never heard of, and one that could not be aborted. */
function unresolvedIntents(record: UploadRecord | undefined): readonly number[] {
  if (record === undefined) return []
  const { intentsMs, upload } = record
  return upload?.isOver === true ? [...intentsMs, upload.startedAtMs] : intentsMs
}

/** Forgets an upload that is finished or gone. Intents of earlier ones stay. */
export function forgetSession(context: S3Context, path: RelPath): void {
  const record = readUploadRecord(context, path)
  if (record === undefined) context.sessions.remove(context.location, path)
  else writeUploadRecord(context, path, { key: record.key, intentsMs: record.intentsMs })
}

/** Removes an upload's parts from the store, then forgets it. Never throws: the upload costs money, not data. */
export async function dropSession(context: S3Context, path: RelPath, uploadId: string): Promise<void> {
  const record: UploadRecord = readUploadRecord(context, path) ?? {
    version: 2,
    key: context.keyOf(path),
    intentsMs: [],
  }
  const { key, intentsMs } = record
  const startedAtMs = record.upload?.startedAtMs ?? 0
  writeUploadRecord(context, path, { key, intentsMs, upload: { uploadId, startedAtMs, isOver: true } })
  try {
    // Not the caller's signal: tidying up is due although the caller was cancelled.
    await abortUpload(context.client, { key, uploadId, signal: new AbortController().signal })
  } catch (error) {
    if (!isTidekeepError(error)) throw error
    if (error.code !== 'not-found')
      return context.host.log.warn('s3.upload_left_behind', { target: context.location, reason: error.code })
  }
  writeUploadRecord(context, path, { key, intentsMs })
}

/** True when a listed part is what the local bytes would be: by CRC32, or by MD5 where the ETag is one. */
export function isSamePart(
  listed: ListedPart | undefined,
  { sizeBytes, crc, bytes }: { sizeBytes: number; crc: number; bytes: Uint8Array | undefined },
): listed is ListedPart {
  if (listed?.sizeBytes !== sizeBytes) return false
  if (listed.crcBase64 !== undefined) return listed.crcBase64 === crc32Base64(crc)
  return bytes !== undefined && unquote(listed.etag) === createHash('md5').update(bytes).digest('hex')
}

/** What an upload is begun with, so that the store computes CRC32s of the kind it knows. */
export function checksumHeaders(checksum: MultipartAbilities['checksum']): Record<string, string> {
  if (checksum === 'none') return {}
  return {
    'x-amz-checksum-algorithm': 'CRC32',
    ...(checksum === 'full' ? { 'x-amz-checksum-type': 'FULL_OBJECT' } : {}),
  }
}

function identityOf(context: S3Context, { content, options, plan, checksum }: SessionRequest): string | undefined {
  const { file } = content
  if (file === undefined) return undefined
  const { address } = context.client
  return JSON.stringify({
    origin: `${address.origin}${address.basePath}`,
    sizeBytes: file.size,
    // Names the objects that parts are copied from, with their etags and versions.
    plan: hash('sha256', JSON.stringify(plan)),
    checksum,
    source: [file.inode, file.mtimeNs, file.ctimeNs].join(' '),
    attributes: [
      formatMtime(options.metadata.mtimeNs),
      options.metadata.mode,
      options.contentHash,
      context.options.storageClass,
    ].join(' '),
  })
}

async function partsOf(
  context: S3Context,
  ref: { key: string; uploadId: string; signal: AbortSignal },
): Promise<ReadonlyMap<number, ListedPart> | undefined> {
  try {
    return await listParts(context.client, ref)
  } catch (error) {
    if (isTidekeepError(error) && error.code === 'not-found') return undefined
    throw error
  }
}
