import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callsOf, openInterface, startBrowser, tabTo } from './interface.ts'
import { RULES_ABOUT_DRAWING, seriousFindings, sidewaysOverflow } from './page-checks.ts'

describe('the command palette', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it('does everything by keyboard, and gives the focus back where it was or to where it led', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    const { page, application } = opened
    const more = page.getByRole('button', { name: 'More for Pictures' })
    await tabTo(page, more)
    await page.keyboard.press('Control+k')
    const field = page.getByRole('combobox', { name: 'Type a command, a folder or a file' })
    await field.waitFor()
    await page.keyboard.press('Escape')
    await field.waitFor({ state: 'detached' })
    await expect.poll(() => more.evaluate((element) => element === document.activeElement)).toBe(true)

    await page.keyboard.press('Control+k')
    await page.keyboard.type('sync pict')
    await page.keyboard.press('Enter')
    expect(await callsOf(application, 'folders.sync')).toEqual([{ id: 'f070f070' }])
    await page.getByText('Looking for changes…').waitFor()

    await page.keyboard.press('Control+k')
    await page.keyboard.type('go to')
    const active = (): Promise<string | null> => page.locator('[role="option"][aria-selected="true"]').textContent()
    await expect.poll(active).toBe('Go to Activity')
    await page.keyboard.press('ArrowDown')
    await expect.poll(active).toBe('Go to Folders')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor()
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('content')

    await page.keyboard.press('Control+k')
    await page.keyboard.type('edit doc')
    await page.keyboard.press('Enter')
    const editor = page.getByRole('dialog', { name: 'Folder “Documents”' })
    await editor.waitFor()
    // What another dialog asks is answered first.
    await page.keyboard.press('Control+k')
    expect(await field.count()).toBe(0)
  })

  it('finds files of the history and leads to their versions', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    const { page, application } = opened
    await page.getByRole('heading', { level: 1, name: 'Folders' }).waitFor()
    const rows = await application.handlers['activity.list']({ limit: 50 }, { transport: 'direct' })
    const row = rows.find(({ path }) => !path.includes(' '))!
    await page.keyboard.press('Control+k')
    // Some names hold characters that no key makes: they are inserted where the focus is.
    await page.locator('input.palette-input:focus').waitFor()
    await page.keyboard.type(row.path)
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Restore' }).waitFor()
    expect(decodeURIComponent(new URL(page.url()).hash)).toBe(`#/restore/${row.folderId}:${row.path}`)
  })

  it('opens with what was typed before its code had arrived', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    const { page } = opened
    const arrive = Promise.withResolvers<void>()
    await page.route(/\/command-palette-[^/]*\.js$/, async (route) => {
      await arrive.promise
      await route.continue()
    })
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Folders' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('pix')
    await page.keyboard.press('Backspace')
    arrive.resolve()
    // No key is lost while it comes.
    for (const key of 'ctures edit') await page.keyboard.type(key, { delay: 5 })
    await page.getByRole('option', { name: 'Edit Pictures' }).waitFor()
    expect(await page.getByRole('combobox').inputValue()).toBe('pictures edit')
  })

  it('fits small windows, and pleases axe in light, dark and forced colours', async () => {
    if (browser === undefined) return
    const context = { viewport: { width: 760, height: 520 } }
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders', context })
    const { page } = opened
    await page.getByRole('heading', { level: 1, name: 'Folders' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('pi')
    await page.getByRole('option', { name: 'Edit Pictures' }).waitFor()
    expect([...(await sidewaysOverflow(page)), ...(await seriousFindings(page))]).toEqual([])
    for (const media of [{ colorScheme: 'dark' }, { colorScheme: 'dark', forcedColors: 'active' }] as const) {
      await page.emulateMedia(media)
      expect(await seriousFindings(page, RULES_ABOUT_DRAWING)).toEqual([])
    }
  })
})
