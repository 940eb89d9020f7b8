import { hash } from 'node:crypto'
import { TidekeepError } from '../../../common/errors.ts'
import type { Clock } from '../../host.ts'
import type { HttpBody, HttpClient, HttpReply, HttpRequest, HttpStream } from '../http/http-client.ts'
import { refusalBody } from '../http/refusal-body.ts'
import type { Pacer } from '../registry.ts'
import { encodeKey, encodeQuery, type S3Address } from './address.ts'
import type { CredentialSource } from './credentials.ts'
import { notFromStore } from './genuine.ts'
import { s3CodeOf, translateFailure, translateReply, type ErrorContext, type FailedReply } from './errors.ts'
import { operationOf } from './operation.ts'
import { paceBody, paceReceived } from '../http/pace.ts'
import { createSigner, type S3Credentials } from './sigv4.ts'
import { xmlRoot } from './xml.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** One S3 request, without authentication. */
export interface StoreRequest {
  readonly method: HttpRequest['method']
  /** Object key; the bucket itself when empty. */
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: HttpBody
  /** SHA-256 of the body, hex, when it is known already. */
  readonly payloadHash?: string
  readonly signal: AbortSignal
  readonly onSent?: (bytes: number) => void
}

/** The bucket over HTTP: signs, sends once, translates failures. Everything else is built on it. */
export interface StoreClient {
  readonly bucket: string
  readonly address: S3Address
  /** Resolves for 2xx only. `errors.ts` says what is thrown otherwise. */
  send(request: StoreRequest): Promise<HttpReply>
  /** As {@link send}, but 404 gives undefined. For HEAD: a missing bucket looks the same. */
  sendIfPresent(request: StoreRequest): Promise<HttpReply | undefined>
  stream(request: StoreRequest): Promise<HttpStream>
  close(): Promise<void>
}

export interface StoreClientParts {
  readonly bucket: string
  readonly address: S3Address
  readonly http: HttpClient
  readonly credentials: CredentialSource
  readonly clock: Clock
  /** The bandwidth limit. */
  readonly pacer?: Pacer
  /** Hears of each request as it goes out. */
  readonly onRequest?: (operation: string) => void
}

const EMPTY_HASH = hash('sha256', '')
const UNSIGNED = 'UNSIGNED-PAYLOAD'
/** Up to so many, asking a thread for the hash takes longer than making it. */
const HASHED_HERE_BYTES = 16 * 1024
/** What an error document in a reply of success is at most. */
const MAX_HIDDEN_ERROR_BYTES = 64 * 1024
const STALE_TOKENS = new Set(['ExpiredToken', 'InvalidToken', 'TokenRefreshRequired'])
const REFUSED_KEYS = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'UnexplainedRefusal'])
/** A reply this far from our clock explains a refusal that has no body (HEAD). */
const SUSPICIOUS_SKEW_MS = 10 * 60_000

export function createStoreClient(parts: StoreClientParts): StoreClient {
  const { address, credentials, clock, http } = parts
  const signer = createSigner(address.region)
  // What the store's clock is ahead of ours; learnt from a refusal, used for signing only.
  let skewMs = 0

  const sign = async (request: StoreRequest): Promise<Signed> => {
    parts.onRequest?.(operationOf(request))
    const path = request.key === '' ? address.basePath || '/' : `${address.basePath}/${encodeKey(request.key)}`
    const query = request.query === undefined ? '' : encodeQuery(request.query)
    const headers = {
      host: address.host,
      ...request.headers,
      'x-amz-content-sha256': await payloadHash(request, address.isPrivate),
    }
    // First what waits: a signature grows old.
    const body = request.body === undefined ? {} : { body: await paceBody(request.body, parts.pacer, request.signal) }
    const keys = await credentials.get()
    const signed = signer.sign({ method: request.method, path, query, headers }, keys, clock.now() + skewMs)
    const http: HttpRequest = {
      method: request.method,
      path: query === '' ? path : `${path}?${query}`,
      headers: signed,
      signal: request.signal,
      ...body,
      ...(request.onSent === undefined ? {} : { onSent: request.onSent }),
    }
    return { http, keys }
  }

  /** True when the refusal was about time or an expired token and signing anew can help. */
  const canSignAnew = async (reply: FailedReply, used: S3Credentials): Promise<boolean> => {
    if (![400, 401, 403].includes(reply.status) && !REFUSED_KEYS.has(s3CodeOf(reply))) return false
    const theirMs = Date.parse(reply.headers['date'] ?? '')
    const offsetMs = theirMs - clock.now()
    const isBodyless = reply.body.length === 0 && Math.abs(offsetMs - skewMs) > SUSPICIOUS_SKEW_MS
    if (s3CodeOf(reply) === 'RequestTimeTooSkewed' || isBodyless) {
      if (Number.isNaN(offsetMs)) return false
      skewMs = offsetMs
      return true
    }
    // A refusal of HEAD has no body to say so.
    const mayBeStale = reply.body.length === 0 && used.sessionToken !== undefined
    const isStale = STALE_TOKENS.has(s3CodeOf(reply)) || mayBeStale
    if (!isStale && !REFUSED_KEYS.has(s3CodeOf(reply))) return false
    credentials.forget(used)
    const now = await credentials.get()
    // Keys may have been replaced by others meanwhile; the same ones would be refused again.
    return isStale || now.accessKeyId !== used.accessKeyId || now.secretAccessKey !== used.secretAccessKey
  }

  return {
    bucket: parts.bucket,
    address,
    close: () => http.close(),
    ...createCalls({ parts, sign, canSignAnew }),
  }
}

