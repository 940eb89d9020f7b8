import { TidekeepError } from '../../../common/errors.ts'
import type { ByteRange, Precondition, RelPath } from '../../../common/model.ts'
import { createBlake3 } from '../../../workers/hash/blake3.ts'
import { createQuickXor } from '../../../workers/hash/quick-xor.ts'
import { paceReceived } from '../http/pace.ts'
import type { HttpStream } from '../http/http-client.ts'
import { refusalBody } from '../http/refusal-body.ts'
import type { CallOptions } from '../provider.ts'
import { findItem, notFound, preconditionFailed, shownPath, type OneDriveContext } from './context.ts'
import type { DriveItem } from './drive-item.ts'
import { GraphRefusal, translateFailure, translateReply, type FailedReply } from './errors.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** What `read` takes. */
export type ReadOptions = CallOptions & { readonly range?: ByteRange; readonly expect?: Precondition }

/** What the storage answers when an address is over; Graph gives a new one. */
const EXPIRED = new Set([401, 403, 404, 410])
/** So often a new address is asked for. */
export const MAX_RENEWALS = 3

/**
 * The bytes of a file or a range of it, from the pre-authenticated address that Graph gives, renewed
 * where it is over. Anything shorter or longer ends in `corrupt`. An address says nothing of versions:
 * a whole file is held against its digest, and where a version was asked for and that cannot be done,
 * it is looked at again after the last byte.
 */
export async function* readItem(
  context: OneDriveContext,
  path: RelPath,
  options: ReadOptions,
): AsyncGenerator<Uint8Array> {
  const { range, expect, signal } = options
  const item = lookedAt(context, path, expect) ?? (await expectedItem(context, path, { expect, signal }))
  if (wantedOf(context, path, { item, range }).end <= (range?.start ?? 0)) return
  const { stream, item: read } = await open(context, path, { item, options })
  const wanted = wantedOf(context, path, { item: read, range })
  const digest = range === undefined && read.quickXor !== undefined ? createQuickXor() : undefined
  for await (const piece of exactly(context, path, { stream, wanted, signal })) {
    digest?.update(piece)
    yield piece
  }
  const found = digest?.digestHex()
  if (found !== undefined && found === read.quickXor) return
  if (found === undefined && expect?.kind !== 'etag') return
  const now = await expectedItem(context, path, { expect: expect ?? { kind: 'any' }, signal })
  // Without an expectation any version will do, but its digest is not known any more.
  if (found === undefined || now.etag !== read.etag) return
  throw corrupt(context, path, 'its content does not have the digest OneDrive tells of it')
}

/** Size and BLAKE3 of exactly that version of a file, by downloading it. */
export async function readWhole(
  context: OneDriveContext,
  path: RelPath,
  { etag, signal }: { readonly etag: string | undefined; readonly signal: AbortSignal },
): Promise<{ readonly sizeBytes: number; readonly blake3: string }> {
  const hasher = createBlake3()
  let sizeBytes = 0
  const expect: Precondition = etag === undefined ? { kind: 'any' } : { kind: 'etag', etag }
  for await (const piece of readItem(context, path, { signal, expect })) {
    hasher.update(piece)
    sizeBytes += piece.length
  }
  return { sizeBytes, blake3: hasher.digestHex() }
}

/** Whoever looked at a version a moment ago and reads it now need not ask where its content is: that tells nothing of versions either way. */
function lookedAt(context: OneDriveContext, path: RelPath, expect: Precondition | undefined): DriveItem | undefined {
  if (expect?.kind !== 'etag') return undefined
  const item = context.looked.take(path)
  return item?.etag === expect.etag && item.kind === 'file' && item.downloadUrl !== undefined ? item : undefined
}

async function expectedItem(
  context: OneDriveContext,
  path: RelPath,
  { expect, signal }: { readonly expect: Precondition | undefined; readonly signal: AbortSignal },
): Promise<DriveItem> {
  const item = await findItem(context, path, signal)
  if (expect?.kind === 'absent' && item !== undefined) throw preconditionFailed(context, path)
  if (item === undefined || item.kind === 'directory') throw notFound(context, path)
  if (expect?.kind === 'etag' && item.etag !== expect.etag) throw preconditionFailed(context, path)
  if (item.kind === 'other') {
    const shown = shownPath(context, path)
    throw new TidekeepError({
      code: 'unsupported',
      message: onedriveFailureTexts.read.isNotAFileThat({ shown }),
      path: shown,
    })
  }
  return item
}

interface Opening {
  readonly item: DriveItem
  readonly options: ReadOptions
}

