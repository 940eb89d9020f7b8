import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readInAnyLanguage } from './any-language.ts'
import { type Opened, openInterface, POPUP, startBrowser } from './interface.ts'
import {
  keyboardFindings,
  namelessParts,
  RULES_ABOUT_DRAWING,
  seriousFindings,
  strayWords,
  tooNarrow,
  unaskedMotion,
} from './page-checks.ts'
import { type Place, POPUP_PLACES, visit, VISITED, WINDOW_PLACES } from './places.ts'
import { foreignWords, recordAnswers } from './words.ts'

/** The smallest window. */
const WINDOW = { width: 880, height: 600 }
/** As it opens. */
const USUAL = { width: 1040, height: 720 }
/** The smallest at 200 %. */
const ZOOMED = { width: 440, height: 300 }
const LIGHT = { colorScheme: 'light', forcedColors: 'none' } as const
const THEMES = [
  ['dark', { colorScheme: 'dark', forcedColors: 'none' }],
  ['forced colours', { colorScheme: 'dark', forcedColors: 'active' }],
] as const

// Places are looked at in the pseudo-locale, whose texts are a third longer than the English ones and tell from
// which catalogue they are: what there is room for there, there is room for in English.
describe('every place of the interface', () => {
  let browser: Browser | undefined
  let window: Opened | undefined
  let popup: Opened | undefined
  const answers: (() => Promise<readonly string[]>)[] = []
  const open = async (path: string, viewport: typeof WINDOW): Promise<Opened | undefined> => {
    if (browser === undefined) return undefined
    const context = { viewport, locale: 'en-XA' }
    const opened = await openInterface(browser, { ...VISITED, archive: true, path, context })
    answers.push(recordAnswers(opened.application))
    return opened
  }
  beforeAll(async () => {
    browser = await startBrowser()
    window = await open('/#/about', WINDOW)
    popup = await open('/popup.html', POPUP)
  })
  afterAll(async () => {
    await window?.[Symbol.asyncDispose]()
    await popup?.[Symbol.asyncDispose]()
    await browser?.close()
  })

  /**
   * Every text from the catalogue; room for it, at 200 % and from right to left as well; in every theme for axe, without a
   * nameless part, still where that is asked for, with every control in Tab's reach and a ring on it, and with Escape as the
   * way back to where the focus was.
   */
  const expectForEverybody = async (opened: Opened | undefined, place: Place): Promise<void> => {
    if (opened === undefined) return
    const { page } = opened
    const inAnyLanguage = readInAnyLanguage(page)
    await visit({ ...opened, page: inAnyLanguage }, place)
    const answered = (await Promise.all(answers.map((each) => each()))).flat()
    const findings = [
      ...(await foreignWords(page, answered)),
      ...(await narrowFindings(page)),
      ...(await findingsOf(page, place)),
    ]
    expect(findings).toEqual([])
    await expectEscapeCloses(inAnyLanguage, place)
  }

  it.each(WINDOW_PLACES.map((place) => [place.name, place] as const))(
    'is there for everybody, in every language: %s',
    (_name, place) => expectForEverybody(window, place),
  )

  it.each(POPUP_PLACES.map((place) => [place.name, place] as const))(
    'is there for everybody, in every language: %s',
    (_name, place) => expectForEverybody(popup, place),
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

/** As it is, as a window opens, at 200 % (the popup apart, which no desktop makes smaller than it is), and both from right to left. */
async function narrowFindings(page: Page): Promise<readonly string[]> {
  const findings = [...(await tooNarrow(page))]
  const viewport = page.viewportSize()!
  if (viewport.width === WINDOW.width) {
    await page.setViewportSize(USUAL)
    findings.push(...(await strayWords(page)).map((each) => `as it opens: ${each}`))
    await page.setViewportSize(ZOOMED)
  }
  findings.push(...(await tooNarrow(page)).map((each) => `at 200 %: ${each}`))
  await page.evaluate(() => (document.documentElement.dir = 'rtl'))
  findings.push(...(await tooNarrow(page)).map((each) => `at 200 %, from right to left: ${each}`))
  await page.setViewportSize(viewport)
  findings.push(...(await tooNarrow(page)).map((each) => `from right to left: ${each}`))
  await page.evaluate(() => (document.documentElement.dir = 'ltr'))
  return findings
}

async function findingsOf(page: Page, { isMenu = false }: Place): Promise<readonly string[]> {
  await page.emulateMedia({ reducedMotion: 'no-preference' })
  const moving = await unaskedMotion(page)
  const findings = [...(await namelessParts(page)), ...(await drawnFindings(page))]
  if (moving > 0) findings.push(`${moving} animations run for people who asked for none`)
  if (!isMenu) findings.push(...(await keyboardFindings(page)))
  return findings
}

/** In light everything, in the other themes what they draw otherwise. */
async function drawnFindings(page: Page): Promise<readonly string[]> {
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
