import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import type { HttpReply } from '../http/http-client.ts'
import type { Content, PutOptions, PutResult } from '../provider.ts'
import { backoffMs, isWorthWaiting } from './backoff.ts'
import { conditionHeaders, type S3Context } from './context.ts'
import { compositeCrc32, crc32Base64 } from './crc32.ts'
import { StoreError } from './errors.ts'
import { multipartEtag } from './etag.ts'
import { keepEarlier } from './keep.ts'
import { carriesMtime, toEntry, toMetadataHeaders } from './metadata.ts'
import { finishUpload, type StoredPart } from './multipart-calls.ts'
import { assertExpected, headObject, preconditionFailed } from './objects.ts'
import { damaged } from './put-small.ts'
import { readWhole } from './read.ts'
import type { SentParts } from './send-parts.ts'
import type { UploadSession } from './upload-session.ts'
import { xmlText } from './xml.ts'

const COMMIT_ATTEMPTS = 4

/** An upload whose parts are all at the store. */
export interface Commit {
  readonly path: RelPath
  readonly session: UploadSession
  readonly sent: SentParts
  readonly content: Content
  readonly options: PutOptions
}

/** Headers of the object as it is now, wherever they were learnt. */
type ObjectHeaders = Readonly<Record<string, string>>

/**
 * Completes an upload and proves the result (I1). An answer that was lost, an error inside a 200, a
 * `NoSuchUpload` on the second attempt: all are settled by looking at the object (I4).
 */
export async function commitUpload(context: S3Context, commit: Commit): Promise<PutResult> {
  const { path, options } = commit
  const { conditions } = await context.abilities.multipart(options.signal)
  const { expect, keep, signal } = options
  const kept = await keepEarlier(context, { path, expect, keep, signal, why: 'replaced' })
  const work = (): Promise<ObjectHeaders> => complete(context, commit, conditions)
  const headers = conditions ? await work() : await context.turns.take(path, work)
  const proof = await prove(context, commit, headers)
  if (!proof.isEqual) throw damaged(context, path)
  return { ...resultOf(commit, headers, proof.by), ...(kept === undefined ? {} : { kept }) }
}

/**
 * The result, if the object that is there now is what this upload was to make: an earlier attempt
 * got that far and never heard of it (I4).
 */
export async function recogniseUpload(
  context: S3Context,
  commit: Commit,
  head: HttpReply,
): Promise<PutResult | undefined> {
  const proof = await prove(context, commit, head.headers)
  return proof.isEqual ? resultOf(commit, head.headers, proof.by) : undefined
}

function resultOf(
  { path, sent, content, options }: Commit,
  headers: ObjectHeaders,
  verifiedBy: 'checksum' | 'read-back',
): PutResult {
  return {
    entry: toEntry(path, { ...headers, ...toMetadataHeaders(options.metadata, options.contentHash) }, content.size),
    contentHash: sent.blake3,
    verifiedBy,
    bytesSent: sent.bytesSent,
    ...(sent.bytesReused === undefined ? {} : { bytesReused: sent.bytesReused }),
    ...(sent.signature === undefined ? {} : { signature: sent.signature }),
  }
}

async function complete(context: S3Context, commit: Commit, conditions: boolean): Promise<ObjectHeaders> {
  const { path, options } = commit
  let isAmbiguous = false
  for (let attempt = 1; ; attempt++) {
    if (!conditions && options.expect.kind !== 'any') {
      const head = await headObject(context, context.keyOf(path), options.signal)
      if (isAmbiguous && head !== undefined && isOwn(commit, head)) return head.headers
      assertExpected(context, path, { expect: options.expect, head })
    }
    try {
      return completedHeaders(await finishUpload(context.client, ref(commit), await completion(commit, conditions)))
    } catch (error) {
      if (!isTidekeepError(error)) throw error
      isAmbiguous ||= error.ambiguous
      const settled = await settle(context, commit, { error, isAmbiguous })
      if (settled !== undefined) return settled
      if (attempt >= COMMIT_ATTEMPTS || !isWorthWaiting(error.retry)) throw error
      await context.host.clock.sleep(backoffMs(attempt, error.retry, context.host.random), options.signal)
    }
  }
}

