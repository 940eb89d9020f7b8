import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname } from 'node:path'
import { createServer as createHttpServer, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Answer } from '../../common/client.ts'
import { startHttpTransport } from '../../main/service/http-transport.ts'
import { startService } from '../../main/service/serve.ts'
import { connectSocket } from '../../main/service/socket-client.ts'
import { socketPath } from '../../main/service/socket-path.ts'
import { startSocketTransport } from '../../main/service/socket-transport.ts'
import { transportChecks, type TransportSubject } from '../conformance/transport-suite.ts'
import { createFakeApplication, type FakeApplication } from '../fakes/application.ts'
import { realClock } from '../fakes/real-clock.ts'
import { createFakeHost, type FakeHost } from '../fakes/host.ts'
import { signInOverHttp } from '../fakes/http-client.ts'
import { rawRequest } from '../fakes/raw-http.ts'

let application: FakeApplication
let host: FakeHost
const closings: (() => Promise<unknown> | void)[] = []

beforeEach(() => {
  application = createFakeApplication({ scenario: 'protected', activityRows: 5 })
  host = createFakeHost({ clock: realClock })
})
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close()
})

async function httpSubject(): Promise<TransportSubject> {
  const transport = await startHttpTransport({ application, host, rendererDirectory: '/nonexistent' })
  closings.push(() => transport.close())
  const client = await signInOverHttp(transport.signInUrl())
  return { application, transport: 'http', client, raw: (name, params) => client.raw(name, params) }
}

async function socketSubject(): Promise<TransportSubject> {
  const transport = await startSocketTransport({ application, host, signInUrl: () => undefined })
  closings.push(() => transport.close())
  const client = (await connectSocket(host.paths))!
  closings.push(() => client.close())
  const raw = (name: unknown, params: unknown): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const path = `/api/call/${encodeURIComponent(String(name))}`
      const call = request({ socketPath: transport.path, path, method: 'POST', agent: false }, (response) => {
        text(response).then((body) => resolve(JSON.parse(body) as Answer), reject)
      })
      call.on('error', reject)
      call.end(JSON.stringify(params))
    })
  return { application, transport: 'socket', client, raw }
}

describe.each([
  ['http', httpSubject],
  ['socket', socketSubject],
] as const)('the %s transport', (_name, open) => {
  it.each(transportChecks)('$name', async ({ run }) => run(await open()))
})

