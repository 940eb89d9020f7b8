import type { IncomingMessage, ServerResponse } from 'node:http'
import { befall, flipBit } from '../faulty-http/befall.ts'
import { Faults, type FaultAction } from '../faulty-http/faults.ts'
import { listen, type Listening } from '../faulty-http/listen.ts'
import { headOf } from '../faulty-http/request.ts'
import { verifyPayloadHash, verifySignature, type AcceptedKeys } from './auth.ts'
import { Bucket } from './bucket.ts'
import { deframe } from './chunked.ts'
import { ContentStore } from './content.ts'
import { sendError, sendReply } from './reply.ts'
import { operationOf, route, type RouterContext } from './router.ts'
import { S3Error, type Quirks, type Reply, type S3Request } from './types.ts'

export type { Fault, FaultAction } from '../faulty-http/faults.ts'
export type { Quirks } from './types.ts'

/** Options of {@link startS3Server}. */
export interface S3ServerOptions {
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  readonly buckets?: readonly string[]
  readonly region?: string
  readonly quirks?: Quirks
  /** Keeps sizes and digests but no bytes. */
  readonly discardContent?: boolean
  /** Added to the server's idea of the time. */
  readonly clockSkewMs?: number
}

/** One request that reached the server, whatever became of it. */
export interface LoggedRequest {
  readonly operation: string
  readonly bucket: string
  readonly key: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  bytesIn: number
  bytesOut: number
  /** 0 when the connection was cut instead. */
  status: number
}

/** A running server. */
export interface S3Server {
  /** `http://127.0.0.1:port` */
  readonly endpoint: string
  readonly requests: LoggedRequest[]
  readonly faults: Faults
  readonly buckets: ReadonlyMap<string, Bucket>
  /** May be changed while the server runs. */
  readonly keys: { -readonly [K in keyof AcceptedKeys]: AcceptedKeys[K] }
  clockSkewMs: number
  /** Requests of that operation so far. */
  count(operation: string): number
  /** Forgets the log. */
  forget(): void
  /** The bytes of the current object, undefined when there is none. */
  bytes(bucket: string, key: string): Buffer | undefined
  close(): Promise<void>
}

/**
 * A strict S3 store in this process: real HTTP on loopback, signatures and checksums really
 * verified, limits and conditions enforced as Amazon documents them. Nothing outlives `close`.
 */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const contents = new ContentStore(options.discardContent ?? false)
  const buckets = new Map<string, Bucket>()
  const createBucket = (name: string): void => void buckets.set(name, new Bucket(name, contents))
  for (const name of options.buckets ?? []) createBucket(name)
  const state: ServerState = {
    keys: {
      accessKeyId: options.accessKeyId ?? 'AKIDTIDEKEEPTEST',
      secretAccessKey: options.secretAccessKey ?? 'secret/for+the=test',
      region: options.region ?? 'us-east-1',
      ...(options.sessionToken === undefined ? {} : { sessionToken: options.sessionToken }),
    },
    context: { buckets, quirks: options.quirks ?? {}, createBucket },
    faults: new Faults(),
    requests: [],
    clockSkewMs: options.clockSkewMs ?? 0,
  }
  const server = await listen((message, response) => serve(state, message, response))
  return handle(state, server, contents)
}

interface ServerState {
  readonly keys: { -readonly [K in keyof AcceptedKeys]: AcceptedKeys[K] }
  readonly context: RouterContext
  readonly faults: Faults
  readonly requests: LoggedRequest[]
  clockSkewMs: number
}

function handle(state: ServerState, server: Listening, contents: ContentStore): S3Server {
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    requests: state.requests,
    faults: state.faults,
    buckets: state.context.buckets,
    keys: state.keys,
    get clockSkewMs() {
      return state.clockSkewMs
    },
    set clockSkewMs(value: number) {
      state.clockSkewMs = value
    },
    count: (operation) => state.requests.filter((request) => request.operation === operation).length,
    forget: () => void state.requests.splice(0),
    bytes: (bucket, key) => {
      const version = state.context.buckets.get(bucket)?.current(key)
      return version === undefined || version.deleteMarker ? undefined : version.content.bytes()
    },
    close: async () => {
      await server.close()
      contents.close()
    },
  }
}

async function serve(state: ServerState, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = parseTarget(message)
  const operation = operationOf(target)
  const logged: LoggedRequest = {
    operation,
    bucket: target.bucket,
    key: target.key,
    query: target.rawQuery,
    headers: target.headers,
    bytesIn: 0,
    bytesOut: 0,
    status: 0,
  }
  state.requests.push(logged)
  response.setHeader('date', new Date(Date.now() + state.clockSkewMs).toUTCString())
  const fault = state.faults.next(operation)
  const isHead = message.method === 'HEAD'
  try {
    const reply = await befall<Reply>(message, fault, {
      received: (raw) => void (logged.bytesIn = raw.length),
      work: (raw) => work(state, { target, raw, operation, corrupt: fault?.kind === 'corrupt' }),
      success: () => ({ status: 200 }),
      refusal: injected,
    })
    if (reply !== undefined) sendReply(response, reply, { fault, logged, isHead })
  } catch (error) {
    if (message.socket.destroyed) return
    const known = error instanceof S3Error ? error : new S3Error(500, 'InternalError', String(error))
    sendError(response, known, { logged, isHead })
  }
}

function injected({ status, code, headers }: FaultAction & { kind: 'status' }): S3Error {
  return new S3Error(status, code ?? 'InternalError', 'injected', headers)
}

interface Target extends Omit<S3Request, 'body' | 'trailers'> {
  readonly rawPath: string
  readonly rawQuery: string
}

function work(
  state: ServerState,
  { target, raw, operation, corrupt }: { target: Target; raw: Buffer; operation: string; corrupt: boolean },
): Reply {
  const keys: AcceptedKeys = state.keys
  verifySignature(
    { method: target.method, path: target.rawPath, query: target.rawQuery, headers: target.headers },
    keys,
    Date.now() + state.clockSkewMs,
  )
  const claimed = target.headers['x-amz-content-sha256']!
  const isFramed = claimed.startsWith('STREAMING-')
  const { body, trailers } = isFramed ? deframe(raw, target.headers) : { body: raw, trailers: {} }
  verifyPayloadHash(claimed, body)
  if (corrupt && target.method === 'PUT') flipBit(body)
  return route(operation, { ...target, body, trailers }, state.context)
}

function parseTarget(message: IncomingMessage): Target {
  const head = headOf(message)
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(head.rawPath) ?? []
  return { ...head, bucket: decodeURIComponent(bucket), key: decodeURIComponent(key) }
}
