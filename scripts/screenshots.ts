/**
 * Takes the pictures of the README from a running service:
 * `node scripts/screenshots.ts <sign-in URL> [directory [name …]]`. Writes popup and window, light and
 * dark, into docs/images; with names, only those. The service shows whatever it holds: use one with sample folders.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { HOW_TO_GET_A_BROWSER, launchBrowser } from '../test/e2e/browser.ts'

const THEMES = ['light', 'dark'] as const
/** Physical pixels for a CSS pixel, so that text is sharp on any screen. */
const SCALE = 2
const POPUP = { width: 360, height: 520 }
const WINDOW = { width: 1040, height: 720 }
const SCREENS = [
  { name: 'window', hash: '#/folders' },
  { name: 'activity', hash: '#/activity/live' },
  { name: 'history', hash: '#/activity/history' },
  { name: 'restore', hash: '#/restore' },
  { name: 'conflicts', hash: '#/conflicts' },
  { name: 'targets', hash: '#/targets' },
] as const

async function main(): Promise<void> {
  const [signInUrl, directory = fileURLToPath(new URL('../docs/images', import.meta.url)), ...names] =
    process.argv.slice(2)
  if (signInUrl === undefined) throw new Error('Give the sign-in URL that "tidekeep serve" printed.')
  mkdirSync(directory, { recursive: true })
  const browser = await launchBrowser()
  if (browser === undefined) throw new Error(`There is no browser: ${HOW_TO_GET_A_BROWSER}.`)
  try {
    const session = await signIn(browser, signInUrl)
    for (const theme of THEMES) await takeTheme(browser, { theme, directory, names, ...session })
  } finally {
    await browser.close()
  }
}

interface Session {
  readonly origin: string
  readonly cookies: Awaited<ReturnType<Awaited<ReturnType<Browser['newContext']>>['cookies']>>
}

/** The link works once, so its session is carried over to every later window. */
async function signIn(browser: Browser, signInUrl: string): Promise<Session> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(signInUrl)
  await page.locator('h1').first().waitFor()
  const session = { origin: new URL(page.url()).origin, cookies: await context.cookies() }
  await context.close()
  return session
}

interface ThemeOptions extends Session {
  readonly theme: (typeof THEMES)[number]
  readonly directory: string
  /** None: all of them. */
  readonly names: readonly string[]
}

async function takeTheme(browser: Browser, { theme, directory, names, origin, cookies }: ThemeOptions): Promise<void> {
  const shots = [
    { name: 'popup', address: `${origin}/popup.html`, viewport: POPUP },
    ...SCREENS.map(({ name, hash }) => ({ name, address: `${origin}/${hash}`, viewport: WINDOW })),
  ]
  for (const { name, address, viewport } of shots.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const context = await browser.newContext({ viewport, colorScheme: theme, deviceScaleFactor: SCALE })
    await context.addCookies(cookies)
    const page = await context.newPage()
    await page.goto(address)
    await page.locator('h1').first().waitFor()
    await page.evaluate(() => document.fonts.ready.then(() => undefined))
    await page.waitForTimeout(600)
    const path = join(directory, `${name}-${theme}.png`)
    await page.screenshot({ path })
    await context.close()
    console.log(path)
  }
}

await main()