describe('the event stream', () => {
  it('ends its subscriptions when the client goes away', async () => {
    let live = 0
    const inner = application
    application = {
      ...inner,
      subscribe: ((topic: 'status', listener: never) => {
        live++
        const end = inner.subscribe(topic, listener)
        return () => {
          live--
          end()
        }
      }) as FakeApplication['subscribe'],
    }
    const { client } = await httpSubject()
    let seen = 0
    const end = client.subscribe('status', () => seen++)
    await expect.poll(() => seen).toBeGreaterThan(0)
    expect(live).toBe(1)
    end()
    await expect.poll(() => live).toBe(0)
  })

  it('gives a client that stopped reading only the latest status, and holds little for it meanwhile', async () => {
    const transport = await startHttpTransport({
      application,
      host,
      rendererDirectory: '/nonexistent',
      token: 'a-token-of-twenty-chars',
    })
    closings.push(() => transport.close())
    let received = ''
    let resume = (): void => undefined
    const answer = rawRequest({
      port: transport.port,
      send: async (socket, stopped) => {
        socket.pause()
        socket.write(
          `GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${transport.port}\r\nAuthorization: Bearer a-token-of-twenty-chars\r\n\r\n`,
        )
        await new Promise<void>((resolve) => (resume = resolve))
        socket.on('data', (chunk: string) => {
          received += chunk
          if (received.includes('the very last')) socket.destroy()
        })
        socket.resume()
        await expect.poll(stopped).toBe(true)
      },
    })
    await expect.poll(() => application.calls.length).toBe(1)
    const padding = 'x'.repeat(50_000)
    for (let push = 0; push < 2_000; push++) {
      application.patchStatus({ sentence: `${push} ${padding}` })
      if (push % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    application.patchStatus({ sentence: 'the very last' })
    resume()
    await answer
    // 2,000 pushes of 50 KB are 100 MB; the kernel's buffers take a few, this process almost nothing.
    expect(received.length).toBeLessThan(50_000_000)
    expect(received).toContain('the very last')
  })

  it('refuses the thirty-third window, while calls go on', async () => {
    const { client } = await httpSubject()
    const ends = Array.from({ length: 32 }, () => client.subscribe('status', () => undefined))
    await expect.poll(() => application.calls.length).toBe(32)
    let extra = 0
    const endExtra = client.subscribe('status', () => extra++)
    application.patchStatus({ sentence: 'x' })
    expect(await client.call('status.get', {})).toMatchObject({ sentence: 'x' })
    expect(extra).toBe(0)
    for (const end of [...ends, endExtra]) end()
  })
})

describe('the control socket', () => {
  it('is in a directory of its user alone', async () => {
    mkdirSync(host.paths.run, { recursive: true })
    chmodSync(host.paths.run, 0o755)
    await socketSubject()
    expect(statSync(host.paths.run).mode & 0o777).toBe(0o700)
  })

  it('is gone after closing, and then nobody is connected to', async () => {
    const transport = await startSocketTransport({ application, host, signInUrl: () => undefined })
    await transport.close()
    expect(existsSync(transport.path)).toBe(false)
    expect(await connectSocket(host.paths)).toBeUndefined()
  })

  it('replaces what a crashed service left behind', async () => {
    const path = socketPath(host.paths)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, '')
    await socketSubject()
  })

  it('is refused to a second service while the first answers', async () => {
    await socketSubject()
    await expect(startSocketTransport({ application, host, signInUrl: () => undefined })).rejects.toMatchObject({
      code: 'locked',
      message: 'Tidekeep already runs on this computer.',
    })
  })

  it('is not taken from a process that accepts and says nothing', async () => {
    const path = socketPath(host.paths)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const mute: Server = createServer(() => undefined)
    await new Promise<void>((resolve) => mute.listen(path, resolve))
    closings.push(() => new Promise((resolve) => mute.close(resolve)))
    await expect(startSocketTransport({ application, host, signInUrl: () => undefined })).rejects.toMatchObject({
      code: 'locked',
    })
  })

  it('says so when its path is too long for the system', () => {
    expect(() => socketPath({ ...host.paths, run: `/tmp/${'x'.repeat(200)}` })).toThrow(/too long/)
  })

  it('tells callers that the service went away', async () => {
    const transport = await startSocketTransport({ application, host, signInUrl: () => undefined })
    const client = (await connectSocket(host.paths))!
    await transport.close()
    await expect(client.call('status.get', {})).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('tells callers that the service is there and does nothing any more', async () => {
    const path = socketPath(host.paths)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // As one that is stopped, or hangs: the system takes the connection, and nobody answers.
    const mute: Server = createServer((socket) => void socket.resume())
    await new Promise<void>((resolve) => mute.listen(path, resolve))
    closings.push(() => new Promise((resolve) => mute.close(resolve)))
    const client = (await connectSocket(host.paths, { callMs: 10, aliveMs: 10 }))!
    await expect(client.call('status.get', {})).rejects.toMatchObject({
      code: 'unavailable',
      message: 'The Tidekeep service stopped answering.',
    })
  })

  it('waits for a call that takes long, while the service answers others', async () => {
    let probes = 0
    const transport = await startSocketTransport({ application, host, signInUrl: () => undefined })
    await transport.close()
    let answer = (): void => undefined
    const slow = createHttpServer((asked, response) => {
      if (asked.url === '/api/call/status.get') {
        answer = () => response.end(JSON.stringify({ ok: true, result: { headline: 'protected' } }))
        return
      }
      response.writeHead(404).end('{}')
      // Not before it was made sure three times.
      if (++probes === 3) answer()
    })
    await new Promise<void>((resolve) => slow.listen(transport.path, resolve))
    closings.push(() => new Promise((resolve) => slow.close(resolve)))
    const client = (await connectSocket(host.paths, { callMs: 10, aliveMs: 60_000 }))!
    expect(await client.call('status.get', {})).toMatchObject({ headline: 'protected' })
    expect(probes).toBeGreaterThanOrEqual(3)
  })

  it('is followed again after a restart of the service', async () => {
    const first = await startSocketTransport({ application, host, signInUrl: () => undefined })
    const client = (await connectSocket(host.paths))!
    closings.push(() => client.close())
    let seen = 0
    client.subscribe('status', () => seen++)
    await expect.poll(() => seen).toBe(1)
    await first.close()
    const second = await startSocketTransport({ application, host, signInUrl: () => undefined })
    closings.push(() => second.close())
    await expect.poll(() => seen).toBe(2)
  })
})

describe('a service', () => {
  const options = { rendererDirectory: '/nonexistent', ui: true }

  it('opens no port without the interface', async () => {
    const service = await startService({ ...options, application, host, ui: false })
    closings.push(() => service.close())
    expect(service.address).toBeUndefined()
    expect(service.signInUrl()).toBeUndefined()
    const client = (await connectSocket(host.paths))!
    expect(await client.signInUrl()).toBeUndefined()
    expect(await client.call('status.get', {})).toMatchObject({ headline: 'protected' })
  })

  it('gives out fresh sign-in links over the control socket', async () => {
    const service = await startService({ ...options, application, host })
    closings.push(() => service.close())
    const client = (await connectSocket(host.paths))!
    const browser = await signInOverHttp((await client.signInUrl())!)
    expect(await browser.call('status.get', {})).toMatchObject({ headline: 'protected' })
  })

  it('is ready once it resolves, and stops the application when closed, once', async () => {
    let stops = 0
    const counted = { ...application, stop: async () => void stops++ }
    const service = await startService({ ...options, application: counted, host })
    expect(application.ready()).toBe(true)
    expect((await fetch(`${service.address}/readyz`)).status).toBe(200)
    await Promise.all([service.close(), service.close()])
    expect(stops).toBe(1)
    await expect(fetch(`${service.address}/healthz`)).rejects.toThrow()
    await application.stop()
  })

  it('leaves nothing behind when its port is taken', async () => {
    const first = await startService({ ...options, application, host })
    closings.push(() => first.close())
    const port = Number(new URL(first.address!).port)
    const other = createFakeHost({ clock: realClock })
    const failed = startService({ ...options, application: createFakeApplication(), host: other, port })
    await expect(failed).rejects.toMatchObject({
      code: 'locked',
      message: `Another program already uses port ${port}.`,
    })
    expect(await connectSocket(other.paths)).toBeUndefined()
  })
})
