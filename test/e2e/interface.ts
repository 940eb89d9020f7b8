import { randomBytes } from 'node:crypto'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { type HttpTransport, startHttpTransport } from '../../main/service/http-transport.ts'
import { createFakeApplication, type FakeApplication, type FakeApplicationOptions } from '../fakes/application.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { HOW_TO_GET_A_BROWSER, launchBrowser } from './browser.ts'
import { ensureRenderer, RENDERER_DIRECTORY } from './setup.ts'
import { giveBack, takeStage } from './stage.ts'

/** A token that every page of these tests sends, so that a restarted service knows them again. */
const TOKEN = randomBytes(16).toString('hex')
const WINDOW = { width: 1040, height: 720 }
/** The size of the tray popup. */
export const POPUP = { width: 360, height: 520 }

/** Builds what is missing and starts a browser. Without one, says so; fails where real components are demanded. */
export async function startBrowser(): Promise<Browser | undefined> {
  await ensureRenderer()
  const browser = await launchBrowser()
  if (browser !== undefined) return browser
  const missing = `not run: browser tests (${HOW_TO_GET_A_BROWSER})`
  if (process.env['REQUIRE_REAL'] === '1') throw new Error(missing)
  console.log(missing)
  return undefined
}

export interface OpenOptions extends FakeApplicationOptions {
  /** Such as `/popup.html` or `/#/activity/history`. */
  readonly path?: string
  readonly context?: BrowserContextOptions
  /** Sign in with the one-use link, as people do, instead of the token. */
  readonly signIn?: boolean
}

/** A page of the interface over the real transport, with a fake application behind it. */
export interface Opened extends AsyncDisposable {
  readonly page: Page
  readonly application: FakeApplication
  /** What the browser refused or threw so far. */
  readonly complaints: readonly string[]
  stopService(): Promise<void>
  /** On the same port, with the same application. */
  startService(): Promise<void>
}

/** Opens one page. Disposing it closes everything and fails on anything the browser complained about. */
export async function openInterface(browser: Browser, options: OpenOptions = {}): Promise<Opened> {
  const application = createFakeApplication(options)
  await application.start()
  const service = await createService(application)
  const stage = await takeStage(browser, {
    viewport: WINDOW,
    colorScheme: 'light',
    ...(options.signIn === true ? {} : { extraHTTPHeaders: { authorization: `Bearer ${TOKEN}` } }),
    ...options.context,
  })
  const { page, complaints } = stage
  if (options.signIn === true) await page.goto(service.signInUrl())
  await page.goto(service.address + (options.path ?? '/'))
  return {
    page,
    application,
    complaints,
    stopService: () => service.stop(),
    startService: () => service.start(),
    [Symbol.asyncDispose]: async () => {
      await giveBack(browser, stage)
      await service.stop()
      await application.stop()
      expect(complaints).toEqual([])
    },
  }
}

interface Service {
  readonly address: string
  signInUrl(): string
  start(): Promise<void>
  stop(): Promise<void>
}

async function createService(application: FakeApplication): Promise<Service> {
  const host = {
    ...createFakeHost({ clock: realClock }),
    random: { next: () => Math.random(), hex: (byteCount: number) => randomBytes(byteCount).toString('hex') },
  }
  const begin = (port: number): Promise<HttpTransport> =>
    startHttpTransport({ application, host, port, rendererDirectory: RENDERER_DIRECTORY, token: TOKEN })
  let transport: HttpTransport | undefined = await begin(0)
  const { port, address } = transport
  return {
    address,
    signInUrl: () => transport?.signInUrl() ?? '',
    start: async () => void (transport = await begin(port)),
    stop: async () => {
      await transport?.close()
      transport = undefined
    },
  }
}

/** Presses Tab until `wanted` has the focus: proves that the keyboard gets there. */
export async function tabTo(page: Page, wanted: Locator, key = 'Tab'): Promise<void> {
  await wanted.waitFor()
  for (let presses = 0; presses < 60; presses++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press(key)
  }
  throw new Error(`Tab never reached ${wanted.toString()}.`)
}

/** Waits until a call of this name arrived, and answers the parameters of all of them. */
export async function callsOf(application: FakeApplication, name: string, count = 1): Promise<readonly unknown[]> {
  const found = (): readonly unknown[] =>
    application.calls.filter((call) => call.name === name).map((call) => call.params)
  await expect.poll(() => found().length).toBeGreaterThanOrEqual(count)
  return found()
}

/** Time stands still in the page from here on: it goes on when a test says so, by {@link passUntil} or `page.clock.runFor`. */
export async function stopTime(page: Page): Promise<void> {
  await page.clock.install()
  await page.clock.pauseAt(Date.now() + 60_000)
}

/** Lets time pass in a page where it stands still, until something is to be seen: what a service answers comes in its own time. */
export async function passUntil(page: Page, wanted: Locator): Promise<void> {
  await expect
    .poll(async () => {
      await page.clock.runFor(100)
      return wanted.isVisible()
    })
    .toBe(true)
}

/** Types a word where the focus is, all of it in one moment: the letters of a name that is looked for so belong together for a second. */
export async function typeAtOnce(page: Page, word: string): Promise<void> {
  await page.evaluate((letters) => {
    for (const key of letters)
      document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
  }, word)
}
