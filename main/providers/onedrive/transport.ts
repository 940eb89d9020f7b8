import { TidekeepError } from '../../../common/errors.ts'
import type { Clock } from '../../host.ts'
import { VERSION } from '../../version.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import {
  createHttpClient,
  type HttpBody,
  type HttpClient,
  type HttpReply,
  type HttpRequest,
  type HttpStream,
} from '../http/http-client.ts'
import type { OneDriveAccount } from './account.ts'
import { paceOf } from './account-pace.ts'
import { senseless, translateFailure } from './errors.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** One request. Replies of any status come back; what fails below HTTP is thrown as a TidekeepError. */
export interface TransportRequest {
  readonly method: HttpRequest['method']
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: HttpBody
  readonly signal: AbortSignal
  /** The path it is about, for messages. */
  readonly about: string
  readonly onSent?: (bytes: number) => void
}

/** The two ways out: to Graph with a token, to what Graph points to without one. */
export interface Transport {
  readonly graphOrigin: string
  /** `target` is path and query. A token that is refused is replaced once. */
  toGraph(target: string, request: TransportRequest): Promise<HttpReply>
  /** A pre-authenticated address, which is a secret by itself: no token goes there. */
  toStorage(url: string, request: TransportRequest): Promise<HttpReply>
  streamFromStorage(url: string, request: TransportRequest): Promise<HttpStream>
  close(): Promise<void>
}

/** As Microsoft wants traffic to be decorated, so that it is throttled last. */
const USER_AGENT = `NONISV|Tidekeep|Tidekeep/${VERSION}`
const GRAPH_CONNECTIONS = 20
/** As many as there are small files under way: none waits in line, where silence is counted. */
const STORAGE_CONNECTIONS = 40
/** Storage hosts that are kept open; a drive has one or two, and they change rarely. */
const MAX_STORAGE_HOSTS = 6
/** After the last byte of a large file the storage is silent while it puts it together. */
const STORAGE_IDLE_MS = 120_000

/** Talks to Graph for one account. */
export function createTransport(account: OneDriveAccount, clock: Clock): Transport {
  const graph = createHttpClient({ origin: account.graphOrigin, clock, connections: GRAPH_CONNECTIONS })
  const storages = new StorageHosts(account.graphOrigin, clock)
  const pace = paceOf(account.tokens, clock)
  const withToken = async (target: string, request: TransportRequest): Promise<{ reply: HttpReply; token: string }> => {
    const token = await account.tokens.token({ signal: request.signal })
    const reply = await exchange(request, () =>
      graph.send({ ...httpRequest(request), path: target, headers: headersOf(request, token) }),
    )
    pace.heard(reply.status, reply.headers)
    return { reply, token }
  }
  const toStorage = async <T extends HttpReply | HttpStream>(
    url: string,
    request: TransportRequest,
    send: (client: HttpClient, request: HttpRequest) => Promise<T>,
  ): Promise<T> => {
    const { client, target } = storages.clientFor(url, request.about)
    await waitFor(request.signal, () => pace.ready(request.signal))
    const reply = await exchange(request, () =>
      send(client, { ...httpRequest(request), path: target, headers: headersOf(request) }),
    )
    pace.heard(reply.status, reply.headers)
    return reply
  }
  return {
    graphOrigin: account.graphOrigin,
    toGraph: (target, request) =>
      waitFor(request.signal, () =>
        pace.inTurn(request.signal, async () => {
          const first = await withToken(target, request)
          if (first.reply.status !== 401) return first.reply
          account.tokens.expired(first.token, claimsOf(first.reply))
          return (await withToken(target, request)).reply
        }),
      ),
    toStorage: (url, request) => toStorage(url, request, (client, sent) => client.send(sent)),
    streamFromStorage: (url, request) => toStorage(url, request, (client, sent) => client.stream(sent)),
    close: async () => {
      await Promise.all([graph.close(), storages.close()])
    },
  }
}

/** Clients for the hosts that pre-authenticated addresses name, oldest closed first. */
class StorageHosts {
  readonly #graphOrigin: string
  readonly #clock: Clock
  readonly #clientByOrigin = new Map<string, HttpClient>()

  constructor(graphOrigin: string, clock: Clock) {
    this.#graphOrigin = graphOrigin
    this.#clock = clock
  }

  /** Refuses addresses that would carry content in the clear, unless Graph itself is spoken to in the clear. */
  clientFor(url: string, about: string): { client: HttpClient; target: string } {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    const isSafe =
      parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && this.#graphOrigin.startsWith('http:'))
    if (parsed === undefined || !isSafe || parsed.username !== '')
      throw senseless(about, onedriveFailureTexts.nonsense.unsafeAddress)
    const client = this.#clientByOrigin.get(parsed.origin) ?? this.#open(parsed.origin)
    // The newest use is last.
    this.#clientByOrigin.delete(parsed.origin)
    this.#clientByOrigin.set(parsed.origin, client)
    return { client, target: `${parsed.pathname}${parsed.search}` }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clientByOrigin.values()].map((client) => client.close()))
    this.#clientByOrigin.clear()
  }

  #open(origin: string): HttpClient {
    if (this.#clientByOrigin.size >= MAX_STORAGE_HOSTS) {
      const [oldest, client] = this.#clientByOrigin.entries().next().value!
      this.#clientByOrigin.delete(oldest)
      void client.close()
    }
    return createHttpClient({ origin, clock: this.#clock, connections: STORAGE_CONNECTIONS, idleMs: STORAGE_IDLE_MS })
  }
}

function httpRequest({ method, body, signal, onSent }: TransportRequest): Omit<HttpRequest, 'path' | 'headers'> {
  return { method, signal, ...(body === undefined ? {} : { body }), ...(onSent === undefined ? {} : { onSent }) }
}

function headersOf({ headers, body }: TransportRequest, token?: string): Record<string, string> {
  return {
    'user-agent': USER_AGENT,
    ...headers,
    ...(body === undefined
      ? {}
      : { 'content-length': String(body.kind === 'bytes' ? body.bytes.length : body.sizeBytes) }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
}

async function exchange<T>({ about }: TransportRequest, send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (error) {
    throw translateFailure(error, about)
  }
}

/** A wait that is broken off is a cancellation, whatever the reason is. */
async function waitFor<T>(signal: AbortSignal, wait: () => Promise<T>): Promise<T> {
  throwIfCancelled(signal)
  try {
    return await wait()
  } catch (error) {
    if (!(error instanceof TidekeepError)) throwIfCancelled(signal)
    throw error
  }
}

/** What a claims challenge asks for, decoded. */
function claimsOf({ headers }: HttpReply): string | undefined {
  const encoded = /claims="([A-Za-z0-9+/=_-]+)"/.exec(headers['www-authenticate'] ?? '')?.[1]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString()
}
