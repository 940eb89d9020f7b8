import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseSetting } from '../../common/setting-values.ts'
import type { Headline, StatusView } from '../../common/protocol.ts'
import { createSendBeat, Heartbeat, type Beat, type SendBeat } from '../../main/heartbeat.ts'
import { createFakeHost, type FakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const MINUTE_MS = 60_000
const SAFE = 'https://monitor.example/ping/key'
const FAILING = 'https://monitor.example/ping/key/fail'

let clock: VirtualClock
let host: FakeHost
let beats: Beat[]

beforeEach(() => {
  clock = new VirtualClock()
  host = createFakeHost({ clock })
  beats = []
})

function open(options: { readonly failureUrl?: string; readonly send?: SendBeat } = {}): Heartbeat {
  const settings = { heartbeatUrl: SAFE, heartbeatFailureUrl: options.failureUrl ?? FAILING, heartbeatMethod: 'POST' }
  return new Heartbeat(host, () => settings as never, options.send ?? (async (beat) => void beats.push(beat)))
}

function status(headline: Headline, attention: StatusView['attention'] = []): StatusView {
  const folder = { name: 'secret-name', path: '/home/me/secret', target: 's3://secret-bucket', state: headline }
  return { headline, sentence: '', version: '1', folders: [folder], attention } as unknown as StatusView
}

const urls = (): readonly string[] => beats.map(({ url }) => url)

describe('a test of the heartbeat', () => {
  it('asks each address once, and says that it is a test', async () => {
    const heartbeat = open()
    await heartbeat.test('safe', status('protected'))
    await heartbeat.test('failing', status('attention'))
    expect(urls()).toEqual([SAFE, FAILING])
    expect(beats.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { state: 'safe', test: true },
      { state: 'failing', test: true },
    ])
  })

  it('tells no monitor that all is well unless it is', async () => {
    for (const headline of ['attention', 'syncing', 'paused', 'offline'] as const)
      await expect(open().test('safe', status(headline))).rejects.toMatchObject({ code: 'precondition-failed' })
    expect(urls()).toEqual([])
  })

  it('says when it did not arrive, and when there is no address', async () => {
    const send = () => Promise.reject(new Error('the answer was 404'))
    await expect(open({ send }).test('failing', status('protected'))).rejects.toMatchObject({ code: 'unavailable' })
    await expect(open({ failureUrl: '' }).test('failing', status('protected'))).rejects.toMatchObject({
      code: 'invalid',
    })
  })
})

describe('the heartbeat', () => {
  it('beats while everything is safe, once an hour and no more often', async () => {
    const heartbeat = open()
    for (let minute = 0; minute < 150; minute++) {
      heartbeat.update(status('protected'))
      await clock.advance(MINUTE_MS)
    }
    expect(urls()).toEqual([SAFE, SAFE, SAFE])
    await heartbeat.stop()
  })

  it('never tells the address of success about a failure, whether another one is set or not', async () => {
    const alarm = { kind: 'overdue', folderId: 'f', message: '', count: 1 } as const
    const heartbeat = open({ failureUrl: '' })
    heartbeat.update(status('attention'))
    heartbeat.update(status('paused', [alarm]))
    heartbeat.update(status('syncing'))
    heartbeat.update(status('offline'))
    await clock.advance(MINUTE_MS)
    expect(urls()).toEqual([])
    await heartbeat.stop()
    const both = open()
    both.update(status('paused', [alarm]))
    await clock.advance(MINUTE_MS)
    expect(urls()).toEqual([FAILING])
    await both.stop()
  })

  it('says that all is well again at once', async () => {
    const heartbeat = open()
    for (const headline of ['protected', 'attention', 'protected'] as const) {
      heartbeat.update(status(headline))
      await clock.advance(MINUTE_MS)
    }
    expect(urls()).toEqual([SAFE, FAILING, SAFE])
    await heartbeat.stop()
  })

  it('tries again when a beat does not arrive, then logs that without the address', async () => {
    let attempts = 0
    const send = async (): Promise<void> => {
      attempts++
      throw new Error(`connect ${SAFE}`)
    }
    const heartbeat = open({ send })
    heartbeat.update(status('protected'))
    for (let minute = 0; minute < 10; minute++) await clock.advance(MINUTE_MS)
    expect(attempts).toBe(4)
    expect(JSON.stringify(host.log.lines)).not.toContain('monitor.example')
    expect(host.log.lines.map(({ event }) => event)).toContain('heartbeat-not-sent')
    await heartbeat.stop()
  })

  it('carries no path, name or address of anything it speaks of', async () => {
    const heartbeat = open()
    heartbeat.update(status('protected'))
    await heartbeat.stop()
    expect(beats).toHaveLength(1)
    expect(beats[0]!.body).not.toMatch(/secret/)
    expect(JSON.parse(beats[0]!.body)).toEqual({
      program: 'tidekeep',
      version: '1',
      state: 'safe',
      folders: 1,
      failing: 0,
    })
  })
})

describe('sending a beat', () => {
  let server: Server
  let origin: string
  let received: { method: string | undefined; url: string | undefined; body: string }[]
  let answer: number
  beforeEach(async () => {
    received = []
    answer = 204
    server = createServer((request, response) => {
      void text(request).then((body) => {
        received.push({ method: request.method, url: request.url, body })
        return response.writeHead(answer).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  it('posts JSON, or asks with nothing but the address', async () => {
    const send = createSendBeat(realClock)
    const { signal } = new AbortController()
    await send({ url: `${origin}/ping?key=a%20b`, method: 'POST', body: '{"state":"safe"}' }, signal)
    await send({ url: `${origin}/ping`, method: 'GET', body: '{"state":"safe"}' }, signal)
    expect(received).toEqual([
      { method: 'POST', url: '/ping?key=a%20b', body: '{"state":"safe"}' },
      { method: 'GET', url: '/ping', body: '' },
    ])
  })

  it('takes no answer but a success for one', async () => {
    answer = 302
    const sent = createSendBeat(realClock)({ url: origin, method: 'GET', body: '' }, new AbortController().signal)
    await expect(sent).rejects.toThrow('302')
  })
})

describe('the address of a heartbeat', () => {
  it.each(['https://hc.example/UUID-of-Mine/a?b=C', 'http://127.0.0.1:8080/ping', 'http://localhost/x', ''])(
    'may be %j, kept as it is written',
    (url) => expect(parseSetting('heartbeatUrl', url)).toBe(url),
  )

  it.each(['http://monitor.example/ping', 'ftp://x/y', 'https://me:secret@hc.example/', 'https://x/ y', 'ping'])(
    'may not be %j',
    (url) => expect(() => parseSetting('heartbeatUrl', url)).toThrow(/must be an address/),
  )
})
