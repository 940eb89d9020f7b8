import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpClient, type HttpClient, type HttpRequest } from '../../main/providers/http/http-client.ts'
import { HttpFailure } from '../../main/providers/http/http-failure.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const IDLE_MS = 30_000
/** A reply that drips has this long; see `idle-timer.ts`. */
const DRIP_MS = 5 * 60_000
const never = new AbortController().signal

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** A server that does with a connection what the test says. */
async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

function clientOf(port: number, clock: VirtualClock, more: { connections?: number; isTls?: true } = {}): HttpClient {
  const client = createHttpClient({
    origin: `${more.isTls === true ? 'https' : 'http'}://127.0.0.1:${port}`,
    clock,
    connections: more.connections ?? 4,
    // By the system's own clock: the one wait that the host's clock cannot hurry.
    connectMs: more.isTls === true ? 200 : 60_000,
  })
  closers.push(() => client.close())
  return client
}

interface Ending {
  readonly kind: string
  readonly waitedMs: number
}

/** How a request ends while virtual time passes, and after how much of it. */
async function endOf(work: Promise<unknown>, clock: VirtualClock): Promise<Ending> {
  const startMs = clock.monotonic()
  const ending = { kind: '' }
  work.then(
    () => (ending.kind = 'fine'),
    (error: unknown) => (ending.kind = error instanceof HttpFailure ? error.kind : String(error)),
  )
  const giveUpAt = performance.now() + 60_000
  for (let turn = 0; ending.kind === '' && performance.now() < giveUpAt; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    // First what goes over the sockets.
    if (turn > 100) await clock.advance(500)
  }
  return { kind: ending.kind || 'never ended', waitedMs: clock.monotonic() - startMs }
}

const get: HttpRequest = { method: 'GET', path: '/', headers: {}, signal: never }
const put = (sizeBytes: number): HttpRequest => ({
  method: 'PUT',
  path: '/',
  headers: {},
  signal: never,
  body: { kind: 'bytes', bytes: new Uint8Array(sizeBytes) },
})

async function readAll(client: HttpClient, request: HttpRequest): Promise<void> {
  const { body } = await client.stream(request)
  for await (const _ of body) void _
}

const OK = 'HTTP/1.1 200 OK\r\n'
const reply = (text: string) => (socket: Socket) => void socket.on('data', () => void socket.write(text))
const silent = (): void => undefined

/** Every wait on the network, by the stage at which the server falls silent. */
const STAGES: readonly (readonly [
  stage: string,
  server: (socket: Socket) => void,
  requests: readonly HttpRequest[],
])[] = [
  ['before the head of its reply', silent, [get, put(10)]],
  ['after taking a whole body', silent, [put(200_000), put(2_000_000)]],
  ['while a body is on its way', (socket) => void socket.pause(), [put(64 * 1024 * 1024)]],
  ['in the middle of the status line', reply('HTTP/1.1 2'), [get]],
  ['in the middle of a header', reply(`${OK}Content-Le`), [get]],
  ['after the head', reply(`${OK}Content-Length: 1000\r\n\r\n`), [get]],
  ['in the middle of the body', reply(`${OK}Content-Length: 1000\r\n\r\nhalf`), [get]],
  ['in the middle of a chunk', reply(`${OK}Transfer-Encoding: chunked\r\n\r\nff\r\nhalf`), [get]],
  ['between two chunks', reply(`${OK}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`), [get]],
  ['after an early hint', reply('HTTP/1.1 103 Early Hints\r\n\r\n'), [get]],
]

