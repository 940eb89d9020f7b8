import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { isTidekeepError, type ErrorCode, type TidekeepError } from '../../../common/errors.ts'
import type { HttpReply } from '../http/http-client.ts'
import type { CopyAbilities, MultipartAbilities, WriteAbilities } from './abilities.ts'
import { crc32Base64 } from './crc32.ts'
import { copySource } from './copy-source.ts'
import { completeBody } from './multipart-calls.ts'
import type { StoreClient, StoreRequest } from './store-client.ts'
import { xmlText } from './xml.ts'

/** Where to try: a throw-away key nobody else uses. */
export interface ProbeTarget {
  readonly client: StoreClient
  readonly key: string
  readonly signal: AbortSignal
}

/** What probes store. */
export const PROBE_BODY = Buffer.from('Tidekeep tries what this store can do. This object may be deleted.\n')
const BODY_SHA256 = hash('sha256', PROBE_BODY)
const OTHER_SHA256 = hash('sha256', 'something else')
/** An etag no object has. */
export const NO_ETAG = '"00000000000000000000000000000000"'
/** Refusals that mean "I do not know that header", as opposed to trouble. */
const NOT_KNOWN: readonly ErrorCode[] = ['unsupported', 'invalid', 'corrupt']

/**
 * Tries conditions and checksums of single writes. A checksum counts only if a wrong one is
 * refused: some stores return what they were sent without ever looking at the content.
 */
export async function probeWrites(target: ProbeTarget): Promise<WriteAbilities> {
  try {
    const created = await attempt(putProbe(target, { 'if-none-match': '*' }))
    if (created !== undefined) await send(putProbe(target, {}))
    const conditions =
      created === undefined &&
      (await attempt(putProbe(target, { 'if-none-match': '*' }))) === 'precondition-failed' &&
      (await attempt(putProbe(target, { 'if-match': NO_ETAG }))) === 'precondition-failed'
    const checksums = await keepsChecksums(target)
    const conditionalDelete =
      conditions &&
      (await attempt({ target, request: { method: 'DELETE', headers: { 'if-match': NO_ETAG } } })) ===
        'precondition-failed'
    return { conditions, conditionalDelete, checksums }
  } finally {
    await discard(target, target.key)
  }
}

async function keepsChecksums(target: ProbeTarget): Promise<boolean> {
  const refusal = await attempt(putProbe(target, checksumHeaders(OTHER_SHA256)))
  if (refusal === undefined) return false
  const accepted = await attempt(putProbe(target, checksumHeaders(BODY_SHA256)))
  if (accepted !== undefined) return false
  const head = await send({ target, request: { method: 'HEAD', headers: { 'x-amz-checksum-mode': 'ENABLED' } } })
  return head.headers['x-amz-checksum-sha256'] === Buffer.from(BODY_SHA256, 'hex').toString('base64')
}

/** Tries a multipart upload of one part: checksums of parts and whole, and conditions on completing it. */
export async function probeMultipart(target: ProbeTarget): Promise<MultipartAbilities> {
  const upload = await beginProbe(target)
  let completed = false
  try {
    const checked =
      upload.hasChecksum && (await attempt(partProbe(target, upload.id, crc32(PROBE_BODY) ^ 1))) !== undefined
    const part = await send(partProbe(target, upload.id, upload.hasChecksum ? crc32(PROBE_BODY) : undefined))
    const crc = upload.hasChecksum ? crc32(PROBE_BODY) : undefined
    const body = completeBody([{ number: 1, etag: part.headers['etag'] ?? '', crc }])
    const complete = (headers: Record<string, string>): Trial => ({
      target,
      request: {
        method: 'POST',
        query: { uploadId: upload.id },
        headers,
        body: { kind: 'bytes', bytes: Buffer.from(body) },
      },
    })
    const refusal = await attempt(complete({ 'if-match': NO_ETAG }))
    const conditions = refusal === 'precondition-failed' || refusal === 'not-found'
    if (refusal !== undefined) await send(complete({}))
    completed = true
    return { conditions, checksum: checked ? await wholeChecksum(target) : 'none' }
  } finally {
    if (!completed) await ignore({ target, request: { method: 'DELETE', query: { uploadId: upload.id } } })
    await discard(target, target.key)
  }
}

async function wholeChecksum(target: ProbeTarget): Promise<MultipartAbilities['checksum']> {
  const head = await send({ target, request: { method: 'HEAD', headers: { 'x-amz-checksum-mode': 'ENABLED' } } })
  const value = head.headers['x-amz-checksum-crc32']
  if (value === crc32Base64(crc32(PROBE_BODY)) && head.headers['x-amz-checksum-type'] === 'FULL_OBJECT') return 'full'
  return value?.endsWith('-1') === true ? 'composite' : 'none'
}

