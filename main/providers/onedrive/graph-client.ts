import { Client, type Context } from '@microsoft/microsoft-graph-client'
import type { HttpReply } from '../http/http-client.ts'
import { GraphRefusal, senseless, translateFailure, translateReply } from './errors.ts'
import type { Transport } from './transport.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** A call that is answered in JSON. */
export interface GraphCall {
  /** What it counts as: `GetItem`, `Delta`, … */
  readonly name: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Below `/v1.0`, segments percent-encoded; or, for pages, an absolute address that Graph gave. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
  readonly signal: AbortSignal
  /** The path it is about, for messages. */
  readonly about: string
}

/** JSON calls to Graph, each sent once. */
export interface GraphClient {
  /** The parsed answer; undefined for one without content. Throws `GraphRefusal` for refusals. */
  call(call: GraphCall): Promise<unknown>
}

/** What a call came to, seen from below the library. */
interface Exchange {
  reply?: HttpReply
  failure?: unknown
}

const NULL_BODY_STATUSES = new Set([204, 205, 304])

/**
 * Graph through Microsoft's client: it builds the address, writes and reads the JSON and tells
 * refusals from answers. Its own transport, sign-in, redirects and retries are left out; requests go
 * over this program's HTTP port, with its deadlines, its token and its one retry layer.
 */
export function createGraphClient(transport: Transport, onRequest: (name: string) => void): GraphClient {
  return {
    call: async (call) => {
      const exchange: Exchange = {}
      const client = Client.initWithMiddleware({
        baseUrl: transport.graphOrigin,
        defaultVersion: 'v1.0',
        middleware: { execute: (context) => deliver(transport, { call, exchange, context }) },
      })
      onRequest(call.name)
      try {
        const request = client.api(pathFor(call, transport)).headers({ ...call.headers })
        return await send(request, call)
      } catch (error) {
        throw explain(call, exchange, error)
      }
    },
  }
}

function send(request: ReturnType<Client['api']>, { method, body }: GraphCall): Promise<unknown> {
  switch (method) {
    case 'GET':
      return request.get() as Promise<unknown>
    case 'DELETE':
      return request.delete() as Promise<unknown>
    case 'POST':
      return request.post(body ?? {}) as Promise<unknown>
    case 'PUT':
      return request.put(body ?? {}) as Promise<unknown>
    case 'PATCH':
      return request.patch(body ?? {}) as Promise<unknown>
  }
}

/** The end of the library's chain: one request over the transport. */
async function deliver(
  transport: Transport,
  { call, exchange, context }: { call: GraphCall; exchange: Exchange; context: Context },
): Promise<void> {
  try {
    const url = new URL(String(context.request))
    const body = context.options?.body
    exchange.reply = await transport.toGraph(`${url.pathname}${url.search}`, {
      method: call.method,
      headers: lowerCased(context.options?.headers),
      signal: call.signal,
      about: call.about,
      ...(typeof body === 'string' ? { body: { kind: 'bytes', bytes: Buffer.from(body) } } : {}),
    })
    const { status, headers } = exchange.reply
    if (status < 200 || status > 599)
      throw senseless(call.about, onedriveFailureTexts.nonsense.status({ status: String(status) }))
    const isBodyless = NULL_BODY_STATUSES.has(status) || exchange.reply.body.length === 0
    context.response = new Response(isBodyless ? null : new Uint8Array(exchange.reply.body), {
      status,
      headers: { 'content-type': headers['content-type'] ?? 'application/json' },
    })
  } catch (error) {
    exchange.failure = error
    throw error
  }
}

/** The library wraps everything in an error of its own; what was below it says more. */
function explain(call: GraphCall, { reply, failure }: Exchange, error: unknown): Error {
  if (failure !== undefined) return translateFailure(failure, call.about)
  if (reply === undefined) return translateFailure(error, call.about)
  if (reply.status >= 300) return translateReply(reply, call.about)
  return senseless(call.about, onedriveFailureTexts.nonsense.cannotBeRead)
}

/**
 * An address that Graph gave must lead back to Graph: the token goes with it. The library would take
 * apart what it is given, so that only the part below the version is handed over.
 */
function pathFor({ path, about }: GraphCall, { graphOrigin }: Transport): string {
  if (path.startsWith('/')) return path
  const parsed = URL.canParse(path) ? new URL(path) : undefined
  if (parsed === undefined || parsed.origin !== new URL(graphOrigin).origin || !parsed.pathname.startsWith('/v1.0/'))
    throw senseless(about, onedriveFailureTexts.nonsense.pointsElsewhere)
  return `${parsed.pathname.slice('/v1.0'.length)}${parsed.search}`
}

function lowerCased(headers: unknown): Record<string, string> {
  const entries = Object.entries((headers ?? {}) as Record<string, string>)
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]))
}

/** True for a refusal of that status. */
export function isRefusal(error: unknown, ...statuses: readonly number[]): error is GraphRefusal {
  return error instanceof GraphRefusal && statuses.includes(error.status)
}
