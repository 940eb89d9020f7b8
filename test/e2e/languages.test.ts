import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openInterface, startBrowser } from './interface.ts'
import { sidewaysOverflow, tooNarrow } from './page-checks.ts'
import { PLACE_HANDLERS } from './places.ts'
import { foreignWords, recordAnswers } from './words.ts'

/** The smallest window. */
const WINDOW = { width: 880, height: 600 }
/** The same at 200 %. */
const ZOOMED = { width: 440, height: 300 }

// That every place has its texts from the catalogue, and room for them, is in accessibility.test.ts.
describe('the interface in another language', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it('is whole in the language that is drawn from right to left, too, on every screen', async () => {
    if (browser === undefined) return
    const handlers = { ...PLACE_HANDLERS, 'language.get': async () => ({ tag: 'en-XB', by: 'setting' }) as const }
    await using opened = await openInterface(browser, {
      handlers,
      scenario: 'attention',
      context: { viewport: WINDOW },
    })
    const { page, application } = opened
    // The page loads itself anew in the language that it is told; before that is over it cannot be loaded again.
    await page.locator('html[lang="en-XB"][dir="rtl"]').waitFor()
    const said = recordAnswers(application)
    await page.reload()
    await page.locator('html[lang="en-XB"][dir="rtl"]').waitFor()
    const findings: string[] = []
    for (const screen of ['activity/live', 'activity/errors', 'folders', 'restore', 'conflicts', 'settings', 'about']) {
      await page.evaluate((route) => (location.hash = `#/${route}`), screen)
      await page
        .locator('.rail-link[aria-current]')
        .and(page.locator(`[href="#/${screen.split('/')[0]}"]`))
        .waitFor()
      await page.locator('main h1').filter({ hasText: '⟦' }).waitFor()
      for (const size of [WINDOW, ZOOMED]) {
        await page.setViewportSize(size)
        findings.push(...(await tooNarrow(page)).map((each) => `${screen}, ${size.width} wide: ${each}`))
      }
      await page.setViewportSize(WINDOW)
      findings.push(...(await foreignWords(page, await said())).map((each) => `${screen}: ${each}`))
    }
    expect(findings).toEqual([])
  })

  it('follows what the environment of its service asks for, and says so beside the setting', async () => {
    if (browser === undefined) return
    const handlers = { 'language.get': async () => ({ tag: 'en-XB', by: 'environment' }) as const }
    await using opened = await openInterface(browser, { handlers, scenario: 'protected', path: '/#/settings' })
    await opened.page.locator('html[lang="en-XB"][dir="rtl"]').waitFor()
    await opened.page.getByText(/TIDEKEEP_LANG.*en-XB/).waitFor()
  })

  it('says in which language and direction it is, and keeps to the setting', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/about' })
    const { page } = opened
    const root = page.locator('html')
    expect([await root.getAttribute('lang'), await root.getAttribute('dir')]).toEqual(['en', 'ltr'])
    await opened.application.handlers['settings.set']({ key: 'language', value: 'en-XB' }, {
      signal: new AbortController().signal,
    } as never)
    await page.reload()
    await page.locator('html[lang="en-XB"][dir="rtl"]').waitFor()
    await page.getByRole('heading', { level: 1 }).filter({ hasText: '⟦' }).waitFor()
    expect(await sidewaysOverflow(page)).toEqual([])
  })
})
