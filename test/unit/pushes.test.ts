import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { ActivityView, StatusView } from '../../common/protocol.ts'
import { MOST_PUSHED_ROWS } from '../../common/pushed-rows.ts'
import { openEventStream } from '../../main/service/event-stream.ts'
import { createSubscriptions } from '../../main/shell/subscriptions.ts'
import { activityRow } from '../fakes/activity-row.ts'
import { createFakeApplication, type FakeApplication } from '../fakes/application.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'
import { FakeElectron, type FakeWindow } from '../shell/fake-electron.ts'

const SECONDS = 10
const ROWS_A_SECOND = 400

/** What one window was told, and when. */
interface Told {
  readonly momentsMs: number[]
  readonly rows: number[]
  readonly sentences: string[]
}

interface Reader extends Told {
  readonly window?: FakeWindow
}

function take(told: Told, topic: string, value: unknown): void {
  if (topic === 'status') told.sentences.push((value as StatusView).sentence)
  else told.rows.push(...(value as readonly ActivityView[]).map(({ id }) => id))
}

/** A browser that reads everything at once; a message is one write. */
async function openBrowser(application: FakeApplication, clock: VirtualClock): Promise<Reader> {
  const told: Reader = { momentsMs: [], rows: [], sentences: [] }
  const response = Object.assign(new EventEmitter(), {
    writableLength: 0,
    destroyed: false,
    writeHead: () => undefined,
    flushHeaders: () => undefined,
    destroy: () => undefined,
    write: (text: string) => {
      if (text.startsWith(':')) return true
      told.momentsMs.push(clock.monotonic())
      for (const [, topic = '', value = ''] of text.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm))
        take(told, topic, JSON.parse(value))
      return true
    },
  })
  openEventStream({
    application,
    clock,
    topics: ['status', 'activity'],
    response: response as unknown as ServerResponse,
  })
  await clock.advance(1_000)
  return told
}

/** A window of the desktop application; what is sent in the same moment wakes it once. */
async function openWindow(application: FakeApplication, clock: VirtualClock): Promise<Reader> {
  const window = new new FakeElectron().api.BrowserWindow({}) as unknown as FakeWindow
  const told: Reader = { momentsMs: [], rows: [], sentences: [], window }
  window.show()
  window.webContents.send = (_channel, topic, value) => {
    if (told.momentsMs.at(-1) !== clock.monotonic()) told.momentsMs.push(clock.monotonic())
    take(told, String(topic), value)
  }
  const subscriptions = createSubscriptions(window as never, {
    clock,
    subscribe: (topic, listener) => application.subscribe(topic, listener),
    presentStatus: () => application.handlers['status.get']({}, { transport: 'ipc' }),
  })
  await Promise.all([subscriptions.set('status', true), subscriptions.set('activity', true)])
  await clock.advance(1_000)
  return told
}

/** Small files at full speed: every one is recorded by itself, and the status changes all the time. */
async function work(application: FakeApplication, clock: VirtualClock, seconds: number): Promise<void> {
  for (let id = 1; id <= seconds * ROWS_A_SECOND; id++) {
    application.publishActivity([activityRow(id)])
    application.patchStatus({ sentence: `${id} done` })
    await clock.advance(1_000 / ROWS_A_SECOND)
  }
}

describe.each([
  ['a browser', openBrowser],
  ['a window of the desktop', openWindow],
])('%s', (_name, open) => {
  const start = async () => {
    const clock = new VirtualClock()
    const application = createFakeApplication({ scenario: 'protected', clock })
    return { clock, application, told: await open(application, clock) }
  }

  it('is woken at most five times a second while hundreds of files a second are recorded, and misses none', async () => {
    const { clock, application, told } = await start()
    told.momentsMs.length = 0
    await work(application, clock, SECONDS)
    await clock.advance(1_000)
    for (let fromMs = told.momentsMs[0]!; fromMs < told.momentsMs.at(-1)!; fromMs += 50) {
      const inOneSecond = told.momentsMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + 1_000)
      expect(inOneSecond.length).toBeLessThanOrEqual(5)
    }
    expect(told.momentsMs.length).toBeGreaterThan(SECONDS * 4)
    expect(told.rows).toEqual(Array.from({ length: SECONDS * ROWS_A_SECOND }, (_, index) => index + 1))
    expect(told.sentences.at(-1)).toBe(`${SECONDS * ROWS_A_SECOND} done`)
  })

  it('is told of a single change at once', async () => {
    const { clock, application, told } = await start()
    application.publishActivity([activityRow(7)])
    expect(told.rows).toEqual([7])
    await clock.advance(1_000)
    application.patchStatus({ sentence: 'Now.' })
    expect(told.sentences.at(-1)).toBe('Now.')
  })
})

describe.each([
  ['a browser', openBrowser],
  ['a window of the desktop', openWindow],
])('%s that files are recorded for faster than anyone reads', (_name, open) => {
  it('is told of the newest, as many as say that there were more', async () => {
    const clock = new VirtualClock()
    const application = createFakeApplication({ scenario: 'protected', clock })
    const told = await open(application, clock)
    application.publishActivity([activityRow(1)])
    for (let group = 0; group < 10; group++)
      application.publishActivity(Array.from({ length: 150 }, (_, index) => activityRow(group * 150 + index + 2)))
    await clock.advance(1_000)
    expect(told.rows.slice(1)).toEqual(Array.from({ length: MOST_PUSHED_ROWS }, (_, index) => 1_302 + index))
  })
})

describe.each([
  ['a browser', openBrowser],
  ['a window of the desktop', openWindow],
])('%s while thousands of files a second are done', (_name, open) => {
  it('is woken once a second, and told of another headline within a fifth of one', async () => {
    const clock = new VirtualClock()
    const application = createFakeApplication({ scenario: 'protected', clock })
    const told = await open(application, clock)
    told.momentsMs.length = 0
    for (let group = 0; group < 100; group++) {
      application.publishActivity(Array.from({ length: 300 }, (_, index) => activityRow(group * 300 + index + 1)))
      application.patchStatus({ headline: 'syncing', sentence: `${group} groups` })
      await clock.advance(100)
    }
    expect(told.momentsMs.length).toBeLessThanOrEqual(SECONDS + 2)
    expect(told.momentsMs.length).toBeGreaterThanOrEqual(SECONDS)
    const woken = told.momentsMs.length
    application.patchStatus({ headline: 'attention', sentence: 'Look at this.' })
    await clock.advance(200)
    expect(told.momentsMs.length).toBe(woken + 1)
    expect(told.sentences.at(-1)).toBe('Look at this.')
    await clock.advance(1_000)
    application.publishActivity([activityRow(99_999)])
    expect(told.rows.at(-1)).toBe(99_999)
  })
})

describe('a window that nobody sees', () => {
  it('is not woken at all, and has the newest rows and the latest status when it shows', async () => {
    const clock = new VirtualClock()
    const application = createFakeApplication({ scenario: 'protected', clock })
    const told = await openWindow(application, clock)
    told.window?.hide()
    told.momentsMs.length = 0
    await work(application, clock, 5)
    expect(told.momentsMs).toEqual([])
    told.window?.show()
    expect(told.momentsMs).toHaveLength(1)
    expect(told.rows).toHaveLength(MOST_PUSHED_ROWS)
    expect(told.rows.at(-1)).toBe(5 * ROWS_A_SECOND)
    expect(told.sentences.at(-1)).toBe(`${5 * ROWS_A_SECOND} done`)
  })
})
