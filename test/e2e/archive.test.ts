import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VirtualClock } from '../fakes/virtual-clock.ts'
import { callsOf, openInterface, startBrowser, tabTo } from './interface.ts'

const HOUR = 3_600_000

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })

describe('what lies in an archive class', () => {
  let browser: Browser | undefined
  let place: string
  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'tidekeep-archive-'))
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(place, { recursive: true, force: true })
  })

  it('is shown as what it is, is asked for at a price and a time, is followed over a reload, and comes back', async () => {
    if (browser === undefined) return
    const clock = new VirtualClock(Date.now())
    await using opened = await openInterface(browser, {
      scenario: 'protected',
      path: '/#/restore',
      archive: true,
      clock,
    })
    const { page, application } = opened
    await row(page, 'archive').filter({ hasText: '2 archived' }).click()
    await row(page, 'taxes 2009.pdf').filter({ hasText: 'Archived' }).waitFor()
    await page.getByRole('checkbox', { name: 'Choose archive/taxes 2009.pdf' }).check()
    await page.getByRole('button', { name: 'Restore…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Restore taxes 2009.pdf' })
    await dialog.getByRole('radio', { name: /another folder/ }).check()
    await dialog.getByRole('textbox', { name: 'Folder' }).fill(place)
    await dialog.getByRole('radio', { name: /Usual within 12\sh less than \$0.01/ }).waitFor()
    expect(await dialog.getByRole('radio', { name: /Soonest/ }).count()).toBe(0)
    await dialog.getByText('It makes readable copies when asked, which takes hours and costs money.').waitFor()

    await tabTo(page, dialog.getByRole('radio', { name: /Usual/ }))
    await page.keyboard.press('ArrowDown')
    await dialog.getByRole('radio', { name: /Cheapest within 2\sd/, checked: true }).waitFor()
    await dialog.getByRole('combobox', { name: 'Keep the copies for' }).selectOption('3 days')
    expect(application.calls.some(({ name }) => name === 'thaw.request')).toBe(false)
    await dialog.getByRole('button', { name: /Ask for them/ }).click()
    await dialog.getByText('Asked for. You can close this').waitFor()
    expect((await callsOf(application, 'thaw.request'))[0]).toMatchObject({ speed: 'bulk', days: 3 })
    await dialog.getByRole('button', { name: 'Close' }).click()

    const followed = page.getByRole('article', { name: 'Thawing 1 file (26 B)' })
    await followed.getByText(/^Ready at about .*, at the latest; then restored into the folder you chose\.$/).waitFor()
    await page.reload()
    await followed.getByText(/^Ready at about/).waitFor()

    await clock.advance(24 * HOUR)
    const back = page.getByRole('article', { name: '1 file is back from the archive' })
    await back.waitFor()
    expect(readFileSync(join(place, 'archive/taxes 2009.pdf'), 'utf8')).toBe('taxes of 2009, some pages\n')
    await back.getByRole('button', { name: 'Dismiss' }).click()
    await back.waitFor({ state: 'detached' })
  })

  it('is no longer followed when a person says so', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, {
      scenario: 'protected',
      path: '/#/restore',
      archive: true,
      clock: new VirtualClock(Date.now()),
    })
    const { page } = opened
    await row(page, 'archive').waitFor()
    await page.getByRole('checkbox', { name: 'Choose archive' }).check()
    await page.getByRole('button', { name: 'Restore…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Restore archive' })
    await dialog.getByRole('radio', { name: /another folder/ }).check()
    await dialog.getByRole('textbox', { name: 'Folder' }).fill(join(place, 'elsewhere'))
    await dialog.getByRole('button', { name: /Ask for them/ }).click()
    await dialog.getByRole('button', { name: 'Close' }).click()
    const followed = page.getByRole('article', { name: /^Thawing 2 files/ })
    await followed.getByRole('button', { name: 'Stop following' }).click()
    const ended = page.getByRole('article', { name: /^No longer followed: 2 files/ })
    await ended.getByText('What the store was asked for it goes on with, and charges.').waitFor()
  })
})
