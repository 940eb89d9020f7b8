import { TidekeepError } from '../../../common/errors.ts'
import type { Clock } from '../../../main/host.ts'
import { cancelled } from '../../../main/providers/http/abort-listeners.ts'
import {
  type HttpBody,
  type HttpClient,
  type HttpReply,
  type HttpRequest,
} from '../../../main/providers/http/http-client.ts'
import { HttpFailure } from '../../../main/providers/http/http-failure.ts'
import { verifyPayloadHash, verifySignature, type AcceptedKeys } from './auth.ts'
import { Bucket } from './bucket.ts'
import { Content, ContentStore } from './content.ts'
import { operationOf, route, type RouterContext } from './router.ts'
import { S3Error, type Quirks, type Reply } from './types.ts'
import { tag, wrap } from './xml.ts'

/** What befalls one request. */
export type DirectFault =
  /** Nobody listens: the request never left. */
  | { readonly kind: 'refused' | 'unknown-name' | 'bad-certificate' }
  /** The connection breaks before the work, or after it. */
  | { readonly kind: 'lost-request' | 'lost-answer' }
  /** Nothing is heard until the deadline is over; `after`: although the work is done. */
  | { readonly kind: 'silent'; readonly after?: boolean }
  /** The store's own error, before the work or `after` it. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly code?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly after?: boolean
    }
  /** Something else answers; `after`: the work is done, but its answer is replaced. */
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
      readonly after?: boolean
    }
  /** The store's own answer, changed on its way. */
  | { readonly kind: 'changed'; readonly change: (reply: HttpReply) => HttpReply }

/** A request that was made, whether it arrived or not. */
export interface DirectRequest {
  readonly atMs: number
  readonly operation: string
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  /** How many came before it. */
  readonly index: number
  /** 0 when there was no answer. */
  status: number
}

/** Options of {@link DirectStore}. */
export interface DirectStoreOptions {
  readonly clock: Clock
  readonly bucket: string
  readonly quirks?: Quirks
  readonly keys?: Partial<AcceptedKeys>
  /** Time a request and its answer take together, ms. */
  readonly latencyMs?: number
}

/** The deadline of the HTTP client that this stands in for. */
export const SILENCE_MS = 30_000

/**
 * The strict S3 store of `server.ts` without sockets: requests are handed over as values, on any
 * clock. Stands behind the port of the HTTP client, so that everything above it is the real thing.
 */
export class DirectStore {
  readonly keys: AcceptedKeys & { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  readonly requests: DirectRequest[] = []
  readonly bucket: Bucket
  /** Says what befalls a request. */
  fault: (request: DirectRequest) => DirectFault | undefined = () => undefined
  /** Runs when a request has arrived, before it is carried out. */
  beforeWork: (request: DirectRequest) => void = () => undefined
  /** Added to the store's idea of the time. */
  skewMs = 0
  readonly #options: DirectStoreOptions
  readonly #context: RouterContext
  readonly #contents = new ContentStore(false)

  constructor(options: DirectStoreOptions) {
    this.#options = options
    this.keys = { accessKeyId: 'AKID', secretAccessKey: 'secret', region: 'us-east-1', ...options.keys }
    this.bucket = new Bucket(options.bucket, this.#contents)
    const buckets = new Map([[options.bucket, this.bucket]])
    this.#context = {
      buckets,
      quirks: { minPartBytes: 1, ...options.quirks },
      createBucket: () => {
        throw new S3Error(403, 'AccessDenied')
      },
    }
  }

  /** The bytes of the current object. */
  bytes(key: string): Buffer | undefined {
    const version = this.bucket.current(key)
    return version === undefined || version.deleteMarker ? undefined : version.content.bytes()
  }

  count(operation?: string): number {
    return operation === undefined
      ? this.requests.length
      : this.requests.filter((request) => request.operation === operation).length
  }

  /** Another program stores something, this very moment. */
  meddle(key: string, content: string): void {
    const bytes = Buffer.from(content)
    this.bucket.add({
      key,
      etag: `"foreign-${this.bucket.nextId('e')}"`,
      content: this.#contents.keep(bytes),
      lastModifiedMs: this.#options.clock.now() + this.skewMs,
      metadata: {},
      system: {},
      storageClass: 'STANDARD',
      deleteMarker: false,
    })
  }

  /** The store as the HTTP client of one provider sees it. */
  connect(): HttpClient {
    return {
      send: (request) => this.#exchange(request),
      stream: async (request) => {
        const { status, headers, body } = await this.#exchange(request)
        return { status, headers, body: once(body, headers) }
      },
      close: async () => undefined,
    }
  }

  async #exchange(request: HttpRequest): Promise<HttpReply> {
    const { clock, latencyMs = 0 } = this.#options
    if (request.signal.aborted) throw cancelled(request.signal)
    const made = this.#note(request)
    const fault = this.fault(made)
    const body = await bytesOf(request.body)
    const travel = async (delayMs: number): Promise<void> => {
      if (delayMs > 0) await clock.sleep(delayMs, request.signal).catch(() => undefined)
      if (request.signal.aborted) throw cancelled(request.signal)
    }
    if (fault?.kind === 'refused') throw new HttpFailure('connect', false, new Error('injected'))
    if (fault?.kind === 'unknown-name') throw new HttpFailure('name', false, new Error('injected'))
    if (fault?.kind === 'bad-certificate') throw new HttpFailure('tls', false, new Error('injected'))
    await travel(latencyMs / 2)
    const reply = this.#answer(request, { made, body, fault })
    if (fault?.kind === 'silent') {
      await travel(SILENCE_MS)
      throw new HttpFailure('idle', true, new Error('injected'))
    }
    await travel(latencyMs / 2)
    if (reply === undefined) throw new HttpFailure('reset', true, new Error('injected'))
    made.status = reply.status
    return reply
  }

