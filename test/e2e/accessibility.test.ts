import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Opened, openInterface, POPUP, startBrowser } from './interface.ts'
import {
  keyboardFindings,
  namelessParts,
  RULES_ABOUT_DRAWING,
  seriousFindings,
  sidewaysOverflow,
  unaskedMotion,
} from './page-checks.ts'
import { type Place, POPUP_PLACES, visit, VISITED, WINDOW_PLACES } from './places.ts'

const WINDOW = { width: 1040, height: 720 }
/** The smallest window, 880 by 600, at 200 %. */
const ZOOMED = { width: 440, height: 300 }
const LIGHT = { colorScheme: 'light', forcedColors: 'none' } as const
const THEMES = [
  ['dark', { colorScheme: 'dark', forcedColors: 'none' }],
  ['forced colours', { colorScheme: 'dark', forcedColors: 'active' }],
] as const

describe('accessibility', () => {
  let browser: Browser | undefined
  let window: Opened | undefined
  let popup: Opened | undefined
  beforeAll(async () => {
    browser = await startBrowser()
    if (browser === undefined) return
    window = await openInterface(browser, { ...VISITED, archive: true, path: '/#/about' })
    popup = await openInterface(browser, { ...VISITED, path: '/popup.html', context: { viewport: POPUP } })
  })
  afterAll(async () => {
    await window?.[Symbol.asyncDispose]()
    await popup?.[Symbol.asyncDispose]()
    await browser?.close()
  })

  // In every theme for axe, without a nameless part, at 200 % without sideways scrolling, still where that is asked for,
  // with every control in Tab's reach and a ring on it, and with Escape as the way back to where the focus was.
  it.each(WINDOW_PLACES.map((place) => [place.name, place] as const))(
    'is there for everybody: %s',
    async (_name, place) => {
      if (window === undefined) return
      await visit(window, place)
      const findings = await findingsOf(window.page, place)
      await window.page.setViewportSize(ZOOMED)
      findings.push(...(await sidewaysOverflow(window.page)).map((each) => `at 200 %: ${each}`))
      await window.page.setViewportSize(WINDOW)
      expect(findings).toEqual([])
      await expectEscapeCloses(window.page, place)
    },
  )

  it.each(POPUP_PLACES.map((place) => [place.name, place] as const))(
    'is there for everybody: %s',
    async (_name, place) => {
      if (popup === undefined) return
      await visit(popup, place)
      const findings = [...(await findingsOf(popup.page, place)), ...(await sidewaysOverflow(popup.page))]
      expect(findings).toEqual([])
      await expectEscapeCloses(popup.page, place)
    },
  )

  it('says in every theme that the connection was lost', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    const { page } = opened
    await page.getByRole('heading', { name: 'Documents' }).waitFor()
    await opened.stopService()
    await page.getByText('The connection to Tidekeep was lost').waitFor()
    expect(await drawnFindings(page)).toEqual([])
  })
})

async function findingsOf(page: Page, { isMenu = false }: Place): Promise<string[]> {
  await page.emulateMedia({ reducedMotion: 'no-preference' })
  const moving = await unaskedMotion(page)
  const findings = [...(await namelessParts(page)), ...(await drawnFindings(page))]
  if (moving > 0) findings.push(`${moving} animations run for people who asked for none`)
  if (!isMenu) findings.push(...(await keyboardFindings(page)))
  return findings
}

/** In light everything, in the other themes what they draw otherwise. */
async function drawnFindings(page: Page): Promise<string[]> {
  await page.emulateMedia(LIGHT)
  const findings = [...(await seriousFindings(page))]
  for (const [name, media] of THEMES) {
    await page.emulateMedia(media)
    findings.push(...(await seriousFindings(page, RULES_ABOUT_DRAWING)).map((finding) => `in ${name}: ${finding}`))
  }
  await page.emulateMedia(LIGHT)
  return findings
}

/** One level back, and the focus where it came from. */
async function expectEscapeCloses(page: Page, { closes }: Place): Promise<void> {
  if (closes === undefined) return
  await page.keyboard.press('Escape')
  await closes.what(page).waitFor({ state: 'hidden' })
  await expect.poll(() => closes.opener(page).evaluate((element) => element === document.activeElement)).toBe(true)
}
