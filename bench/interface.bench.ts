/**
 * What the interface takes and costs, in Chromium: from the address to the drawn screen with a fresh profile, the work of a
 * frame while 100,000 rows scroll past, the popup, and how fast files are sent while a window shows it: large files to
 * a store of objects that does no work, and small ones to the disk, which keep every core busy, with the processor time that service and browser use for the window.
 *
 *   node bench/interface.bench.ts [--rounds 20] [--rows 100000] [--transfers 7] [--files 60000] [--large 8] [--large-mib 256]
 *     [--only screens|transfer] [--busy]
 *
 * `--busy` writes down that other programs used the machine meanwhile. What `--only` measures is kept apart from the figures of a whole run.
 *
 * Transfers are told apart best in memory (`TMPDIR=/dev/shm … --files 200000 --large 32`): a disk takes up to a tenth more or less
 * time for the same files, which hides what a window costs, and processors that never wait for one feel the window most.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { startHttpTransport } from '../main/service/http-transport.ts'
import { launchBrowser } from '../test/e2e/browser.ts'
import { createFakeApplication, type Scenario } from '../test/fakes/application.ts'
import { createFakeHost } from '../test/fakes/host.ts'
import { realClock } from '../test/fakes/real-clock.ts'
import { transferRatio } from './interface-transfer.ts'
import { startSink, type Sink } from './s3-bench-support.ts'
import { makeLargeFiles, makeSmallFiles, report } from './support.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    rows: { type: 'string', default: '100000' },
    files: { type: 'string', default: '60000' },
    large: { type: 'string', default: '8' },
    'large-mib': { type: 'string', default: '256' },
    transfers: { type: 'string', default: '7' },
    only: { type: 'string' },
    busy: { type: 'boolean', default: false },
  },
})
const RENDERER = fileURLToPath(new URL('../out/renderer', import.meta.url))
const TOKEN = randomBytes(16).toString('hex')
const WINDOW = { width: 1040, height: 720 }
const FRAMES = 600
/** `TMPFS_MAGIC` of linux/magic.h. */
const TMPFS = 0x0102_1994
const POPUP = { width: 360, height: 520 }
const VIEWS: readonly (readonly [route: string, scenario: Scenario])[] = [
  ['#/activity/live', 'busy'],
  ['#/activity/history', 'protected'],
  ['#/folders', 'attention'],
  ['#/restore', 'protected'],
  ['#/conflicts', 'conflicts'],
  ['#/targets', 'accounts'],
  ['#/settings', 'protected'],
  ['#/diagnostics', 'protected'],
  ['#/about', 'protected'],
  ['popup.html', 'busy'],
]

/** Noted by the page: when something was drawn first, and when its heading was. */
const WATCH_PAINT = `
  const note = () => {
    if (document.querySelector('h1') === null) return false
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => (window.drawnMs ??= performance.now())
      port2.postMessage(0)
    })
    return true
  }
  new MutationObserver((_, observer) => { if (note()) observer.disconnect() }).observe(document, { childList: true, subtree: true })
`

function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return Math.round(10 * (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN)) / 10
}

const spread = (samples: readonly number[]) => ({ p50: percentile(samples, 0.5), p95: percentile(samples, 0.95) })

const tail = (samples: readonly number[]) => ({ ...spread(samples), p99: percentile(samples, 0.99) })

async function serve(scenario: Scenario, activityRows = 120) {
  const application = createFakeApplication({ scenario, activityRows })
  await application.start()
  const host = {
    ...createFakeHost({ clock: realClock }),
    random: { next: () => Math.random(), hex: (byteCount: number) => randomBytes(byteCount).toString('hex') },
  }
  const transport = await startHttpTransport({ application, host, port: 0, rendererDirectory: RENDERER, token: TOKEN })
  return {
    address: transport.address,
    close: async () => {
      await transport.close()
      await application.stop()
    },
  }
}

/** When the page noted that its heading was drawn; asked for now and then, since the policy of the page lets nobody wait in it. */
async function drawnMs(page: Page): Promise<number> {
  for (;;) {
    const atMs = await page.evaluate(() => (window as unknown as { readonly drawnMs?: number }).drawnMs)
    if (atMs !== undefined) return atMs
    await page.waitForTimeout(5)
  }
}

/** Each time in a profile of its own, as after an update: nothing is cached, not even the compiled scripts. */
async function firstPaints(browser: Browser, route: string, scenario: Scenario) {
  const service = await serve(scenario)
  const firstMs: number[] = []
  const screenMs: number[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    const context = await browser.newContext({
      viewport: route === 'popup.html' ? POPUP : WINDOW,
      extraHTTPHeaders: { authorization: `Bearer ${TOKEN}` },
    })
    await context.addInitScript(WATCH_PAINT)
    const page = await context.newPage()
    await page.goto(`${service.address}/${route}`)
    const drawn = await drawnMs(page)
    const first = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    )
    firstMs.push(first)
    screenMs.push(drawn)
    await context.close()
  }
  await service.close()
  return { firstContentMs: spread(firstMs), screenMs: spread(screenMs) }
}

/** The popup is loaded before anyone opens it; what is left is drawing what came meanwhile. */
async function reopenedPopup(browser: Browser) {
  const service = await serve('busy')
  const context = await browser.newContext({
    viewport: POPUP,
    extraHTTPHeaders: { authorization: `Bearer ${TOKEN}` },
  })
  await context.addInitScript(WATCH_PAINT)
  const page = await context.newPage()
  await page.goto(`${service.address}/popup.html`)
  await page.getByRole('heading', { name: 'Syncing' }).waitFor()
  const samples: number[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    await page.reload()
    samples.push(await drawnMs(page))
  }
  await context.close()
  await service.close()
  return spread(samples)
}

