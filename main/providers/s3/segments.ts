import { isTidekeepError, TidekeepError, type ErrorCode } from '../../../common/errors.ts'
import type { HttpBody } from '../http/http-client.ts'
import type { S3Context } from './context.ts'
import { crc32Base64 } from './crc32.ts'
import type { Delivery } from './deliver-part.ts'
import { StoreError } from './errors.ts'
import { abortFully, removeVersion } from './leftover-calls.ts'
import { listUploads, listVersions } from './listings.ts'
import { beginUpload, finishUpload, sendPart, type StoredPart, type UploadRef } from './multipart-calls.ts'
import { rememberRefusal } from './object-lock.ts'
import { headObject } from './objects.ts'
import { attempt, copyHeld, copyProved } from './part-attempts.ts'
import { keptFrom, type PlannedSegment } from './part-plan.ts'
import { readAgain, type ReadPart } from './part-reader.ts'
import { segmentArea, segmentDirectory, segmentKey } from './segment-keys.ts'
import { unexpectedReply } from './store-client.ts'
import { checksumHeaders } from './upload-session.ts'
import { xmlText } from './xml.ts'
import { failpoint } from '../../../workers/failpoint.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** What a copy of a temporary object says when it is not there, or another one. */
const GONE = new Set(['NoSuchKey', 'NoSuchVersion', 'PreconditionFailed'])

/** A read part that travels as a tail segment. */
export interface ReadSegment extends ReadPart {
  readonly part: PlannedSegment
}

/** A temporary object, pinned. */
interface TemporaryObject {
  readonly etag: string
  /** Absent where the store keeps no versions. */
  readonly versionId?: string
}

/**
 * Brings new content that is too short for a part to the store: as the last part of a temporary
 * object, whose first part is copied from the held object, and which is then copied whole into the
 * upload and removed. Resolves to the etag of the part.
 *
 * The temporary object has no storage class of its own (STANDARD has no least duration to be paid)
 * and is removed by its version, so that a versioned bucket keeps nothing of it. What a crash leaves
 * lies below one key that names the upload: {@link sweepSegments} and `leftovers` find it.
 */
export async function deliverSegment(delivery: Delivery, read: ReadSegment, crc: number): Promise<string> {
  const { context, session, path, signal } = delivery
  const key = segmentKey(context, session.uploadId, read.part.number)
  failpoint('segment.make.before')
  const made = await makeObject(delivery, read, { key, crc })
  failpoint('segment.make.after')
  let refusal: ErrorCode | undefined
  let etag: string
  try {
    const source = { key, ...made }
    etag = await copyProved(context, { ...session, signal }, { number: read.part.number, source, crc, path })
  } catch (error) {
    // Somebody else tidied up: nothing is in conflict, and another attempt makes it anew.
    throw error instanceof StoreError && GONE.has(error.s3Code) ? removedMeanwhile(error) : error
  } finally {
    failpoint('segment.remove.before')
    refusal = await removeQuietly(context, () => removeVersion(context, { key, ...made }))
    failpoint('segment.remove.after')
    if (refusal === 'forbidden') rememberRefusal(context)
  }
  // Each further one would stay as well.
  if (refusal === 'forbidden') throw cannotRemove()
  return etag
}

/**
 * Removes every temporary object and upload of an upload that is over: what lost answers and earlier
 * attempts left. Never throws: what stays costs money, not data, and `leftovers` finds it.
 */
export async function sweepSegments(context: S3Context, uploadId: string): Promise<void> {
  const prefix = `${segmentArea(context)}${segmentDirectory(uploadId)}/`
  // Not the caller's signal: tidying up is due although the caller was cancelled.
  const { signal } = new AbortController()
  await removeQuietly(context, async () => {
    for await (const { key, uploadId: id } of listUploads(context, prefix, signal))
      await abortFully(context, { key, uploadId: id, signal })
    for await (const version of listVersions(context, prefix, { signal })) await removeVersion(context, version)
  })
}

