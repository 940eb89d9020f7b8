import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { Entry, Precondition, RelPath } from '../../../common/model.ts'
import type { HttpReply } from '../http/http-client.ts'
import type { CallOptions, Metadata } from '../provider.ts'
import { conditionHeaders, type S3Context } from './context.ts'
import { copySource } from './copy-source.ts'
import { finishUpload, type StoredPart } from './multipart-calls.ts'
import { keptHeaders, rewrittenHeaders, storeChecksums, toEntry } from './metadata.ts'
import { assertExpected, headObject, preconditionFailed, shownPath } from './objects.ts'
import { planParts } from './part-plan.ts'
import { damaged } from './put-small.ts'
import { unexpectedReply } from './store-client.ts'
import { beginRemembered, dropSession, forgetSession } from './upload-session.ts'
import { readUploadRecord } from './upload-record.ts'
import { removeObject } from './remove.ts'
import { xmlText } from './xml.ts'
import { failpoint } from '../../../workers/failpoint.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** What `move` and `setMetadata` take. */
export type CopyOptions = CallOptions & { readonly expect: Precondition }

/** Copies at the store, proves the copy, then removes the source. Content never passes this computer. */
export async function moveObject(context: S3Context, from: RelPath, to: RelPath, options: CopyOptions): Promise<Entry> {
  const { signal } = options
  const source = await requireSource(context, from, options)
  const copy: Copy = {
    from,
    to,
    source,
    target: { kind: 'absent' },
    headers: keptHeaders(source.headers),
    replace: false,
    signal,
  }
  const made = await runCopy(context, copy)
  assertEqualCopy(context, copy, made)
  try {
    await removeObject(context, from, { signal, expect: expectOf(source) })
  } catch (error) {
    // The source became something else meanwhile: it stays, and what was copied of it goes.
    if (isTidekeepError(error) && error.code === 'precondition-failed') {
      await removeObject(context, to, { signal, expect: expectOf(made) })
    }
    throw error
  }
  return toEntry(to, made.headers)
}

/** Copies an object onto itself with other attributes; everything else about it stays. */
export async function setObjectMetadata(
  context: S3Context,
  path: RelPath,
  metadata: Metadata,
  options: CopyOptions,
): Promise<Entry> {
  const source = await requireSource(context, path, options)
  const copy: Copy = {
    from: path,
    to: path,
    source,
    target: expectOf(source),
    headers: rewrittenHeaders(source.headers, metadata),
    replace: true,
    signal: options.signal,
  }
  const made = await runCopy(context, copy)
  assertEqualCopy(context, copy, made)
  return toEntry(path, made.headers)
}

