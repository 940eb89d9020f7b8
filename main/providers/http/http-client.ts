import { Pool, type Dispatcher } from 'undici'
import { TidekeepError } from '../../../common/errors.ts'
import type { Clock } from '../../host.ts'
import { cancelled, onAbort } from './abort-listeners.ts'
import { HttpFailure } from './http-failure.ts'
import { startIdleTimer, type IdleTimer } from './idle-timer.ts'

/** A body whose length is known. Pieces are pulled as the socket takes them. */
export type HttpBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly sizeBytes: number; readonly open: () => AsyncIterable<Uint8Array> }

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** Path and query exactly as they go over the wire. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: HttpBody
  readonly signal: AbortSignal
  /** Body bytes handed to the socket so far. */
  readonly onSent?: (bytes: number) => void
}

/** Header names are lower-case. */
export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** A reply whose body is read by the caller, to its end or by ending the iteration early. */
export interface HttpStream {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
}

/** HTTP to one origin. Never follows a redirect, never retries, never waits longer than its deadlines (I19). */
export interface HttpClient {
  /** The whole reply in memory; replies above 16 MiB are refused. */
  send(request: HttpRequest): Promise<HttpReply>
  /** The reply's head; the body follows. */
  stream(request: HttpRequest): Promise<HttpStream>
  close(): Promise<void>
}

export interface HttpClientOptions {
  /** `https://host:port` */
  readonly origin: string
  readonly clock: Clock
  readonly connections: number
  readonly connectMs?: number
  /** Longest silence in either direction. */
  readonly idleMs?: number
}

const MAX_REPLY_BYTES = 16 * 1024 * 1024
/** Bodies above this go out in pieces, so that silence can be told from a slow line. */
const PIECE_BYTES = 256 * 1024

/** Opens a pool of connections, made when needed. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const pool = new Pool(options.origin, {
    connections: options.connections,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: options.connectMs ?? 10_000 },
    // Silence is measured here, by the host's clock.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const idleMs = options.idleMs ?? 30_000
  return {
    send: (request) => send(pool, request, () => startIdleTimer(options.clock, idleMs)),
    stream: (request) => stream(pool, request, startIdleTimer(options.clock, idleMs)),
    close: () => pool.destroy(),
  }
}

/** Uses the dispatcher's callbacks directly: a stream object for each small reply would cost more than the request. */
function send(pool: Pool, request: HttpRequest, startTimer: () => IdleTimer): Promise<HttpReply> {
  const { signal } = request
  return new Promise((resolve, reject) => {
    if (signal.aborted) return void reject(cancelled(signal))
    const timer = startTimer()
    let controller: Dispatcher.DispatchController | undefined
    let head: { status: number; headers: Readonly<Record<string, string>> } | undefined
    const pieces: Buffer[] = []
    let receivedBytes = 0
    const source: BodySource = {}
    const fail = (error: Error): void => {
      finish()
      reject(signal.aborted ? cancelled(signal) : toFailure(error, timer, source))
    }
    const abort = (): void => {
      if (controller === undefined) return fail(new Error('aborted before it was sent'))
      controller.abort(new Error('aborted'))
    }
    const finish = (): void => {
      timer.stop()
      stopListening()
    }
    timer.onExpired = abort
    const stopListening = onAbort(signal, abort)
    pool.dispatch(dispatchOptions(request, timer, source), {
      onRequestStart: (started) => {
        controller = started
        // Given up while it waited for a connection: it must not go out after all.
        if (signal.aborted || timer.expired) return abort()
        timer.touch()
      },
      onResponseStart: (_controller, status, headers) => {
        timer.touch()
        head = { status, headers: flatten(headers) }
      },
      onResponseData: (_controller, piece) => {
        timer.received(piece.length)
        receivedBytes += piece.length
        pieces.push(piece)
        if (receivedBytes > MAX_REPLY_BYTES) abort()
      },
      onResponseEnd: () => {
        finish()
        resolve({ ...head!, body: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces) })
      },
      onResponseError: (_controller, error) => fail(error),
    })
  })
}