async function makeObject(
  delivery: Delivery,
  read: ReadSegment,
  { key, crc }: { readonly key: string; readonly crc: number },
): Promise<TemporaryObject> {
  const { context, session, path, signal } = delivery
  const { checksum } = session
  const headers = checksumHeaders(checksum)
  const uploadId = await attempt(delivery, () => beginUpload(context.client, { key, headers, signal }))
  const ref: UploadRef = { key, uploadId, signal }
  try {
    const { source } = read.part
    const head = await copyHeld(context, ref, { number: 1, source, crc: read.copiedCrc, path })
    const tail = await attempt(delivery, () => sendTail(delivery, ref, read))
    const kept = (part: number): number | undefined => (checksum === 'none' ? undefined : part)
    const parts: readonly StoredPart[] = [
      { number: 1, etag: head, crc: kept(read.copiedCrc) },
      { number: 2, etag: tail, crc: kept(read.sentCrc) },
    ]
    const { start, end } = read.part.range
    return await finish(delivery, ref, { parts, crc, sizeBytes: end - start })
  } catch (error) {
    await removeQuietly(context, () => abortFully(context, { ...ref, signal: new AbortController().signal }))
    throw error
  }
}

function sendTail({ context, content, session }: Delivery, ref: UploadRef, read: ReadSegment): Promise<string> {
  const { bytes, part, sentCrc, sha256 } = read
  const range = { start: keptFrom(part), end: part.range.end }
  const body: HttpBody =
    bytes === undefined
      ? { kind: 'stream', sizeBytes: range.end - range.start, open: () => readAgain(content, range) }
      : { kind: 'bytes', bytes }
  return sendPart(context.client, ref, {
    number: 2,
    body,
    crc: session.checksum === 'none' ? undefined : sentCrc,
    ...(sha256 === undefined ? {} : { sha256 }),
  })
}

/** Completes a temporary object. An answer that was lost is settled by looking (I4); whose bytes they are, the copy proves. */
async function finish(
  delivery: Delivery,
  ref: UploadRef,
  {
    parts,
    crc,
    sizeBytes,
  }: { readonly parts: readonly StoredPart[]; readonly crc: number; readonly sizeBytes: number },
): Promise<TemporaryObject> {
  const { context, session, signal } = delivery
  const headers = {
    'x-amz-mp-object-size': String(sizeBytes),
    ...(session.checksum === 'full'
      ? { 'x-amz-checksum-crc32': crc32Base64(crc), 'x-amz-checksum-type': 'FULL_OBJECT' }
      : {}),
  }
  let isAmbiguous = false
  return attempt(delivery, async () => {
    try {
      const reply = await finishUpload(context.client, ref, { parts, headers })
      return temporaryObject(ref.key, xmlText(reply.body.toString(), 'ETag'), reply.headers)
    } catch (error) {
      if (!isTidekeepError(error)) throw error
      isAmbiguous ||= error.ambiguous
      const head = isAmbiguous && error.code === 'not-found' ? await headObject(context, ref.key, signal) : undefined
      if (head === undefined) throw error
      return temporaryObject(ref.key, head.headers['etag'], head.headers)
    }
  })
}

function temporaryObject(
  key: string,
  etag: string | undefined,
  headers: Readonly<Record<string, string>>,
): TemporaryObject {
  if (etag === undefined) throw unexpectedReply(key, 'it completed an upload without an ETag')
  const versionId = headers['x-amz-version-id']
  return { etag, ...(versionId === undefined ? {} : { versionId }) }
}

/** Resolves to why it could not be done, if it could not. */
async function removeQuietly(context: S3Context, work: () => Promise<void>): Promise<ErrorCode | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (!isTidekeepError(error)) throw error
    context.host.log.warn('s3.segment_left_behind', { target: context.location, reason: error.code })
    return error.code
  }
}

function cannotRemove(): TidekeepError {
  return new TidekeepError({
    code: 'unsupported',
    message: s3FailureTexts.segments.theStoreDoesNotAllow,
    fix: s3FailureTexts.segments.theStoreDoesNotAllowFix,
  })
}

function removedMeanwhile(cause: TidekeepError): TidekeepError {
  return new TidekeepError({
    code: 'unavailable',
    message: s3FailureTexts.segments.aTemporaryObjectAtThe,
    fix: s3FailureTexts.segments.aTemporaryObjectAtTheFix,
    cause,
  })
}
