import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { verifyPayloadHash, verifySignature, type AcceptedKeys } from './auth.ts'
import { Bucket } from './bucket.ts'
import { deframe } from './chunked.ts'
import { ContentStore } from './content.ts'
import { Faults, type FaultAction } from './faults.ts'
import { sendError, sendReply } from './reply.ts'
import { operationOf, route, type RouterContext } from './router.ts'
import { S3Error, type Quirks, type Reply, type S3Request } from './types.ts'

export type { Fault, FaultAction } from './faults.ts'
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
  readonly keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string; region: string }
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
  const sockets = new Set<Socket>()
  const server = createServer((message, response) => void serve(state, message, response))
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return handle(state, { server, sockets, contents })
}

interface ServerState {
  readonly keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string; region: string }
  readonly context: RouterContext
  readonly faults: Faults
  readonly requests: LoggedRequest[]
  clockSkewMs: number
}

function handle(
  state: ServerState,
  { server, sockets, contents }: { server: Server; sockets: ReadonlySet<Socket>; contents: ContentStore },
): S3Server {
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
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
  try {
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.delayMs))
    if (fault?.kind === 'run' && fault.after !== true) {
      await fault.run()
      if (fault.cut === true) return void message.socket.destroy()
    }
    if (fault?.kind === 'reset-before') return void message.socket.destroy()
    if (fault?.kind === 'hang') return
    const raw = await readBody(message, fault?.kind === 'reset-mid' && message.method !== 'GET')
    logged.bytesIn = raw.length
    if (fault?.kind === 'reset-mid' && message.method !== 'GET') return
    if (fault?.kind === 'status' && fault.after !== true) {
      throw new S3Error(fault.status, fault.code ?? 'InternalError', 'injected', fault.headers)
    }
    const skipped = fault?.kind === 'error-in-200' && fault.after !== true
    const reply = skipped
      ? { status: 200 }
      : await worked(fault, () => work(state, { target, raw, operation, corrupt: fault?.kind === 'corrupt' }))
    if (fault?.kind === 'hang-after') return
    if (fault?.kind === 'reset-after') return void message.socket.destroy()
    if (fault?.kind === 'status')
      throw new S3Error(fault.status, fault.code ?? 'InternalError', 'injected', fault.headers)
    sendReply(response, reply, { fault, logged, isHead: message.method === 'HEAD' })
  } catch (error) {
    if (message.socket.destroyed) return
    const known = error instanceof S3Error ? error : new S3Error(500, 'InternalError', String(error))
    sendError(response, known, { logged, isHead: message.method === 'HEAD' })
  }
}

/** A refusal is work, too. */
async function worked(fault: FaultAction | undefined, run: () => Reply): Promise<Reply> {
  try {
    return run()
  } finally {
    if (fault?.kind === 'run' && fault.after === true) await fault.run()
  }
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
  const [rawPath = '/', rawQuery = ''] = (message.url ?? '/').split(/\?(.*)/s)
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(rawPath) ?? []
  const query = new Map<string, string>()
  for (const pair of rawQuery.split('&').filter((pair) => pair !== '')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    query.set(decodeURIComponent(name), decodeURIComponent(value))
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers))
    headers[name] = Array.isArray(value) ? value.join(',') : (value ?? '')
  return {
    method: message.method ?? 'GET',
    bucket: decodeURIComponent(bucket),
    key: decodeURIComponent(key),
    query,
    headers,
    rawPath,
    rawQuery,
  }
}

async function readBody(message: IncomingMessage, cutHalfway: boolean): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  const half = Number(message.headers['content-length'] ?? 0) / 2
  for await (const piece of message as AsyncIterable<Buffer>) {
    pieces.push(piece)
    size += piece.length
    if (cutHalfway && size >= half) message.socket.destroy()
  }
  if (cutHalfway) message.socket.destroy()
  return Buffer.concat(pieces)
}

function flipBit(bytes: Buffer): void {
  if (bytes.length > 0) bytes[bytes.length >> 1]! ^= 1
}