async function stream(pool: Pool, request: HttpRequest, timer: IdleTimer): Promise<HttpStream> {
  const { signal } = request
  const expiry = new AbortController()
  timer.onExpired = () => expiry.abort()
  const source: BodySource = {}
  try {
    const reply = await pool.request({
      ...dispatchOptions(request, timer, source),
      signal: AbortSignal.any([signal, expiry.signal]),
    })
    timer.touch()
    return {
      status: reply.statusCode,
      headers: flatten(reply.headers),
      body: watchedBody(reply.body, { signal, timer }),
    }
  } catch (error) {
    timer.stop()
    throw signal.aborted ? cancelled(signal) : toFailure(error, timer, source)
  }
}

/** The caller's own pace does not count as silence: the timer runs only while a piece is awaited. */
async function* watchedBody(
  body: AsyncIterable<Uint8Array> & { destroy(): unknown },
  { signal, timer }: { signal: AbortSignal; timer: IdleTimer },
): AsyncGenerator<Uint8Array> {
  let ended = false
  try {
    timer.touch()
    for await (const piece of body) {
      timer.received(piece.length)
      timer.pause()
      yield piece
      timer.touch()
    }
    ended = true
  } catch (error) {
    throw signal.aborted ? cancelled(signal) : toFailure(error, timer, {})
  } finally {
    timer.stop()
    if (!ended) body.destroy()
  }
}

/** Where a body's own failure is noted: it is not the connection's. */
interface BodySource {
  error?: unknown
}

function dispatchOptions(request: HttpRequest, timer: IdleTimer, noted: BodySource): Dispatcher.DispatchOptions {
  const { body } = request
  const options = {
    method: request.method,
    path: request.path,
    headers: request.headers,
    // By itself the client closes the connection after each HEAD, for servers that answer one with a body: a handshake for
    // every look at a file. Such a server breaks the next exchange instead, which is then tried again.
    ...(request.method === 'HEAD' ? { reset: false } : {}),
  }
  if (body === undefined) return options
  if (body.kind === 'bytes' && body.bytes.length <= PIECE_BYTES) return { ...options, body: body.bytes }
  const source = body.kind === 'bytes' ? slices(body.bytes) : body.open()
  const sizeBytes = body.kind === 'bytes' ? body.bytes.length : body.sizeBytes
  return {
    ...options,
    headers: { ...request.headers, 'content-length': String(sizeBytes) },
    body: observed(source, { timer, noted, onSent: request.onSent }) as never,
  }
}

interface Observing {
  readonly timer: IdleTimer
  readonly noted: BodySource
  readonly onSent: HttpRequest['onSent']
}

async function* observed(
  source: AsyncIterable<Uint8Array>,
  { timer, noted, onSent }: Observing,
): AsyncGenerator<Uint8Array> {
  let sentBytes = 0
  // A slow source is not a silent store: the timer runs only while the socket is to take something.
  timer.pause()
  try {
    for await (const piece of source) {
      timer.touch()
      yield piece
      timer.pause()
      sentBytes += piece.length
      onSent?.(sentBytes)
    }
  } catch (error) {
    noted.error = error
    throw error
  }
  timer.touch()
}

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> {
  for (const value of Object.values(headers)) {
    if (typeof value !== 'string') return joined(headers)
  }
  return headers as Readonly<Record<string, string>>
}

function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    flat[name] = Array.isArray(value) ? value.join(', ') : (value ?? '')
  return flat
}

const CONNECT_CODES = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'EADDRNOTAVAIL',
  'EACCES',
])
const NAME_CODES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL'])
const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/

/** What a body threw (a source that changed, a mistake of ours) passes through. */
function toFailure(error: unknown, timer: IdleTimer, source: BodySource): Error {
  if (source.error instanceof Error) return source.error
  if (error instanceof TidekeepError) return error
  if (timer.expired) return new HttpFailure('idle', true, error)
  const code = codeOf(error)
  if (CONNECT_CODES.has(code)) return new HttpFailure('connect', false, error)
  if (NAME_CODES.has(code)) return new HttpFailure('name', false, error)
  if (TLS_CODE.test(code)) return new HttpFailure('tls', false, error)
  return new HttpFailure('reset', true, error)
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
