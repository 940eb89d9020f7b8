import { isTidekeepError, TidekeepError, type ErrorCode } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import type { HttpBody } from '../http/http-client.ts'
import type { Content } from '../provider.ts'
import { backoffMs } from './backoff.ts'
import type { S3Context } from './context.ts'
import { crc32Base64, crc32Combine } from './crc32.ts'
import { StoreError } from './errors.ts'
import { copyPart, sendPart, type StoredPart } from './multipart-calls.ts'
import { preconditionFailed, shownPath } from './objects.ts'
import { keptFrom, type CopiedRange } from './part-plan.ts'
import { readAgain, type ReadPart } from './part-reader.ts'
import { isSamePart, type UploadSession } from './upload-session.ts'

const PART_ATTEMPTS = 4
const WORTH_ANOTHER_TRY = new Set<ErrorCode>(['unavailable', 'timeout', 'throttled', 'corrupt'])

/** Where parts are delivered to. */
export interface Delivery {
  readonly context: S3Context
  readonly path: RelPath
  readonly session: UploadSession
  readonly content: Content
  readonly signal: AbortSignal
  /** Bytes of a part that are at the store, as they get there. */
  readonly report: (number: number, bytes: number) => void
}

/** A part that is at the store. */
export interface DeliveredPart {
  readonly stored: StoredPart
  /** Bytes of it that left this computer, now. */
  readonly bytesSent: number
}

/**
 * Brings one part to the store, unless it holds it already from an earlier attempt. Throws
 * `precondition-failed` when what is to be copied is no longer what it was, and `corrupt` when the
 * store's copy has other bytes than the file.
 */
export async function deliverPart(delivery: Delivery, read: ReadPart): Promise<DeliveredPart> {
  const { part } = read
  const { session, report } = delivery
  const sizeBytes = part.range.end - part.range.start
  const crc = crcOf(read)
  const listed = session.listed.get(part.number)
  const delivered = isSamePart(listed, { sizeBytes, crc, bytes: read.bytes })
    ? { etag: listed.etag, bytesSent: 0 }
    : part.kind === 'copy'
      ? { etag: await copy(delivery, read, part.source), bytesSent: 0 }
      : { etag: await send(delivery, read), bytesSent: sizeBytes }
  report(part.number, sizeBytes)
  const { etag, bytesSent } = delivered
  return { stored: { number: part.number, etag, crc: session.checksum === 'none' ? undefined : crc }, bytesSent }
}

/** CRC32 of all bytes of a part. */
export function crcOf({ part, copiedCrc, sentCrc }: ReadPart): number {
  return crc32Combine(copiedCrc, sentCrc, part.range.end - keptFrom(part))
}

/** UploadPart; the bytes are read again where they could not be kept. */
function send({ context, session, content, signal, report }: Delivery, read: ReadPart): Promise<string> {
  const { number, range } = read.part
  const { bytes } = read
  const body: HttpBody =
    bytes === undefined
      ? { kind: 'stream', sizeBytes: range.end - range.start, open: () => readAgain(content, range) }
      : { kind: 'bytes', bytes }
  return attempt({ context, signal }, () =>
    sendPart(
      context.client,
      { ...session, signal },
      {
        number,
        body,
        crc: session.checksum === 'none' ? undefined : read.sentCrc,
        ...(read.sha256 === undefined ? {} : { sha256: read.sha256 }),
        onSent: (sentBytes) => report(number, sentBytes),
      },
    ),
  )
}

/** UploadPartCopy, pinned to what the parts were planned with (I3); what was copied has to be what the file has there (I1). */
async function copy(
  { context, path, session, signal }: Delivery,
  { part, copiedCrc }: ReadPart,
  source: CopiedRange,
): Promise<string> {
  try {
    const copied = await attempt({ context, signal }, () =>
      copyPart(context.client, { ...session, signal }, { number: part.number, source }),
    )
    if (copied.crcBase64 !== undefined && copied.crcBase64 !== crc32Base64(copiedCrc)) throw otherBytes(context, path)
    return copied.etag
  } catch (error) {
    const isOther = isTidekeepError(error) && error.code === 'precondition-failed'
    const isMissing = error instanceof StoreError && ['NoSuchKey', 'NoSuchVersion'].includes(error.s3Code)
    throw isOther || isMissing ? preconditionFailed(context, path) : error
  }
}

async function attempt<T>(
  { context, signal }: Pick<Delivery, 'context' | 'signal'>,
  work: () => Promise<T>,
): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await work()
    } catch (error) {
      if (!isTidekeepError(error) || !WORTH_ANOTHER_TRY.has(error.code) || number >= PART_ATTEMPTS) throw error
      await context.host.clock.sleep(backoffMs(number, error.retry, context.host.random), signal)
    }
  }
}

/** Doing the same again would copy the same bytes: only sending the file whole helps. */
function otherBytes(context: S3Context, path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: `The store holds other bytes of ${shownPath(context, path)} than its signature says.`,
    path: shownPath(context, path),
    fix: 'The file is sent whole instead.',
    retry: { kind: 'never' },
  })
}