/** A copy to a place where nothing is. */
export interface FreshCopy {
  readonly from: RelPath
  readonly to: RelPath
  /** HEAD of what is copied; the copy is pinned to its ETag. */
  readonly source: HttpReply
  readonly fromVersion?: string
  /** Storage class of the copy; the store's usual one where left out. */
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Copies at the store and proves the copy. Throws `precondition-failed` where something is in its place. */
export async function copyObject(context: S3Context, copy: FreshCopy): Promise<Entry> {
  const { 'x-amz-storage-class': _class, ...kept } = keptHeaders(copy.source.headers)
  // An older version of the same key: stores refuse to copy an object onto itself unless something is said anew.
  const replace = copy.fromVersion !== undefined
  const work: Copy = { ...copy, target: { kind: 'absent' }, headers: { ...kept, ...copy.headers }, replace }
  const made = await runCopy(context, work)
  assertEqualCopy(context, work, made)
  return toEntry(copy.to, made.headers)
}

/**
 * The same in one request, for objects of known size: pinned by ETag at the source, and by absence at
 * the place of the copy. Only where the store honours both.
 */
export async function copyOnce(
  context: S3Context,
  { from, to, etag, signal }: { from: RelPath; to: RelPath; etag: string; signal: AbortSignal },
): Promise<void> {
  const reply = await context.client.send({
    method: 'PUT',
    key: context.keyOf(to),
    headers: {
      'x-amz-copy-source': copySource(context.client.bucket, context.keyOf(from)),
      'x-amz-copy-source-if-match': etag,
      'if-none-match': '*',
    },
    signal,
  })
  if (xmlText(reply.body.toString(), 'ETag') === undefined)
    throw unexpectedReply(shownPath(context, to), 'it copied an object without an ETag')
}

interface Copy {
  readonly from: RelPath
  readonly to: RelPath
  readonly source: HttpReply
  readonly fromVersion?: string
  /** What must hold at the destination. */
  readonly target: Precondition
  readonly headers: Readonly<Record<string, string>>
  readonly replace: boolean
  readonly signal: AbortSignal
}

async function requireSource(context: S3Context, path: RelPath, { expect, signal }: CopyOptions): Promise<HttpReply> {
  const source = await headObject(context, context.keyOf(path), signal)
  if (source === undefined) {
    throw new TidekeepError({
      code: 'not-found',
      message: s3FailureTexts.copy.doesNotExist({ path: shownPath(context, path) }),
      path: shownPath(context, path),
    })
  }
  assertExpected(context, path, { expect, head: source })
  return source
}

function expectOf({ headers }: HttpReply): Precondition {
  const etag = headers['etag']
  return etag === undefined ? { kind: 'any' } : { kind: 'etag', etag }
}

/** Resolves to the HEAD of what the copy made. */
async function runCopy(context: S3Context, copy: Copy): Promise<HttpReply> {
  const { signal, to } = copy
  const abilities = await context.abilities.copies(signal)
  const toKey = context.keyOf(to)
  const fingerprint = `copy ${copy.source.headers['etag']}`
  if (copy.target.kind === 'absent' && !abilities.targetConditions) {
    const head = await headObject(context, toKey, signal)
    const isOwn = head !== undefined && context.ownWrites.has(to, fingerprint) && isEqualCopy(copy.source, head)
    if (isOwn) return head
    assertExpected(context, to, { expect: copy.target, head })
  }
  try {
    const isLarge = Number(copy.source.headers['content-length']) > context.tuning.copyBytes
    await (isLarge ? copyInParts(context, copy) : copyWhole(context, copy, abilities.targetConditions))
  } catch (error) {
    if (!isTidekeepError(error)) throw error
    if (error.ambiguous || error.code === 'cancelled') context.ownWrites.remember(to, fingerprint)
    if (error.code !== 'precondition-failed') throw error
    const head = context.ownWrites.has(to, fingerprint) ? await headObject(context, toKey, signal) : undefined
    if (head === undefined || !isEqualCopy(copy.source, head)) throw preconditionFailed(context, copy.to)
    return head
  }
  context.ownWrites.forget(to, fingerprint)
  const made = await headObject(context, toKey, signal)
  if (made === undefined) throw unexpectedReply(shownPath(context, to), 'a copy it made is not there')
  return made
}

async function copyWhole(context: S3Context, copy: Copy, targetConditions: boolean): Promise<void> {
  const { client } = context
  failpoint('s3.copy.before')
  await client.send({
    method: 'PUT',
    key: context.keyOf(copy.to),
    headers: {
      ...sourceHeaders(context, copy),
      ...(copy.replace ? { 'x-amz-metadata-directive': 'REPLACE', ...copy.headers } : storageClassOf(copy.headers)),
      // A self-copy is guarded by the condition on its source.
      ...(isOntoItself(copy) ? {} : conditionHeaders(copy.target, targetConditions)),
    },
    signal: copy.signal,
  })
  failpoint('s3.copy.after')
}

function isOntoItself({ from, to, fromVersion }: Copy): boolean {
  return from === to && fromVersion === undefined
}

/** For objects above what one copy takes: UploadPartCopy of ranges. Attributes are sent again, as there is no COPY for them. */
async function copyInParts(context: S3Context, copy: Copy): Promise<void> {
  const { client, tuning } = context
  const { signal } = copy
  const key = context.keyOf(copy.to)
  const sizeBytes = Number(copy.source.headers['content-length'])
  const { checksum, conditions } = await context.abilities.multipart(signal)
  const { partBytes } = planParts(sizeBytes, tuning.copyBytes)
  // A content that was on its way to this name is out of date by now.
  const earlier = readUploadRecord(context, copy.to)?.upload
  if (earlier !== undefined) await dropSession(context, copy.to, earlier.uploadId)
  const uploadId = await beginRemembered(context, copy.to, {
    headers: { ...copy.headers, ...algorithmHeaders(copy.source, checksum) },
    identity: undefined,
    signal,
  })
  try {
    const parts: StoredPart[] = []
    for (let start = 0; start < sizeBytes; start += partBytes) {
      const last = Math.min(sizeBytes, start + partBytes) - 1
      const number = parts.length + 1
      const reply = await client.send({
        method: 'PUT',
        key,
        query: { partNumber: String(number), uploadId },
        headers: { ...sourceHeaders(context, copy), 'x-amz-copy-source-range': `bytes=${start}-${last}` },
        signal,
      })
      const etag = xmlText(reply.body.toString(), 'ETag')
      if (etag === undefined) throw unexpectedReply(shownPath(context, copy.to), 'it copied a part without an ETag')
      parts.push({ number, etag, crc: undefined })
    }
    const headers = { 'x-amz-mp-object-size': String(sizeBytes), ...conditionHeaders(copy.target, conditions) }
    await finishUpload(client, { key, uploadId, signal }, { parts, headers })
  } catch (error) {
    await dropSession(context, copy.to, uploadId)
    throw error
  }
  forgetSession(context, copy.to)
}

/** Keeps a full-object checksum comparable: the copy is made with the algorithm of the source. */
function algorithmHeaders(source: HttpReply, checksum: 'full' | 'composite' | 'none'): Record<string, string> {
  const algorithm = storeChecksums(source.headers)[0]?.algorithm
  if (checksum !== 'full' || (algorithm !== 'crc32' && algorithm !== 'crc64nvme')) return {}
  return { 'x-amz-checksum-algorithm': algorithm.toUpperCase(), 'x-amz-checksum-type': 'FULL_OBJECT' }
}

function sourceHeaders(context: S3Context, copy: Copy): Record<string, string> {
  const etag = copy.source.headers['etag']
  return {
    'x-amz-copy-source': copySource(context.client.bucket, context.keyOf(copy.from), copy.fromVersion),
    ...(etag === undefined ? {} : { 'x-amz-copy-source-if-match': etag }),
  }
}

/** A copy would otherwise land in STANDARD. */
function storageClassOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const storageClass = headers['x-amz-storage-class']
  return storageClass === undefined ? {} : { 'x-amz-storage-class': storageClass }
}

function assertEqualCopy(context: S3Context, copy: Copy, made: HttpReply): void {
  if (!isEqualCopy(copy.source, made)) throw damaged(context, copy.to)
}

/** Same size, and the same digest wherever both ends show one of the same kind. */
export function isEqualCopy(source: HttpReply, made: HttpReply): boolean {
  if (made.headers['content-length'] !== source.headers['content-length']) return false
  const digests = storeChecksums(made.headers)
  return storeChecksums(source.headers).every(({ algorithm, value }) => {
    const other = digests.find((digest) => digest.algorithm === algorithm)
    return other === undefined || other.value === value
  })
}
