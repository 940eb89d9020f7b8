import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { TidekeepError } from '../../../common/errors.ts'
import type { ByteRange, Checksum, Precondition, RelPath } from '../../../common/model.ts'
import { createBlake3 } from '../../../workers/hash/blake3.ts'
import type { HttpStream } from '../http/http-client.ts'
import type { CallOptions } from '../provider.ts'
import type { S3Context } from './context.ts'
import { translateFailure } from './errors.ts'
import { storeChecksums, storedHash } from './metadata.ts'
import { assertExpected, headObject, preconditionFailed, shownPath } from './objects.ts'
import { discardBody } from './store-client.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** What `read` takes. */
export type ReadOptions = CallOptions & {
  readonly range?: ByteRange
  readonly expect?: Precondition
  readonly versionId?: string
}

/**
 * The bytes of an object or a range of it, counted against what the store announced and, for whole
 * objects, against a stored digest: anything shorter, longer or different ends in `corrupt`.
 */
export async function* readObject(context: S3Context, path: RelPath, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const { range, expect, signal } = options
  const key = context.keyOf(path)
  if (expect?.kind === 'absent' || (range !== undefined && range.end <= range.start)) {
    const head = await headObject(context, key, signal)
    if (expect !== undefined) assertExpected(context, path, { expect, head })
    if (head === undefined && options.versionId === undefined) throw notFound(context, path)
    return
  }
  const stream = await open(context, key, options)
  if (expect?.kind === 'etag' && stream.headers['etag'] !== expect.etag) {
    await discardBody(stream)
    throw preconditionFailed(context, path)
  }
  const expectedBytes = announcedBytes(stream) ?? (await sizeOf(context, key, options))
  if (range !== undefined && !isRange(stream, range, expectedBytes)) {
    await discardBody(stream)
    throw corrupt(context, path, 'it sent another range than the one asked for')
  }
  const check = range === undefined ? createCheck(stream.headers) : undefined
  let done = 0
  try {
    for await (const piece of stream.body) {
      done += piece.length
      if (done > expectedBytes) throw corrupt(context, path, 'it sent more than it announced')
      check?.update(piece)
      yield piece
    }
  } catch (error) {
    const failure = translateFailure(error, failureContext(context, path))
    // A body that breaks off is damage, wherever the connection broke.
    if (failure.code === 'unavailable')
      throw corrupt(context, path, `it broke off after ${done} of ${expectedBytes} bytes`, error)
    throw failure
  }
  if (done !== expectedBytes) throw corrupt(context, path, `it ended after ${done} of ${expectedBytes} bytes`)
  if (check?.matches() === false) throw corrupt(context, path, 'its content does not have the digest stored with it')
}

/** Size and BLAKE3 of what the store holds, by downloading it. `etag`: of exactly that object. */
export async function readWhole(
  context: S3Context,
  path: RelPath,
  { etag, signal }: { etag: string | undefined; signal: AbortSignal },
): Promise<{ sizeBytes: number; blake3: string }> {
  const hasher = createBlake3()
  let sizeBytes = 0
  const stream = await open(context, context.keyOf(path), {
    signal,
    ...(etag === undefined ? {} : { expect: { kind: 'etag', etag } }),
  })
  try {
    for await (const piece of stream.body) {
      hasher.update(piece)
      sizeBytes += piece.length
    }
  } catch (error) {
    throw translateFailure(error, failureContext(context, path))
  }
  return { sizeBytes, blake3: hasher.digestHex() }
}

function open(context: S3Context, key: string, { range, expect, versionId, signal }: ReadOptions): Promise<HttpStream> {
  return context.client.stream({
    method: 'GET',
    key,
    ...(versionId === undefined ? {} : { query: { versionId } }),
    headers: {
      ...(range === undefined
        ? { 'x-amz-checksum-mode': 'ENABLED' }
        : { range: `bytes=${range.start}-${range.end - 1}` }),
      ...(expect?.kind === 'etag' ? { 'if-match': expect.etag } : {}),
    },
    signal,
  })
}

/** True when what comes is what was asked for, by its place and by its length. */
function isRange({ status, headers }: HttpStream, { start, end }: ByteRange, announced: number): boolean {
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(headers['content-range'] ?? '') ?? []
  return status === 206 && Number(first) === start && Number(last) === end - 1 && announced === end - start
}

function announcedBytes({ headers }: HttpStream): number | undefined {
  const length = headers['content-length']
  if (length !== undefined) return Number(length)
  const match = /^bytes (\d+)-(\d+)\//.exec(headers['content-range'] ?? '')
  return match === null ? undefined : Number(match[2]) - Number(match[1]) + 1
}

/** For replies that announce nothing. */
async function sizeOf(context: S3Context, key: string, { range, signal }: ReadOptions): Promise<number> {
  if (range !== undefined) return range.end - range.start
  const head = await headObject(context, key, signal)
  return Number(head?.headers['content-length'] ?? 0)
}

interface Check {
  update(piece: Uint8Array): void
  matches(): boolean
}

/** Checks against the cheapest digest there is; CRC64NVME has no fast implementation here. */
function createCheck(headers: Readonly<Record<string, string>>): Check | undefined {
  const known = [...storedHash(headers), ...storeChecksums(headers)]
  const valueOf = (algorithm: Checksum['algorithm']): string | undefined =>
    known.find((one) => one.algorithm === algorithm)?.value
  const [blake3, crc, sha256] = [valueOf('blake3'), valueOf('crc32'), valueOf('sha256')]
  if (blake3 !== undefined) {
    const hasher = createBlake3()
    return { update: (piece) => hasher.update(piece), matches: () => hasher.digestHex() === blake3 }
  }
  if (crc !== undefined) {
    let value = 0
    return {
      update: (piece) => {
        value = crc32(piece, value)
      },
      matches: () => value === Number.parseInt(crc, 16),
    }
  }
  if (sha256 === undefined) return undefined
  const hasher = createHash('sha256')
  return { update: (piece) => void hasher.update(piece), matches: () => hasher.digest('hex') === sha256 }
}

function failureContext(context: S3Context, path: RelPath): Parameters<typeof translateFailure>[1] {
  const { address, bucket } = context.client
  return { path: shownPath(context, path), endpoint: address.origin, bucket, region: address.region }
}

function notFound(context: S3Context, path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'not-found',
    message: s3FailureTexts.read.doesNotExist({ path: shownPath(context, path) }),
    path: shownPath(context, path),
  })
}

function corrupt(context: S3Context, path: RelPath, why: string, cause?: unknown): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: s3FailureTexts.read.readingFromTheStoreFailed({ path: shownPath(context, path), why }),
    path: shownPath(context, path),
    fix: s3FailureTexts.read.readingFromTheStoreFailedFix,
    ...(cause === undefined ? {} : { cause }),
  })
}
