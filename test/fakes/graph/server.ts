import type { IncomingMessage, ServerResponse } from 'node:http'
import { befall, flipBit } from '../faulty-http/befall.ts'
import { Faults, type FaultAction } from '../faulty-http/faults.ts'
import { listen, type Listening } from '../faulty-http/listen.ts'
import { headOf } from '../faulty-http/request.ts'
import { Deltas } from './delta.ts'
import { Drive } from './drive.ts'
import { sendFailure, sendReply } from './reply.ts'
import { operationOf, restoreItem, routeGraph, routeStorage, type RouterContext } from './router.ts'
import { UploadSessions } from './sessions.ts'
import { Storage } from './storage.ts'
import { TokenIssuer } from './tokens.ts'
import { GraphFailure, type DriveKind, type GraphRequest, type Quirks, type Reply } from './types.ts'

export type { Fault, FaultAction } from '../faulty-http/faults.ts'
export type { DriveKind, Quirks } from './types.ts'

/** One request that reached the server, whatever became of it. */
export interface LoggedRequest {
  readonly operation: string
  readonly method: string
  /** Without `/v1.0`. */
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly isStorage: boolean
  bytesIn: number
  bytesOut: number
  /** 0 when the connection was cut instead. */
  status: number
}

/** A running server. */
export interface GraphServer {
  /** `http://127.0.0.1:port`: Graph. */
  readonly origin: string
  /** `http://localhost:port`: what pre-authenticated addresses point to. */
  readonly storageOrigin: string
  readonly requests: LoggedRequest[]
  readonly faults: Faults
  readonly tokens: TokenIssuer
  readonly sessions: UploadSessions
  readonly storage: Storage
  /** Requests whose token was for another tenant than the drive they named. */
  readonly mixUps: readonly string[]
  /** Sent with every answer of Graph while it is set. */
  rateLimit: { limit: number; remaining: number; resetS: number } | undefined
  /** Moves the server's time on. */
  advance(durationMs: number): void
  addDrive(options: { id: string; kind: DriveKind; tenant: string; quirks?: Quirks }): Drive
  driveById(id: string): Drive | undefined
  /** Requests of that operation so far. */
  count(operation: string): number
  /** Forgets the log. */
  forget(): void
  close(): Promise<void>
}

interface ServerState extends RouterContext {
  readonly faults: Faults
  readonly requests: LoggedRequest[]
  readonly control: { rateLimit: GraphServer['rateLimit']; skewMs: number }
}

/**
 * A strict Microsoft Graph in this process: real HTTP on loopback under two host names, tokens and
 * names and conditions and fragments refused as documented. Nothing outlives `close`.
 */
export async function startGraphServer(): Promise<GraphServer> {
  const control: ServerState['control'] = { rateLimit: undefined, skewMs: 0 }
  const now = (): number => Date.now() + control.skewMs
  const server = await listen((message, response) => serve(state, message, response))
  const { port } = server
  const storage = new Storage(now)
  const storageOrigin = `http://localhost:${port}`
  const drives = new Map<string, Drive>()
  const state: ServerState = {
    control,
    drives,
    storage,
    storageOrigin,
    origin: `http://127.0.0.1:${port}`,
    tokens: new TokenIssuer(now),
    sessions: new UploadSessions(now),
    deltas: new Deltas(),
    mixUps: [],
    faults: new Faults(),
    requests: [],
    downloadUrl: (drive, item, version) => storageOrigin + storage.downloadPath(drive, item, version),
    startCopy: (_drive, run) => storageOrigin + storage.copyPath(run),
  }
  const addDrive: GraphServer['addDrive'] = ({ quirks = {}, ...options }) => {
    const drive = new Drive({ ...options, quirks, now })
    drives.set(drive.id, drive)
    return drive
  }
  return handle(state, { server, addDrive })
}

function handle(
  state: ServerState,
  { server, addDrive }: { server: Listening; addDrive: GraphServer['addDrive'] },
): GraphServer {
  const { control } = state
  return {
    origin: state.origin,
    storageOrigin: state.storageOrigin,
    requests: state.requests,
    faults: state.faults,
    tokens: state.tokens,
    sessions: state.sessions,
    storage: state.storage,
    mixUps: state.mixUps,
    get rateLimit() {
      return control.rateLimit
    },
    set rateLimit(value: GraphServer['rateLimit']) {
      control.rateLimit = value
    },
    advance: (durationMs) => void (control.skewMs += durationMs),
    addDrive,
    driveById: (id) => state.drives.get(id),
    count: (operation) => state.requests.filter((request) => request.operation === operation).length,
    forget: () => void state.requests.splice(0),
    close: () => server.close(),
  }
}

async function serve(state: ServerState, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { request, logged, isStorage } = describe(message)
  state.requests.push(logged)
  const fault = state.faults.next(logged.operation)
  const isDownload = logged.operation === 'Download'
  try {
    const reply = await befall<Reply>(message, fault, {
      received: (body) => void (logged.bytesIn = body.length),
      work: (body) => {
        if (fault?.kind === 'corrupt' && !isDownload) flipBit(body)
        return withRateLimit(state, work(state, { ...request, body }, isStorage), isStorage)
      },
      success: () => ({ status: 200, body: Buffer.from('<html>sign in</html>') }),
      refusal: injected,
    })
    if (reply === undefined) return
    const isSpoilt = fault?.kind === 'corrupt' && !isDownload
    sendReply(response, reply, { fault: isSpoilt ? undefined : fault, logged })
  } catch (error) {
    if (message.socket.destroyed) return
    const known = error instanceof GraphFailure ? error : new GraphFailure(500, 'generalException', String(error))
    sendFailure(response, known, logged)
  }
}

function work(state: ServerState, request: GraphRequest, isStorage: boolean): Reply {
  if (isStorage) return routeStorage(request, state)
  return restoreItem(request, state) ?? routeGraph(request, state)
}

function injected({ status, code, headers }: FaultAction & { kind: 'status' }): GraphFailure {
  return new GraphFailure(status, code ?? 'generalException', undefined, headers)
}

function withRateLimit(state: ServerState, reply: Reply, isStorage: boolean): Reply {
  const { rateLimit } = state.control
  if (rateLimit === undefined || isStorage) return reply
  const headers = {
    'ratelimit-limit': String(rateLimit.limit),
    'ratelimit-remaining': String(rateLimit.remaining),
    'ratelimit-reset': String(rateLimit.resetS),
  }
  return { ...reply, headers: { ...headers, ...reply.headers } }
}

function describe(message: IncomingMessage): {
  request: Omit<GraphRequest, 'body'>
  logged: LoggedRequest
  isStorage: boolean
} {
  const { method, rawPath, rawQuery, query, headers } = headOf(message)
  const isStorage = (headers['host'] ?? '').startsWith('localhost:')
  const path = isStorage ? rawPath : rawPath.replace(/^\/v1\.0/, '')
  const operation = operationOf(method, path, isStorage)
  const logged = { operation, method, path, query: rawQuery, headers, isStorage, bytesIn: 0, bytesOut: 0, status: 0 }
  return { request: { method, path, query, headers }, logged, isStorage }
}
