import { crc32 } from 'node:zlib'
import { isTidekeepError, TidekeepError, type ErrorCode } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { createBlake3, type Blake3 } from '../../../workers/hash/blake3.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import type { HttpBody } from '../http/http-client.ts'
import type { Content, PutOptions, PutResult } from '../provider.ts'
import { backoffMs } from './backoff.ts'
import { commitUpload } from './commit-upload.ts'
import type { S3Context } from './context.ts'
import { crc32Combine } from './crc32.ts'
import { sendPart, type StoredPart } from './multipart-calls.ts'
import { assertExpected, headObject } from './objects.ts'
import { planParts } from './part-plan.ts'
import { openPartSource, type PartSource } from './part-source.ts'
import { sourceChanged } from './put-small.ts'
import { dropSession, isSamePart, openSession, type UploadSession } from './upload-session.ts'

const PART_ATTEMPTS = 4
const WORTH_ANOTHER_TRY = new Set<ErrorCode>(['unavailable', 'timeout', 'throttled', 'corrupt'])
/** After these an unfinished upload is kept, to be gone on with. */
const RESUMABLE = new Set<ErrorCode>(['unavailable', 'timeout', 'throttled', 'cancelled', 'unauthenticated', 'locked'])

/**
 * Stores content as a multipart upload: one sequential read that digests, a few parts on their way
 * at once, memory bounded whatever the size. An interrupted upload of the same file goes on where
 * the store has got to.
 */
export async function putLarge(
  context: S3Context,
  path: RelPath,
  content: Content,
  options: PutOptions,
): Promise<PutResult> {
  const { signal, expect } = options
  const { partBytes } = planParts(content.size, context.tuning.partBytes)
  const writes = await context.abilities.writes(signal)
  if (!writes.conditions && expect.kind !== 'any') {
    assertExpected(context, path, { expect, head: await headObject(context, context.keyOf(path), signal) })
  }
  const { checksum } = await context.abilities.multipart(signal)
  const session = await openSession(context, { path, content, options, partBytes, checksum })
  try {
    const sent = await sendParts(context, session, { content, options, partBytes })
    if (options.contentHash !== undefined && options.contentHash !== sent.blake3) throw sourceChanged()
    const result = await commitUpload(context, { path, session, sent, content, options })
    context.sessions.remove(context.location, path)
    return result
  } catch (error) {
    throw await settleFailure(context, { path, session, error, hasFile: content.file !== undefined })
  }
}

/** Everything there is to know once all parts are at the store. */
export interface SentParts {
  readonly parts: readonly StoredPart[]
  readonly blake3: string
  /** CRC32 of the whole. */
  readonly crc: number
  readonly bytesSent: number
}

interface Sending {
  readonly context: S3Context
  readonly session: UploadSession
  readonly source: PartSource
  readonly signal: AbortSignal
  readonly hasher: Blake3
  readonly parts: StoredPart[]
  readonly report: (number: number, bytes: number) => void
  crc: number
  bytesSent: number
}

async function sendParts(
  context: S3Context,
  session: UploadSession,
  { content, options, partBytes }: { content: Content; options: PutOptions; partBytes: number },
): Promise<SentParts> {
  const source = openPartSource(content)
  const stop = new AbortController()
  const sending: Sending = {
    context,
    session,
    source,
    signal: AbortSignal.any([options.signal, stop.signal]),
    hasher: createBlake3(),
    parts: [],
    report: progressReporter(options.onProgress),
    crc: 0,
    bytesSent: 0,
  }
  const { bufferBytes, partsInFlight } = context.tuning
  const slots = Math.max(1, Math.min(partsInFlight, Math.floor(bufferBytes / partBytes)))
  try {
    if (partBytes > bufferBytes) await sendStreamed(sending, content.size, partBytes)
    else await sendBuffered(sending, { sizeBytes: content.size, partBytes, slots }, stop)
    await source.finish()
  } finally {
    stop.abort()
    await source.close()
  }
  const parts = sending.parts.toSorted((a, b) => a.number - b.number)
  return { parts, blake3: sending.hasher.digestHex(), crc: sending.crc, bytesSent: sending.bytesSent }
}

