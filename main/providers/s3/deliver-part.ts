import type { RelPath } from '../../../common/model.ts'
import type { HttpBody } from '../http/http-client.ts'
import type { Content } from '../provider.ts'
import type { S3Context } from './context.ts'
import { crc32Combine } from './crc32.ts'
import { sendPart, type StoredPart } from './multipart-calls.ts'
import { attempt, copyHeld } from './part-attempts.ts'
import { keptFrom } from './part-plan.ts'
import { readAgain, type ReadPart } from './part-reader.ts'
import { deliverSegment } from './segments.ts'
import { isSamePart, type UploadSession } from './upload-session.ts'

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
    : { etag: await bring(delivery, read, crc), bytesSent: part.range.end - keptFrom(part) }
  report(part.number, sizeBytes)
  const { etag, bytesSent } = delivered
  return { stored: { number: part.number, etag, crc: session.checksum === 'none' ? undefined : crc }, bytesSent }
}

function bring(delivery: Delivery, read: ReadPart, crc: number): Promise<string> {
  const { context, path, session, signal } = delivery
  const { part } = read
  switch (part.kind) {
    case 'literal':
      return send(delivery, read)
    case 'copy': {
      const { number, source } = part
      return copyHeld(context, { ...session, signal }, { number, source, crc, path })
    }
    case 'segment':
      return deliverSegment(delivery, { ...read, part }, crc)
  }
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
