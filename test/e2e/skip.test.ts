import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callsOf, openInterface, POPUP, startBrowser } from './interface.ts'

describe('skipping one transfer', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it('is one click in the popup, stays in sight there, and is taken back at once or from its menu', async () => {
    if (browser === undefined) return
    const options = { scenario: 'busy', path: '/popup.html', context: { viewport: POPUP }, tickMs: 600_000 } as const
    await using opened = await openInterface(browser, options)
    const { page, application } = opened
    const file = page.getByRole('row').filter({ hasText: 'IMG_4001.mov' })
    await file.getByRole('button', { name: /^Skip for now/ }).click()
    await file.getByText('skipped by you').waitFor()
    expect(await callsOf(application, 'queue.skip')).toEqual([{ id: 1 }])
    await page.getByText('IMG_4001.mov is left out until it changes.').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await file.getByText('skipped by you').waitFor({ state: 'detached' })
    // By the keyboard: the menu of the row.
    const other = page.getByRole('row').filter({ hasText: 'IMG_4002.mov' })
    await page.getByRole('grid').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Skip for now' }).click()
    await other.getByText('skipped by you').waitFor()
    await other.click()
    await page.getByRole('menuitem', { name: 'Send now' }).click()
    await other.waitFor({ state: 'detached' })
    expect(await callsOf(application, 'queue.retry')).toEqual([{ id: 1 }, { id: 2 }])
  })

  it('is offered beside what moves and what is next, and listed until it is sent', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'busy', path: '/#/activity/live', tickMs: 600_000 })
    const { page, application } = opened
    await page.getByRole('button', { name: 'Skip for now: 2025/summer/IMG_4001.mov' }).click()
    const skipped = page.getByRole('grid', { name: 'Skipped by you' })
    await skipped.getByText('IMG_4001.mov').waitFor()
    await page.getByRole('listitem').filter({ hasText: 'IMG_4002.mov' }).click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Skip for now' }).click()
    await skipped.getByText('IMG_4002.mov').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await skipped.getByText('IMG_4002.mov').waitFor({ state: 'detached' })
    await page.getByRole('grid', { name: 'Up next' }).focus()
    await page.keyboard.press('Shift+F10')
    await page.getByRole('menuitem', { name: 'Skip for now' }).click()
    await expect.poll(() => skipped.getByRole('row').count()).toBe(2)
    await page.getByRole('button', { name: 'Send all now' }).click()
    await skipped.waitFor({ state: 'detached' })
    expect(application.calls.filter(({ name }) => name === 'queue.skip')).toHaveLength(3)
  })

  it('says so where a file was through before', async () => {
    if (browser === undefined) return
    const handlers = { 'queue.skip': async () => ({ count: 0 }) }
    await using opened = await openInterface(browser, {
      scenario: 'busy',
      path: '/#/activity/live',
      tickMs: 600_000,
      handlers,
    })
    await opened.page
      .getByRole('button', { name: /^Skip for now/ })
      .first()
      .click()
    await opened.page.getByText('was not skipped: it is through already').waitFor()
    expect(await opened.page.getByRole('button', { name: 'Undo' }).count()).toBe(0)
  })
})