/** Headers of the object if it is ours after all; undefined when another attempt makes sense; throws otherwise. */
async function settle(
  context: S3Context,
  commit: Commit,
  { error, isAmbiguous }: { error: TidekeepError; isAmbiguous: boolean },
): Promise<ObjectHeaders | undefined> {
  const { path, options } = commit
  const s3Code = error instanceof StoreError ? error.s3Code : ''
  const isRefusal = error.code === 'precondition-failed' || error.code === 'not-found'
  if (isAmbiguous || s3Code === 'NoSuchUpload') {
    const head = await headObject(context, context.keyOf(path), options.signal)
    if (head !== undefined && isOwn(commit, head)) return head.headers
  }
  if (error.code === 'precondition-failed' || s3Code === 'NoSuchKey') throw preconditionFailed(context, path)
  // A conflict ends the upload: Amazon wants a new one.
  const isOver = s3Code === 'ConditionalRequestConflict' || isRefusal
  if (isOver)
    throw new TidekeepError({ code: 'not-found', message: error.message, path: error.path ?? path, cause: error })
  if (!error.ambiguous && error.code !== 'throttled' && error.code !== 'unavailable') throw error
  return undefined
}

async function completion(
  { sent, session, content, options }: Commit,
  conditions: boolean,
): Promise<{ parts: readonly StoredPart[]; headers: Readonly<Record<string, string>> }> {
  return {
    parts: sent.parts,
    headers: {
      'x-amz-mp-object-size': String(content.size),
      ...(session.checksum === 'full'
        ? { 'x-amz-checksum-crc32': crc32Base64(sent.crc), 'x-amz-checksum-type': 'FULL_OBJECT' }
        : {}),
      ...conditionHeaders(options.expect, conditions),
    },
  }
}

/** The reply's document, in the form HEAD has it. */
function completedHeaders(reply: HttpReply): ObjectHeaders {
  const xml = reply.body.toString()
  const fromXml = {
    etag: xmlText(xml, 'ETag'),
    'x-amz-checksum-crc32': xmlText(xml, 'ChecksumCRC32'),
    'x-amz-checksum-type': xmlText(xml, 'ChecksumType'),
  }
  const known = Object.entries(fromXml).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return { ...reply.headers, ...Object.fromEntries(known) }
}

async function prove(
  context: S3Context,
  commit: Commit,
  headers: ObjectHeaders,
): Promise<{ isEqual: boolean; by: 'checksum' | 'read-back' }> {
  const { path, sent, session, content, options } = commit
  const wanted = checksumOf(session, sent)
  if (wanted !== undefined) {
    const told =
      headers['x-amz-checksum-crc32'] ??
      (await headObject(context, context.keyOf(path), options.signal))?.headers['x-amz-checksum-crc32']
    if (told !== undefined) return { isEqual: told === wanted, by: 'checksum' }
  }
  const found = await readWhole(context, path, { etag: headers['etag'], signal: options.signal })
  return { isEqual: found.blake3 === sent.blake3 && found.sizeBytes === content.size, by: 'read-back' }
}

function checksumOf({ checksum }: Pick<UploadSession, 'checksum'>, sent: SentParts): string | undefined {
  if (checksum === 'none') return undefined
  if (checksum === 'full') return crc32Base64(sent.crc)
  return compositeCrc32(sent.parts.map(({ crc }) => crc ?? 0))
}

/** Recognises an object as the one this upload makes; {@link prove} still has to prove it. */
function isOwn({ sent, session, content, options }: Commit, head: HttpReply): boolean {
  if (Number(head.headers['content-length']) !== content.size || !carriesMtime(head.headers, options.metadata))
    return false
  const told = head.headers['x-amz-checksum-crc32']
  const wanted = checksumOf(session, sent)
  if (told !== undefined && wanted !== undefined) return told === wanted
  const etag = multipartEtag(sent.parts.map((part) => part.etag))
  return etag === undefined || etag === head.headers['etag']
}

function ref({ session, options }: Commit): { key: string; uploadId: string; signal: AbortSignal } {
  return { key: session.key, uploadId: session.uploadId, signal: options.signal }
}