/** Reads into as many buffers as there are slots; a buffer is filled again when its part has arrived. */
async function sendBuffered(
  sending: Sending,
  { sizeBytes, partBytes, slots }: { sizeBytes: number; partBytes: number; slots: number },
  stop: AbortController,
): Promise<void> {
  const free: Uint8Array[] = []
  const inFlight = new Set<Promise<void>>()
  let made = 0
  let failure: unknown
  for (let number = 1, at = 0; at < sizeBytes && failure === undefined; number++, at += partBytes) {
    if (free.length === 0 && made >= slots) await Promise.race(inFlight)
    if (failure !== undefined) break
    const buffer = free.pop() ?? new Uint8Array(Math.min(partBytes, sizeBytes))
    made = Math.max(made, inFlight.size + free.length + 1)
    const bytes = buffer.subarray(0, Math.min(partBytes, sizeBytes - at))
    try {
      const crc = await digestNext(sending, bytes)
      const arrival: Promise<void> = deliver(sending, number, { body: { kind: 'bytes', bytes }, bytes, crc })
        .catch((error: unknown) => {
          failure ??= error
          stop.abort()
        })
        .finally(() => {
          inFlight.delete(arrival)
          free.push(buffer)
        })
      inFlight.add(arrival)
    } catch (error) {
      failure ??= error
      stop.abort()
    }
  }
  await Promise.all(inFlight)
  if (failure !== undefined) throw failure
}

/** For parts too large to keep: read once to digest, then again while sending. One at a time. */
async function sendStreamed(sending: Sending, sizeBytes: number, partBytes: number): Promise<void> {
  const buffer = new Uint8Array(8 * 1024 ** 2)
  for (let number = 1, start = 0; start < sizeBytes; number++, start += partBytes) {
    const end = Math.min(sizeBytes, start + partBytes)
    let crc = 0
    for (let at = start; at < end; at += buffer.length) {
      const piece = buffer.subarray(0, Math.min(buffer.length, end - at))
      crc = crc32Combine(crc, await digestNext(sending, piece), piece.length)
    }
    const body: HttpBody = { kind: 'stream', sizeBytes: end - start, open: () => sending.source.again({ start, end }) }
    await deliver(sending, number, { body, bytes: undefined, crc })
  }
}

/** Fills the buffer from the source; resolves to the CRC32 of just these bytes. */
async function digestNext(sending: Sending, bytes: Uint8Array): Promise<number> {
  throwIfCancelled(sending.signal)
  let crc = 0
  await sending.source.fill(bytes, (piece) => {
    crc = crc32(piece, crc)
    sending.hasher.update(piece)
  })
  sending.crc = crc32Combine(sending.crc, crc, bytes.length)
  return crc
}

async function deliver(
  sending: Sending,
  number: number,
  { body, bytes, crc }: { body: HttpBody; bytes: Uint8Array | undefined; crc: number },
): Promise<void> {
  const { session, context, signal } = sending
  const sizeBytes = body.kind === 'bytes' ? body.bytes.length : body.sizeBytes
  const kept = session.checksum === 'none' ? undefined : crc
  const listed = session.listed.get(number)
  if (bytes !== undefined && listed !== undefined && isSamePart(listed, bytes, crc)) {
    sending.parts.push({ number, etag: listed.etag, crc: kept })
    sending.report(number, sizeBytes)
    return
  }
  for (let attempt = 1; ; attempt++) {
    try {
      const onSent = (sentBytes: number): void => sending.report(number, sentBytes)
      const etag = await sendPart(context.client, { ...session, signal }, { number, body, crc: kept, onSent })
      sending.bytesSent += sizeBytes
      sending.parts.push({ number, etag, crc: kept })
      sending.report(number, sizeBytes)
      return
    } catch (error) {
      if (!isTidekeepError(error) || !WORTH_ANOTHER_TRY.has(error.code) || attempt >= PART_ATTEMPTS) throw error
      await context.host.clock.sleep(backoffMs(attempt, error.retry, context.host.random), signal)
    }
  }
}

/** Adds up what the parts report; never goes back when a part is sent again. */
function progressReporter(onProgress: PutOptions['onProgress']): Sending['report'] {
  if (onProgress === undefined) return () => {}
  const bytesByPart = new Map<number, number>()
  let total = 0
  return (number, bytes) => {
    const before = bytesByPart.get(number) ?? 0
    if (bytes <= before) return
    bytesByPart.set(number, bytes)
    total += bytes - before
    onProgress(total)
  }
}

async function settleFailure(
  context: S3Context,
  { path, session, error, hasFile }: { path: RelPath; session: UploadSession; error: unknown; hasFile: boolean },
): Promise<unknown> {
  const isAbort = error instanceof Error && error.name === 'AbortError'
  const known = isTidekeepError(error) ? error : undefined
  const code = isAbort ? 'cancelled' : known?.code
  const survives = hasFile && code !== undefined && RESUMABLE.has(code) && (context.isResumable || code !== 'cancelled')
  if (!survives) await dropSession(context, path, session)
  // A lost upload is no lost file: the next attempt begins a new one.
  if (known?.code === 'not-found') {
    return new TidekeepError({ code: 'unavailable', message: known.message, path: known.path ?? path, cause: known })
  }
  return isAbort ? new TidekeepError({ code: 'cancelled', message: 'Cancelled.', cause: error }) : error
}