describe('a server that falls silent (I19)', () => {
  describe.each(STAGES)('%s', (_stage, server, requests) => {
    it.each(requests)('is waited for no longer than its deadline, whole reply ($method)', async (request) => {
      const clock = new VirtualClock()
      const client = clientOf(await serve(server), clock)
      const end = await endOf(client.send(request), clock)
      expect(end.kind).toBe('idle')
      expect(end.waitedMs).toBeGreaterThanOrEqual(IDLE_MS)
      expect(end.waitedMs).toBeLessThanOrEqual(2 * IDLE_MS)
    })

    it.each(requests)('is waited for no longer than its deadline, as a stream ($method)', async (request) => {
      const clock = new VirtualClock()
      const client = clientOf(await serve(server), clock)
      const end = await endOf(readAll(client, request), clock)
      expect(end.kind).toBe('idle')
      expect(end.waitedMs).toBeLessThanOrEqual(2 * IDLE_MS)
    })
  })

  it('before a connection is encrypted is given up on by the time a connection may take', async () => {
    const clock = new VirtualClock()
    const client = clientOf(await serve(silent), clock, { isTls: true })
    const end = await endOf(client.send(get), clock)
    expect(['connect', 'idle']).toContain(end.kind)
    expect(end.waitedMs).toBeLessThanOrEqual(2 * IDLE_MS)
  })

  it('for all connections there are: who waits for one is not kept longer, and is not sent after all', async () => {
    const clock = new VirtualClock()
    const heard: string[] = []
    const port = await serve((socket) => void socket.on('data', (bytes) => void heard.push(bytes.toString('latin1'))))
    const client = clientOf(port, clock, { connections: 1 })
    const ends = await Promise.all(
      ['/one', '/two', '/three'].map((path) => endOf(client.send({ ...get, path }), clock)),
    )
    expect(ends.map(({ kind }) => kind)).toEqual(['idle', 'idle', 'idle'])
    for (const { waitedMs } of ends) expect(waitedMs).toBeLessThanOrEqual(2 * IDLE_MS)
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(heard.filter((text) => text.includes('/two') || text.includes('/three'))).toEqual([])
  })

  it.each([
    ['its head', (turn: number) => (turn === 0 ? `${OK}X-Long: ` : 'a')],
    ['its body', (turn: number) => (turn === 0 ? `${OK}Content-Length: 1000000\r\n\r\n` : 'a')],
  ])(
    'never, but lets %s drip a byte at a time, is waited for no longer than twice its deadline',
    async (_what, piece) => {
      const clock = new VirtualClock()
      const port = await serve((socket) => {
        let turn = 0
        const drip = (): void => {
          if (socket.destroyed) return
          socket.write(piece(turn++))
          clock.after(10_000, drip)
        }
        socket.once('data', drip)
      })
      const end = await endOf(readAll(clientOf(port, clock), get), clock)
      expect(end.kind).toBe('idle')
      expect(end.waitedMs).toBeLessThanOrEqual(2 * DRIP_MS)
    },
  )

  it('is not blamed for a source that is slow, nor for a reader that is', async () => {
    const clock = new VirtualClock()
    const port = await serve((socket) => {
      let received = 0
      socket.on('data', (bytes) => {
        received += bytes.length
        if (received > 3000) socket.write(`${OK}Content-Length: 4\r\n\r\ndone`)
      })
    })
    const slowly = async function* (): AsyncGenerator<Uint8Array> {
      for (let piece = 0; piece < 4; piece++) {
        await clock.sleep(4 * IDLE_MS)
        yield new Uint8Array(1000)
      }
    }
    const client = clientOf(port, clock)
    const body = { kind: 'stream', sizeBytes: 4000, open: slowly } as const
    expect((await endOf(client.send({ ...get, method: 'PUT', body }), clock)).kind).toBe('fine')
    const reading = async (): Promise<void> => {
      const { body: pieces } = await client.stream({ ...get, method: 'PUT', body })
      for await (const _ of pieces) await clock.sleep(4 * IDLE_MS)
    }
    expect((await endOf(reading(), clock)).kind).toBe('fine')
  })
})

describe('what the source of a body throws', () => {
  it.each([new TypeError('not a function'), new Error('EIO')])('is not the connection (%s)', async (mistake) => {
    const clock = new VirtualClock()
    const client = clientOf(await serve(silent), clock)
    const breaking = async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10)
      throw mistake
    }
    const request: HttpRequest = { ...get, method: 'PUT', body: { kind: 'stream', sizeBytes: 20, open: breaking } }
    await expect(client.send(request)).rejects.toBe(mistake)
  })
})