/** A request ready to go, and whose it is. */
interface Signed {
  readonly http: HttpRequest
  readonly keys: S3Credentials
}

interface CallParts {
  readonly parts: StoreClientParts
  readonly sign: (request: StoreRequest) => Promise<Signed>
  readonly canSignAnew: (reply: FailedReply, used: S3Credentials) => Promise<boolean>
}

function createCalls({ parts, sign, canSignAnew }: CallParts): Pick<StoreClient, 'send' | 'sendIfPresent' | 'stream'> {
  const { http } = parts
  const contextOf = (request: StoreRequest): ErrorContext => ({
    path: `s3://${parts.bucket}${request.key === '' ? '' : `/${request.key}`}`,
    endpoint: parts.address.origin,
    bucket: parts.bucket,
    region: parts.address.region,
  })
  const accept = <R extends FailedReply>(request: StoreRequest, reply: R): R =>
    judged(request, reply, contextOf(request))
  const opened = (request: StoreRequest, stream: HttpStream): HttpStream => {
    const foreign = notFromStore(request, { ...stream, body: undefined }, contextOf(request))
    if (foreign === undefined) return paced({ ...stream, headers: withStrongEtag(stream.headers) }, request.signal)
    void discardBody(stream)
    throw foreign
  }
  const paced = (stream: HttpStream, signal: AbortSignal): HttpStream => ({
    ...stream,
    body: parts.pacer === undefined ? stream.body : paceReceived(stream.body, parts.pacer, signal),
  })
  const exchange = async (request: StoreRequest): Promise<HttpReply> => {
    try {
      const signed = await sign(request)
      const reply = await http.send(signed.http)
      if (isSuccess(reply.status) || !(await canSignAnew(reply, signed.keys))) return accept(request, reply)
      return accept(request, await http.send((await sign(request)).http))
    } catch (error) {
      throw translateFailure(error, contextOf(request))
    }
  }
  const send = async (request: StoreRequest): Promise<HttpReply> => {
    const reply = await exchange(request)
    // Complete and Copy may answer 200 and fail all the same.
    if (!isSuccess(reply.status) || isHiddenError(reply)) throw translateReply(reply, contextOf(request))
    return reply
  }
  return {
    send,
    sendIfPresent: async (request) => {
      const reply = await exchange(request)
      if (reply.status === 404) return undefined
      if (!isSuccess(reply.status)) throw translateReply(reply, contextOf(request))
      return reply
    },
    stream: async (request) => {
      try {
        const signed = await sign(request)
        const first = await http.stream(signed.http)
        if (isSuccess(first.status)) return opened(request, first)
        const refused = await refusalBody(first)
        if (!(await canSignAnew(refused, signed.keys)))
          throw translateReply(accept(request, refused), contextOf(request))
        const second = await http.stream((await sign(request)).http)
        if (isSuccess(second.status)) return opened(request, second)
        throw translateReply(accept(request, await refusalBody(second)), contextOf(request))
      } catch (error) {
        throw translateFailure(error, contextOf(request))
      }
    },
  }
}

/** Throws for what the store cannot have said. */
function judged<R extends FailedReply>(request: StoreRequest, reply: R, context: ErrorContext): R {
  const foreign = notFromStore(request, reply, context)
  if (foreign !== undefined) throw foreign
  return { ...reply, headers: withStrongEtag(reply.headers) }
}

/**
 * The body's hash makes the signature cover the content. Where nobody can tamper unnoticed (TLS,
 * loopback) and the hash would cost a pass over many bytes, the body's own checksum is enough.
 */
async function payloadHash(request: StoreRequest, isPrivate: boolean): Promise<string> {
  const { body } = request
  if (request.payloadHash !== undefined) return request.payloadHash
  if (body === undefined) return EMPTY_HASH
  if (body.kind === 'bytes' && (!isPrivate || body.bytes.length <= 64 * 1024)) {
    if (body.bytes.length <= HASHED_HERE_BYTES) return hash('sha256', body.bytes)
    const digest = await crypto.subtle.digest('SHA-256', body.bytes)
    return Buffer.from(digest).toString('hex')
  }
  return UNSIGNED
}

/** Ends a reply whose body nobody wants, so that its connection is free again. Never rejects. */
export async function discardBody(stream: HttpStream): Promise<void> {
  try {
    // Begun, or ending it would end nothing.
    for await (const _ of stream.body) break
  } catch {
    // The connection broke: as good.
  }
}

/** A proxy that transforms what it passes on weakens the ETag; the store knows only its own. */
function withStrongEtag(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const etag = headers['etag']
  return etag?.startsWith('W/') === true ? { ...headers, etag: etag.slice(2) } : headers
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function isHiddenError(reply: HttpReply): boolean {
  return (
    reply.body.length > 0 && reply.body.length < MAX_HIDDEN_ERROR_BYTES && xmlRoot(reply.body.toString()) === 'Error'
  )
}

/** For callers that met a reply they cannot make sense of. */
export function unexpectedReply(path: string, what: string): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: s3FailureTexts.storeClient.theStoreGaveAnAnswer({ what }),
    path,
    fix: s3FailureTexts.storeClient.theStoreGaveAnAnswerFix,
  })
}
