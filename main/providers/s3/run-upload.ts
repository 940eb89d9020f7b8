import { isTidekeepError, TidekeepError, type ErrorCode } from '../../../common/errors.ts'
import type { PutResult } from '../provider.ts'
import type { MultipartAbilities } from './abilities.ts'
import { commitUpload, recogniseUpload } from './commit-upload.ts'
import type { S3Context } from './context.ts'
import { carriesMtime } from './metadata.ts'
import { assertExpected, headObject } from './objects.ts'
import { sourceChanged } from '../http/content-source.ts'
import { sweepSegments } from './segments.ts'
import { digestParts, sendParts, type Sending } from './send-parts.ts'
import { beginSession, dropSession, findSession, forgetSession, type UploadSession } from './upload-session.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** After these an unfinished upload is kept, to be gone on with. */
const RESUMABLE = new Set<ErrorCode>([
  'unavailable',
  'timeout',
  'throttled',
  'cancelled',
  'unauthenticated',
  'locked',
  'in-use',
])

/**
 * Carries an upload out, from wherever an earlier attempt got to, and proves the result. After a
 * failure that time heals it stays at the store, to be gone on with; after any other it is aborted.
 */
export async function runUpload(context: S3Context, upload: Sending): Promise<PutResult> {
  const { path, options } = upload
  const { signal, expect } = options
  const { checksum } = await context.abilities.multipart(signal)
  const request = { ...upload, checksum }
  const found = await findSession(context, request)
  const finished = found === 'gone' ? await recogniseFinished(context, upload, checksum) : undefined
  if (finished !== undefined) return finished
  const writes = await context.abilities.writes(signal)
  if (!writes.conditions && expect.kind !== 'any') {
    assertExpected(context, path, { expect, head: await headObject(context, context.keyOf(path), signal) })
  }
  const session = found === undefined || found === 'gone' ? await beginSession(context, request) : found
  try {
    const sent = await sendParts(context, session, upload)
    if (options.contentHash !== undefined && options.contentHash !== sent.blake3) throw sourceChanged()
    const result = await commitUpload(context, { ...upload, session, sent })
    forgetSession(context, path)
    if (hasSegments(upload)) await sweepSegments(context, session.uploadId)
    return result
  } catch (error) {
    throw await settleFailure(context, upload, { session, error })
  }
}

function hasSegments({ plan }: Sending): boolean {
  return plan.some(({ kind }) => kind === 'segment')
}

/**
 * An upload the store no longer knows may have been finished by an attempt that never heard of it,
 * or was killed before it could say so. Then the object is our own write, not a conflict (I4).
 */
async function recogniseFinished(
  context: S3Context,
  upload: Sending,
  checksum: MultipartAbilities['checksum'],
): Promise<PutResult | undefined> {
  const { path, content, options } = upload
  const key = context.keyOf(path)
  const head = await headObject(context, key, options.signal)
  const isLikely =
    head !== undefined &&
    Number(head.headers['content-length']) === content.size &&
    carriesMtime(head.headers, options.metadata)
  if (!isLikely) return undefined
  const sent = await digestParts(context, upload)
  const session = { key, uploadId: '', listed: new Map(), checksum }
  const result = await recogniseUpload(context, { ...upload, session, sent }, head)
  if (result !== undefined) forgetSession(context, path)
  return result
}

async function settleFailure(
  context: S3Context,
  upload: Sending,
  { session, error }: { session: UploadSession; error: unknown },
): Promise<unknown> {
  const { path, content } = upload
  const isAbort = error instanceof Error && error.name === 'AbortError'
  const known = isTidekeepError(error) ? error : undefined
  const code = isAbort ? 'cancelled' : known?.code
  const hasFile = content.file !== undefined
  const survives = hasFile && code !== undefined && RESUMABLE.has(code) && (context.isResumable || code !== 'cancelled')
  if (!survives) {
    await dropSession(context, path, session.uploadId)
    if (hasSegments(upload)) await sweepSegments(context, session.uploadId)
  }
  // A lost upload is no lost file: the next attempt begins a new one.
  if (known?.code === 'not-found') {
    return new TidekeepError({ code: 'unavailable', message: known.message, path: known.path ?? path, cause: known })
  }
  return isAbort
    ? new TidekeepError({ code: 'cancelled', message: s3FailureTexts.runUpload.cancelled, cause: error })
    : error
}
