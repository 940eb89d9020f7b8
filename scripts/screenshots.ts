/**
 * Takes the pictures of the README and of docs/: makes three sample folders, lets three weeks pass over them in a real
 * application, and shows its real interface to a browser.
 *
 *   node scripts/screenshots.ts [--home DIR] [--disk DIR] [--out docs/images] [--only NAME …]
 *
 * The pictures show where the folders are: `--home /home/anna --disk /media/anna/Backup` reads better than a temporary
 * place. Both must not exist; they are removed in the end.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Browser, BrowserContext } from 'playwright-core'
import { HOW_TO_GET_A_BROWSER, launchBrowser } from '../test/e2e/browser.ts'
import { startSample, type SampleService } from './screenshots/service.ts'

const THEMES = ['light', 'dark'] as const
/** Physical pixels for a CSS pixel, so that text is sharp on any screen. */
const SCALE = 2
const POPUP = { width: 360, height: 520 }
const WINDOW = { width: 1040, height: 720 }
/** In the order in which the sample shows what they are about. */
const SHOTS = [
  { name: 'popup', route: 'popup.html', viewport: POPUP, when: 'protected' },
  { name: 'window', route: '#/folders', viewport: WINDOW, when: 'protected' },
  { name: 'history', route: '#/activity/history', viewport: WINDOW, when: 'protected' },
  { name: 'restore', route: '#/restore', viewport: WINDOW, when: 'protected' },
  { name: 'targets', route: '#/targets', viewport: WINDOW, when: 'protected' },
  { name: 'conflicts', route: '#/conflicts', viewport: WINDOW, when: 'torn' },
  { name: 'activity', route: '#/activity/live', viewport: WINDOW, when: 'sending' },
] as const
/** What is read when a screen opens, such as the versions at a target, is there by then. */
const SETTLED_MS = 1_500

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    disk: { type: 'string' },
    out: { type: 'string', default: fileURLToPath(new URL('../docs/images', import.meta.url)) },
    only: { type: 'string', multiple: true, default: [] },
  },
})

async function main(): Promise<void> {
  const browser = await launchBrowser()
  if (browser === undefined) throw new Error(`There is no browser: ${HOW_TO_GET_A_BROWSER}.`)
  const base = mkdtempSync(join(tmpdir(), 'tidekeep-pictures-'))
  const places = { home: values.home ?? join(base, 'home'), disk: values.disk ?? join(base, 'Backup') }
  for (const place of Object.values(places))
    if (existsSync(place)) throw new Error(`${place} is there already, and would be removed in the end.`)
  mkdirSync(values.out, { recursive: true })
  const sample = await startSample({ ...places, state: join(base, 'state') })
  try {
    await takeAll(browser, sample)
  } finally {
    await browser.close()
    await sample.close()
    for (const place of [base, ...Object.values(places)]) rmSync(place, { recursive: true, force: true })
  }
}

async function takeAll(browser: Browser, sample: SampleService): Promise<void> {
  const cookies = await signIn(browser, sample.signInUrl)
  for (const when of ['protected', 'torn', 'sending'] as const) {
    await sample.become(when)
    const shots = SHOTS.filter(
      (shot) => shot.when === when && (values.only.length === 0 || values.only.includes(shot.name)),
    )
    for (const shot of shots)
      for (const theme of THEMES) {
        const path = join(values.out, `${shot.name}-${theme}.png`)
        await take(browser, { ...shot, theme, path, cookies, origin: new URL(sample.signInUrl).origin })
        console.log(path)
      }
  }
}

/** The link works once, so its session is carried over to every later window. */
async function signIn(browser: Browser, signInUrl: string): Promise<Cookies> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(signInUrl)
  await page.locator('h1').first().waitFor()
  const cookies = await context.cookies()
  await context.close()
  return cookies
}

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>

interface Shot {
  readonly origin: string
  readonly route: string
  readonly viewport: { readonly width: number; readonly height: number }
  readonly theme: (typeof THEMES)[number]
  readonly path: string
  readonly cookies: Cookies
}

async function take(browser: Browser, { origin, route, viewport, theme, path, cookies }: Shot): Promise<void> {
  const context = await browser.newContext({ viewport, colorScheme: theme, deviceScaleFactor: SCALE })
  await context.addCookies(cookies)
  const page = await context.newPage()
  await page.goto(`${origin}/${route}`)
  await page.locator('h1').first().waitFor()
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
  // What is old is drawn in grey, and a look at everything comes by itself now and then.
  for (const passing of ['[data-stale]', '[data-state="checking"]', '[data-state="scanning"]'])
    await page.locator(passing).first().waitFor({ state: 'detached' })
  await page.waitForTimeout(SETTLED_MS)
  await page.screenshot({ path })
  await context.close()
}

await main()
