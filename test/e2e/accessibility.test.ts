import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Scenario } from '../fakes/application.ts'
import { openInterface, POPUP, startBrowser } from './interface.ts'

const THEMES = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['forced colours', { colorScheme: 'dark', forcedColors: 'active' }],
] as const

const WINDOW_SCREENS = [
  ['/#/folders', 'attention'],
  ['/#/conflicts/2', 'conflicts'],
  ['/#/conflicts/3', 'conflicts'],
  ['/#/activity/live', 'busy'],
  ['/#/activity/history', 'protected'],
  ['/#/activity/errors', 'attention'],
  ['/#/restore', 'protected'],
  ['/#/targets', 'accounts'],
  ['/#/settings', 'protected'],
  ['/#/folders/edit.d0c0d0c0', 'protected'],
  ['/#/folders/plan.d0c0d0c0', 'protected'],
  ['/#/diagnostics/checks', 'protected'],
  ['/#/diagnostics/log', 'protected'],
  ['/#/diagnostics/bundle', 'protected'],
  ['/#/about', 'protected'],
] as const

/** What axe calls serious or critical, short enough to read. */
async function seriousFindings(page: Page): Promise<readonly string[]> {
  await page.locator('h1').first().waitFor()
  // Colours are judged once they stand still.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((each) => each.effect?.getTiming().iterations !== Infinity)
        .map((each) => each.finished.catch(() => undefined)),
    ),
  )
  const { violations } = await new AxeBuilder({ page })
    // Base UI's guards pass the focus on the moment they get it; nothing ever rests on them.
    .exclude('[data-base-ui-focus-guard]')
    .analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`)
}

describe('accessibility', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  }, 90_000)
  afterAll(() => browser?.close())

  describe.each(THEMES)('in %s', (_theme, media) => {
    it.each(['empty', 'protected', 'busy', 'attention', 'offline', 'conflicts'] as const satisfies readonly Scenario[])(
      'axe finds nothing serious in the %s popup',
      async (scenario) => {
        if (browser === undefined) return
        await using opened = await openInterface(browser, {
          scenario,
          path: '/popup.html',
          context: { viewport: POPUP, ...media },
        })
        expect(await seriousFindings(opened.page)).toEqual([])
      },
      40_000,
    )

    it.each(WINDOW_SCREENS)(
      'axe finds nothing serious at %s (%s)',
      async (path, scenario) => {
        if (browser === undefined) return
        await using opened = await openInterface(browser, { scenario, path, context: { ...media } })
        expect(await seriousFindings(opened.page)).toEqual([])
      },
      40_000,
    )

    it('axe finds nothing serious in a moment of the past, versions, a comparison, an image and a restore', async () => {
      if (browser === undefined) return
      await using opened = await openInterface(browser, {
        scenario: 'protected',
        path: '/#/restore',
        context: { ...media },
      })
      const { page } = opened
      const findings: string[] = []
      const look = async (): Promise<void> => void findings.push(...(await seriousFindings(page)))
      await page.getByRole('button', { name: 'Earlier change' }).click()
      await page.getByRole('checkbox', { name: 'Choose budget.csv' }).check()
      await look()
      await page.getByRole('button', { name: 'Restore…' }).click()
      await page.getByRole('dialog', { name: 'Restore budget.csv' }).waitFor()
      await page.getByRole('radio', { name: /another folder/ }).check()
      await look()
      await page.keyboard.press('Escape')
      await page.getByRole('row').filter({ hasText: 'budget.csv' }).click()
      await page.getByText('month,spent').waitFor()
      await look()
      await page.getByRole('combobox', { name: 'Compare with' }).selectOption({ index: 1 })
      await page.getByText(/lines? added/).waitFor()
      await look()
      expect(findings).toEqual([])
    }, 60_000)

    it('axe finds nothing serious in the price of a thaw, and while one is followed', async () => {
      if (browser === undefined) return
      await using opened = await openInterface(browser, {
        scenario: 'protected',
        path: '/#/restore',
        archive: true,
        context: { ...media },
      })
      const { page } = opened
      const findings: string[] = []
      const look = async (): Promise<void> => void findings.push(...(await seriousFindings(page)))
      await page.getByRole('checkbox', { name: 'Choose archive' }).check()
      await page.getByRole('button', { name: 'Restore…' }).click()
      const dialog = page.getByRole('dialog', { name: 'Restore archive' })
      await dialog.getByRole('radio', { name: /another folder/ }).check()
      await dialog.getByRole('textbox', { name: 'Folder' }).fill('/nowhere')
      await dialog.getByRole('radio', { name: /Usual/ }).waitFor()
      await look()
      await dialog.getByRole('button', { name: /Ask for them/ }).click()
      await dialog.getByRole('button', { name: 'Close' }).click()
      await page.getByText(/^Ready at about/).waitFor()
      await look()
      expect(findings).toEqual([])
    }, 60_000)

    it('axe finds nothing serious in a menu, a confirmation, a lost connection and every step of the wizard', async () => {
      if (browser === undefined) return
      await using opened = await openInterface(browser, { scenario: 'empty', context: { ...media } })
      const { page } = opened
      const findings: string[] = []
      const look = async (): Promise<void> => void findings.push(...(await seriousFindings(page)))
      await look()
      await page.getByRole('button', { name: 'Choose folders' }).click()
      await page.getByRole('checkbox', { name: 'Documents' }).check()
      await look()
      await page.getByRole('button', { name: /Choose another/ }).click()
      await page.getByRole('button', { name: 'Archive' }).waitFor()
      await look()
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('radio', { name: /S3-compatible/ }).check()
      await page.getByLabel('Bucket').fill('denied')
      await page.getByRole('button', { name: 'Test' }).click()
      await page.getByText('cannot be used yet').waitFor()
      await look()
      await page.getByLabel('Bucket').fill('works')
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByText('12,000 files to send').waitFor()
      await look()
      await page.getByRole('button', { name: 'Start protecting' }).click()
      await page.getByRole('button', { name: 'More for Documents' }).click()
      await page.getByRole('menu').waitFor()
      await look()
      await page.getByRole('menuitem', { name: 'Remove…' }).click()
      await page.getByRole('alertdialog').waitFor()
      await look()
      await page.keyboard.press('Escape')
      await opened.stopService()
      await page.getByText('The connection to Tidekeep was lost').waitFor()
      await look()
      expect(findings).toEqual([])
    }, 90_000)

    it('axe finds nothing serious while signing in, in a line of the timetable, and in the menu of a file', async () => {
      if (browser === undefined) return
      const findings: string[] = []
      const prompt = {
        kind: 'device-code',
        url: 'https://www.microsoft.com/link',
        code: 'ABCD1234',
        expiresInMs: 900_000,
      } as const
      const waiting = { id: 'a1', state: 'waiting', prompt } as const
      const handlers = { 'accounts.signIn': async () => waiting, 'accounts.signInState': async () => waiting }
      await using opened = await openInterface(browser, {
        scenario: 'accounts',
        path: '/#/targets',
        handlers,
        context: { ...media },
      })
      const { page } = opened
      await page.getByRole('button', { name: 'Sign in to OneDrive' }).click()
      await page.getByText('ABCD1234').waitFor()
      findings.push(...(await seriousFindings(page)))
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Test ada' }).click()
      await page.getByText('This place works.').waitFor()
      findings.push(...(await seriousFindings(page)))
      await page.getByRole('link', { name: 'Settings' }).click()
      await page.getByRole('button', { name: 'Add a line' }).click()
      await page.getByRole('group', { name: 'Line 1' }).waitFor()
      findings.push(...(await seriousFindings(page)))
      await using small = await openInterface(browser, {
        scenario: 'busy',
        path: '/popup.html',
        context: { viewport: POPUP, ...media },
      })
      await small.page.getByRole('row').nth(4).click()
      await small.page.getByRole('menu').waitFor()
      findings.push(...(await seriousFindings(small.page)))
      expect(findings).toEqual([])
    }, 90_000)
  })

  it.each([...WINDOW_SCREENS.map(([path, scenario]) => [path, scenario] as const), ['/', 'empty'] as const])(
    'fits an 880 pixel window at 200 % zoom without scrolling sideways: %s (%s)',
    async (path, scenario) => {
      if (browser === undefined) return
      await using opened = await openInterface(browser, {
        scenario,
        path,
        context: { viewport: { width: 440, height: 300 }, deviceScaleFactor: 2 },
      })
      const { page } = opened
      await page.locator('h1').first().waitFor()
      const wide = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll('.content, .wizard, .rail')]
          .filter((element) => element.scrollWidth > element.clientWidth)
          .map((element) => `${element.className || element.tagName}: ${element.scrollWidth} > ${element.clientWidth}`),
      )
      expect(wide).toEqual([])
    },
    30_000,
  )

  it('gives every button, link and field a name on every screen', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'attention', path: '/#/activity/errors' })
    const { page } = opened
    for (const [path] of WINDOW_SCREENS) {
      await page.evaluate((hash) => (location.hash = hash.slice(1)), path)
      await page.locator('h1').first().waitFor()
      for (const role of ['button', 'link', 'textbox', 'radio', 'combobox', 'grid'] as const) {
        expect(await page.getByRole(role, { name: /^\s*$/ }).count(), `${role} at ${path}`).toBe(0)
      }
    }
  }, 30_000)

  it('stands still for people who ask for less motion', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, {
      scenario: 'busy',
      path: '/popup.html',
      context: { viewport: POPUP, reducedMotion: 'reduce' },
    })
    const { page } = opened
    await page.getByRole('heading', { name: 'Syncing' }).waitFor()
    const moving = await page.evaluate(
      () =>
        document
          .getAnimations()
          .filter((each) => each.playState === 'running' && each.effect?.getTiming().iterations === Infinity).length,
    )
    expect(moving).toBe(0)
  }, 30_000)
})