/** Tries conditions on both ends of a copy. */
export async function probeCopies(target: ProbeTarget): Promise<CopyAbilities> {
  const copyKey = `${target.key}-copy`
  const copy = (headers: Record<string, string>): Trial => ({
    target,
    request: {
      method: 'PUT',
      key: copyKey,
      headers: { 'x-amz-copy-source': copySource(target.client.bucket, target.key), ...headers },
    },
  })
  try {
    await send(putProbe(target, {}))
    const wrongSource = await attempt(copy({ 'x-amz-copy-source-if-match': NO_ETAG }))
    if (wrongSource !== undefined) await send(copy({}))
    const taken = await attempt(copy({ 'if-none-match': '*' }))
    return {
      sourceConditions: wrongSource === 'precondition-failed',
      targetConditions: taken === 'precondition-failed',
    }
  } finally {
    await discard(target, copyKey)
    await discard(target, target.key)
  }
}

/** A request that is made to see what comes of it; at the target's own key unless it names another. */
interface Trial {
  readonly target: ProbeTarget
  readonly request: Omit<StoreRequest, 'signal' | 'key'> & { readonly key?: string }
}

/** Sends a trial's request. Throws what the store answers. */
export function send({ target, request }: Trial): Promise<HttpReply> {
  return target.client.send({ ...request, key: request.key ?? target.key, signal: target.signal })
}

/** Undefined: it worked. Otherwise the code of a refusal that says something about the store; trouble is thrown on. */
async function attempt(trial: Trial): Promise<ErrorCode | undefined> {
  try {
    await send(trial)
    return undefined
  } catch (error) {
    if (!isAnswer(error, trial.target)) throw error
    return error.code
  }
}

/** True for a refusal that says something about what the store can do. */
export function isAnswer(error: unknown, { client }: ProbeTarget): error is TidekeepError {
  if (!isTidekeepError(error)) return false
  if (error.code === 'not-found') return error.path !== `s3://${client.bucket}`
  return NOT_KNOWN.includes(error.code) || error.code === 'precondition-failed'
}

/** A PUT of the probes' content. */
export function putProbe(target: ProbeTarget, headers: Record<string, string>): Trial {
  return {
    target,
    request: { method: 'PUT', headers, body: { kind: 'bytes', bytes: PROBE_BODY }, payloadHash: BODY_SHA256 },
  }
}

function checksumHeaders(sha256: string): Record<string, string> {
  return {
    'x-amz-sdk-checksum-algorithm': 'SHA256',
    'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
  }
}

function partProbe(target: ProbeTarget, uploadId: string, crc: number | undefined): Trial {
  const headers: Record<string, string> =
    crc === undefined ? {} : { 'x-amz-sdk-checksum-algorithm': 'CRC32', 'x-amz-checksum-crc32': crc32Base64(crc >>> 0) }
  return {
    target,
    request: {
      method: 'PUT',
      query: { partNumber: '1', uploadId },
      headers,
      body: { kind: 'bytes', bytes: PROBE_BODY },
      payloadHash: BODY_SHA256,
    },
  }
}

async function beginProbe(target: ProbeTarget): Promise<{ id: string; hasChecksum: boolean }> {
  const begin = (headers: Record<string, string>): Trial => ({
    target,
    request: { method: 'POST', query: { uploads: '' }, headers },
  })
  const ways: readonly Record<string, string>[] = [
    { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'FULL_OBJECT' },
    { 'x-amz-checksum-algorithm': 'CRC32' },
  ]
  for (const headers of ways) {
    try {
      return { id: uploadIdOf(await send(begin(headers))), hasChecksum: true }
    } catch (error) {
      if (!isTidekeepError(error) || !NOT_KNOWN.includes(error.code)) throw error
    }
  }
  return { id: uploadIdOf(await send(begin({}))), hasChecksum: false }
}

function uploadIdOf(reply: HttpReply): string {
  return xmlText(reply.body.toString(), 'UploadId') ?? ''
}

/** Removes an object. Tidying up must not hide what was found, nor why it was not. */
export async function discard(target: ProbeTarget, key: string): Promise<void> {
  await ignore({ target, request: { method: 'DELETE', key } })
}

async function ignore(trial: Trial): Promise<void> {
  try {
    await send(trial)
  } catch (error) {
    if (!isTidekeepError(error)) throw error
  }
}