/** Runs in the page: scrolls through the list, a window's height and more with each frame, and from the top again at its end. */
function scrollThrough([stepPixels, frames]: readonly [number, number]): Promise<void> {
  const list = document.querySelector('.rows')!
  let done = 0
  return new Promise((resolve) => {
    const frame = (): void => {
      if (++done > frames) return resolve()
      const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - stepPixels
      list.scrollTop = isAtEnd ? 0 : list.scrollTop + stepPixels
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })
}

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  /** Microseconds on the clock. */
  readonly dur?: number
  /** Microseconds of the processor, which other programs cannot lengthen. */
  readonly tdur?: number
}

interface Trace {
  readonly traceEvents: readonly TraceEvent[]
}

/** The tasks that made a frame each: scroll handlers, drawing by React, style, layout and paint. */
function frameTasks({ traceEvents }: Trace) {
  const callbacks = traceEvents.filter(({ name }) => name === 'FireAnimationFrame')
  const tasks = traceEvents.filter(({ name }) => name.endsWith('RunTask')).toSorted((a, b) => a.ts - b.ts)
  const cpuMs: number[] = []
  const clockMs: number[] = []
  for (const { pid, tid, ts } of callbacks) {
    const task = tasks.find(
      (each) => each.pid === pid && each.tid === tid && each.ts <= ts && ts <= each.ts + (each.dur ?? 0),
    )
    if (task === undefined) continue
    cpuMs.push((task.tdur ?? Number.NaN) / 1_000)
    clockMs.push((task.dur ?? Number.NaN) / 1_000)
  }
  return { frames: cpuMs.length, cpuMs: tail(cpuMs), clockMs: tail(clockMs) }
}

async function scrolling(browser: Browser) {
  const rows = Number(values.rows)
  const service = await serve('protected', rows)
  const context = await browser.newContext({
    viewport: WINDOW,
    extraHTTPHeaders: { authorization: `Bearer ${TOKEN}` },
  })
  const page = await context.newPage()
  await page.goto(`${service.address}/#/activity/history`)
  const readStartMs = performance.now()
  await readAll(page, rows)
  const readSeconds = Math.round((performance.now() - readStartMs) / 100) / 10
  const steps = { 'fast fling, 400 px a frame': 400, 'dragged bar, every row new': 1_900 }
  const measured: Record<string, ReturnType<typeof frameTasks>> = {}
  for (const [name, stepPixels] of Object.entries(steps)) {
    await browser.startTracing(page, {
      categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel'],
    })
    await page.evaluate(scrollThrough, [stepPixels, FRAMES] as const)
    measured[name] = frameTasks(JSON.parse((await browser.stopTracing()).toString()) as Trace)
  }
  await context.close()
  await service.close()
  return { rows, readSeconds, ...measured }
}

/** Pages through the whole list once, as somebody does who holds the End key. */
async function readAll(page: Page, rows: number): Promise<void> {
  const list = page.getByRole('grid', { name: 'History' })
  await list.focus()
  const deadlineMs = performance.now() + 600_000
  while ((await list.getAttribute('aria-rowcount')) !== String(rows)) {
    if (performance.now() > deadlineMs) throw new Error('The history was not read to its end.')
    await page.keyboard.press('End')
    await page.waitForTimeout(10)
  }
}

async function screens(browser: Browser) {
  const views: Record<string, Awaited<ReturnType<typeof firstPaints>>> = {}
  for (const [route, scenario] of VIEWS) views[route] = await firstPaints(browser, route, scenario)
  return {
    rounds: Number(values.rounds),
    views,
    popupReopenedMs: await reopenedPopup(browser),
    scroll: await scrolling(browser),
  }
}

async function transfers(browser: Browser, base: string) {
  const each = { rounds: Number(values.transfers), token: TOKEN, before: join(base, 'before') }
  // Each in a place of its own, with its homes and targets.
  const ofLarge = { base: join(base, 'large'), source: join(base, 'large', 'source'), isRemoved: true }
  const isInMemory = process.platform === 'linux' && statfsSync(base).type === TMPFS
  const ofSmall = { base: join(base, 'small'), source: join(base, 'small', 'source'), isRemoved: isInMemory }
  makeSmallFiles(each.before, 500)
  makeLargeFiles(ofLarge.source, Number(values.large), Number(values['large-mib']))
  makeSmallFiles(ofSmall.source, Number(values.files))
  return {
    place: isInMemory ? 'memory' : 'disk',
    largeFiles: await toSink(({ endpoint }) => transferRatio(browser, { ...ofLarge, ...each, endpoint })),
    smallFiles: await transferRatio(browser, { ...ofSmall, ...each }),
  }
}

async function toSink<T>(work: (sink: Sink) => Promise<T>): Promise<T> {
  const sink = await startSink(0)
  try {
    return await work(sink)
  } finally {
    sink.stop()
  }
}

const browser = await launchBrowser()
if (browser === undefined) throw new Error('There is no browser.')
const base = mkdtempSync(join(tmpdir(), 'tidekeep-bench-'))
try {
  const { only } = values
  report(only === undefined ? 'interface' : `interface-${only}`, {
    browser: browser.version(),
    ...(values.busy ? { note: 'busy machine' } : {}),
    ...(only === 'transfer' ? {} : await screens(browser)),
    ...(only === 'screens' ? {} : { transfer: await transfers(browser, base) }),
  })
} finally {
  await browser.close()
  rmSync(base, { recursive: true, force: true })
}