  /** Undefined when nothing comes back. */
  #answer(
    request: HttpRequest,
    { made, body, fault }: { made: DirectRequest; body: Buffer; fault: DirectFault | undefined },
  ): HttpReply | undefined {
    if (fault?.kind === 'lost-request') return undefined
    const isBefore = (fault?.kind === 'status' || fault?.kind === 'answer' || fault?.kind === 'silent') && !fault.after
    const own = isBefore ? undefined : this.#work(request, made, body)
    switch (fault?.kind) {
      case 'lost-answer':
        return undefined
      case 'status':
        return this.#error(request, new S3Error(fault.status, fault.code ?? 'InternalError', 'injected', fault.headers))
      case 'answer':
        return { status: fault.status, headers: fault.headers ?? {}, body: Buffer.from(fault.body ?? '') }
      case 'changed':
        return fault.change(own!)
      default:
        return own
    }
  }

  #work(request: HttpRequest, made: DirectRequest, body: Buffer): HttpReply {
    const [rawPath = '/', rawQuery = ''] = request.path.split(/\?(.*)/s)
    const { bucket, key, query } = this.#target(request)
    this.beforeWork(made)
    try {
      const nowMs = this.#options.clock.now() + this.skewMs
      verifySignature(
        { method: request.method, path: rawPath, query: rawQuery, headers: request.headers },
        this.keys,
        nowMs,
      )
      verifyPayloadHash(request.headers['x-amz-content-sha256']!, body)
      const { method } = request
      const length = request.body === undefined ? {} : { 'content-length': String(body.length) }
      const headers = { ...request.headers, ...length }
      const reply = route(made.operation, { method, bucket, key, query, headers, body, trailers: {} }, this.#context)
      return this.#reply(request, reply)
    } catch (error) {
      if (error instanceof S3Error) return this.#error(request, error)
      throw error
    }
  }

  #reply({ method }: HttpRequest, { status, headers, body }: Reply): HttpReply {
    const bytes =
      body === undefined ? Buffer.alloc(0) : body instanceof Content ? Buffer.from(body.bytes()) : Buffer.from(body)
    const own = { 'content-length': String(bytes.length), ...this.#date, ...headers }
    return { status, headers: own, body: method === 'HEAD' ? Buffer.alloc(0) : bytes }
  }

  #error({ method }: HttpRequest, { status, code, message, headers }: S3Error): HttpReply {
    const document = wrap('Error', tag('Code', code) + tag('Message', message))
    return { status, headers: { ...this.#date, ...headers }, body: Buffer.from(method === 'HEAD' ? '' : document) }
  }

  get #date(): { date: string } {
    return { date: new Date(this.#options.clock.now() + this.skewMs).toUTCString() }
  }

  #target({ path }: HttpRequest): { bucket: string; key: string; query: Map<string, string> } {
    const [rawPath = '/', rawQuery = ''] = path.split(/\?(.*)/s)
    const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(rawPath) ?? []
    const query = new Map<string, string>()
    for (const pair of rawQuery.split('&').filter((pair) => pair !== '')) {
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      query.set(decodeURIComponent(name), decodeURIComponent(value))
    }
    return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key), query }
  }

  #note(request: HttpRequest): DirectRequest {
    const { bucket, key, query } = this.#target(request)
    const { method, headers } = request
    const made: DirectRequest = {
      atMs: this.#options.clock.monotonic(),
      operation: operationOf({ method, bucket, key, query, headers }),
      key,
      headers,
      index: this.requests.length,
      status: 0,
    }
    this.requests.push(made)
    return made
  }
}

async function bytesOf(body: HttpBody | undefined): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0)
  if (body.kind === 'bytes') return Buffer.from(body.bytes)
  const pieces: Uint8Array[] = []
  for await (const piece of body.open()) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** A body that is shorter than announced breaks off, as a connection does. */
async function* once(bytes: Buffer, headers: Readonly<Record<string, string>>): AsyncGenerator<Uint8Array> {
  const announced = Number(headers['content-length'] ?? bytes.length)
  yield bytes.subarray(0, announced)
  if (bytes.length < announced) throw new HttpFailure('reset', true, new Error('injected'))
}

/** What a call came to: `ok`, or the code of its error. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'ok'
  } catch (error) {
    return error instanceof TidekeepError ? error.code : `thrown: ${String(error)}`
  }
}