function wantedOf(
  context: OneDriveContext,
  path: RelPath,
  { item, range }: { readonly item: DriveItem; readonly range: ByteRange | undefined },
): ByteRange {
  const wanted = range ?? { start: 0, end: item.sizeBytes }
  if (wanted.end <= item.sizeBytes) return wanted
  const shown = shownPath(context, path)
  throw new TidekeepError({
    code: 'invalid',
    message: onedriveFailureTexts.read.hasNoSuchRangeOf({ shown }),
    path: shown,
  })
}

/** A 2xx stream of the wanted bytes, or of the whole file where the storage knows no ranges. */
async function open(
  context: OneDriveContext,
  path: RelPath,
  { item, options }: Opening,
): Promise<{ stream: HttpStream; item: DriveItem }> {
  const { range, expect = { kind: 'any' }, signal } = options
  let current = item
  for (let renewal = 0; ; renewal++) {
    const { downloadUrl } = current
    const wanted = wantedOf(context, path, { item: current, range })
    if (downloadUrl === undefined) throw corrupt(context, path, 'it tells no address for it')
    const isPart = wanted.end - wanted.start < current.sizeBytes
    context.onRequest('Download')
    const stream = await context.transport.streamFromStorage(downloadUrl, {
      method: 'GET',
      headers: isPart ? { range: `bytes=${wanted.start}-${wanted.end - 1}` } : {},
      signal,
      about: shownPath(context, path),
    })
    const isGood = stream.status === 200 || stream.status === 206
    const sizeBytes = totalBytes(stream) ?? current.sizeBytes
    if (isGood && sizeBytes === current.sizeBytes) return { stream, item: current }
    // Replaced since it was looked at: where no version was asked for, this one is as good.
    if (isGood && expect.kind !== 'etag') return { stream, item: { ...current, sizeBytes, quickXor: undefined } }
    const refused = await refusalBody(stream)
    const refusal = isGood
      ? corrupt(context, path, 'it sent another size than it tells')
      : refusalOf(context, path, refused)
    if (renewal >= MAX_RENEWALS || (!isGood && !isExpired(refusal))) throw refusal
    // Over, or of another version than the one asked for: a new look tells which.
    current = await expectedItem(context, path, { expect, signal })
  }
}

function refusalOf(context: OneDriveContext, path: RelPath, refused: FailedReply): TidekeepError {
  return translateReply(refused, shownPath(context, path))
}

/** Malware is refused for good, with the same status as an address that is over. */
export function isExpired(refusal: TidekeepError): boolean {
  return (
    refusal instanceof GraphRefusal && EXPIRED.has(refusal.status) && !refusal.graphCodes.includes('malwareDetected')
  )
}

/** The wanted bytes of a reply: no more, no fewer. */
export async function* exactly(
  context: OneDriveContext,
  path: RelPath,
  { stream, wanted, signal }: { stream: HttpStream; wanted: ByteRange; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const wantedBytes = wanted.end - wanted.start
  const [, start, end] = /^bytes (\d+)-(\d+)\//.exec(stream.headers['content-range'] ?? '') ?? []
  if (stream.status === 206 && (Number(start) !== wanted.start || Number(end) + 1 !== wanted.end))
    throw corrupt(context, path, 'it sent another range than the one asked for')
  let skipBytes = stream.status === 206 ? 0 : wanted.start
  let done = 0
  try {
    for await (const piece of paceReceived(stream.body, context.pacer, signal)) {
      const kept = piece.subarray(Math.min(skipBytes, piece.length))
      skipBytes -= piece.length - kept.length
      if (kept.length === 0) continue
      const part = kept.subarray(0, wantedBytes - done)
      if (stream.status === 206 && part.length < kept.length)
        throw corrupt(context, path, 'it sent more than was asked for')
      done += part.length
      if (part.length > 0) yield part
      // The whole file, of which a part was wanted.
      if (done === wantedBytes && stream.status === 200 && wanted.start > 0) return
    }
  } catch (error) {
    const failure = translateFailure(error, shownPath(context, path))
    // A body that breaks off is damage, wherever the connection broke.
    if (failure.code === 'unavailable')
      throw corrupt(context, path, `it broke off after ${done} of ${wantedBytes} bytes`, error)
    throw failure
  }
  if (done !== wantedBytes) throw corrupt(context, path, `it ended after ${done} of ${wantedBytes} bytes`)
}

/** Size of the whole file, as far as a reply tells. */
export function totalBytes({ status, headers }: HttpStream): number | undefined {
  const told = status === 206 ? /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] : headers['content-length']
  return told === undefined ? undefined : Number(told)
}

/** For what cannot be the content that was asked for. */
export function corrupt(context: OneDriveContext, path: RelPath, why: string, cause?: unknown): TidekeepError {
  const shown = shownPath(context, path)
  return new TidekeepError({
    code: 'corrupt',
    message: onedriveFailureTexts.read.readingFailed({ shown, why }),
    path: shown,
    fix: onedriveFailureTexts.read.readingFailedFix,
    ...(cause === undefined ? {} : { cause }),
  })
}
