import { isTidekeepError, TidekeepError, type ErrorCode } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { backoffMs, isWorthWaiting } from './backoff.ts'
import type { S3Context } from './context.ts'
import { crc32Base64 } from './crc32.ts'
import { StoreError } from './errors.ts'
import { copyPart, type UploadRef } from './multipart-calls.ts'
import { preconditionFailed, shownPath } from './objects.ts'
import type { CopiedRange } from './part-plan.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

const PART_ATTEMPTS = 4
const WORTH_ANOTHER_TRY = new Set<ErrorCode>(['unavailable', 'timeout', 'throttled', 'corrupt'])

/** Tries one request of an upload again where trouble passes; waits in between. Throws the last failure. */
export async function attempt<T>(
  { context, signal }: { readonly context: S3Context; readonly signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await work()
    } catch (error) {
      if (!isTidekeepError(error) || !WORTH_ANOTHER_TRY.has(error.code) || number >= PART_ATTEMPTS) throw error
      if (!isWorthWaiting(error.retry)) throw error
      await context.host.clock.sleep(backoffMs(number, error.retry, context.host.random), signal)
    }
  }
}

/** A part that is to be copied, and what is known of its bytes. */
export interface WantedCopy {
  readonly number: number
  readonly source: CopiedRange
  /** CRC32 of what the file has there. */
  readonly crc: number
  /** The file this is for. */
  readonly path: RelPath
}

/**
 * UploadPartCopy, tried again where that can help; resolves to the part's etag. Throws `corrupt`, for
 * good, when what was copied has other bytes than the file (I1).
 */
export async function copyProved(
  context: S3Context,
  ref: UploadRef,
  { number, source, crc, path }: WantedCopy,
): Promise<string> {
  const copied = await attempt({ context, signal: ref.signal }, () => copyPart(context.client, ref, { number, source }))
  if (copied.crcBase64 !== undefined && copied.crcBase64 !== crc32Base64(crc)) throw otherBytes(context, path)
  return copied.etag
}

/**
 * The same of the object that the parts were planned on, pinned to what it was then (I3). Throws
 * `precondition-failed` when it is another one now, or gone: a conflict, not an outage.
 */
export async function copyHeld(context: S3Context, ref: UploadRef, copy: WantedCopy): Promise<string> {
  try {
    return await copyProved(context, ref, copy)
  } catch (error) {
    const isOther = isTidekeepError(error) && error.code === 'precondition-failed'
    const isMissing = error instanceof StoreError && ['NoSuchKey', 'NoSuchVersion'].includes(error.s3Code)
    throw isOther || isMissing ? preconditionFailed(context, copy.path) : error
  }
}

/** Doing the same again would copy the same bytes: only sending the file whole helps. */
function otherBytes(context: S3Context, path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: s3FailureTexts.partAttempts.theStoreHoldsOtherBytes({ path: shownPath(context, path) }),
    path: shownPath(context, path),
    fix: s3FailureTexts.partAttempts.theStoreHoldsOtherBytesFix,
    retry: { kind: 'never' },
  })
}
