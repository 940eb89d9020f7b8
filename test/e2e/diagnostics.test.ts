import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callsOf, openInterface, startBrowser } from './interface.ts'
import { sidewaysOverflow } from './page-checks.ts'

describe('diagnostics', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it('shows what is wrong first, with what to do', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/diagnostics' })
    const { page } = opened
    await page.getByText('1 thing is not in order, 1 could be better.').waitFor()
    const names = await page.locator('.checks strong').allTextContents()
    expect(names).toEqual(['target of Pictures', 'file watching', 'version', 'source of Documents'])
    await page.getByText('What to do: Connect its disk.').waitFor()
  })

  it('follows the log, filters it by level and words, and reads nothing while paused', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/diagnostics/log' })
    const { page, application } = opened
    const rows = page.getByRole('grid', { name: 'Log' })
    await rows.waitFor()
    const lines = (): Promise<string | null> => page.locator('.log-head .push').textContent()
    await expect.poll(lines).toMatch(/^\d+ of (?!40 )\d+ lines$/)
    await page.getByLabel('From level').selectOption('error')
    await page.getByLabel('Filter').fill('FAILED files=15')
    await expect.poll(lines).toMatch(/^1 of \d+ lines$/)
    await page.getByRole('button', { name: 'Pause' }).last().click()
    await page.getByText('Paused: new lines are not read.').waitFor()
    const read = application.calls.filter(({ name }) => name === 'diagnostics.log').length
    await page.getByRole('tab', { name: 'Check-up' }).click()
    await page.getByText('file watching').waitFor()
    expect(application.calls.filter(({ name }) => name === 'diagnostics.log').length).toBeLessThanOrEqual(read + 1)
  })

  it('shows every part of a bundle before it is saved, and saves what is ticked', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/diagnostics/bundle' })
    const { page, application } = opened
    await page.getByRole('button', { name: 'Show what would be in it' }).click()
    await page.getByText('No names are in it.').waitFor()
    await page.getByRole('button', { name: /^log\.jsonl/ }).click()
    await page.getByText('[19 characters]').waitFor()
    await page.getByRole('checkbox', { name: 'Include settings.json' }).uncheck()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Saved at').waitFor()
    expect(await callsOf(application, 'diagnostics.saveBundle')).toEqual([
      { id: 'a0a0', parts: ['check-up.txt', 'log.jsonl'] },
    ])
    // Another choice asks for another look before anything can be saved.
    await page.getByRole('checkbox', { name: /^With names/ }).check()
    expect(await page.getByRole('button', { name: 'Save', exact: true }).count()).toBe(0)
    await page.getByRole('button', { name: 'Show what would be in it' }).click()
    await page.getByText('Names are in it.', { exact: true }).waitFor()
  })

  it('fits small windows', async () => {
    if (browser === undefined) return
    const context = { viewport: { width: 760, height: 520 } }
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/diagnostics', context })
    const { page } = opened
    const expectRoom = async (): Promise<void> => expect(await sidewaysOverflow(page)).toEqual([])
    await page.getByText('file watching').waitFor()
    await expectRoom()
    await page.getByRole('tab', { name: 'Log' }).click()
    await page.getByRole('grid', { name: 'Log' }).getByRole('row').first().waitFor()
    await expectRoom()
    await page.getByRole('tab', { name: 'Support bundle' }).click()
    await page.getByRole('button', { name: 'Show what would be in it' }).click()
    await page.getByText('No names are in it.').waitFor()
    await expectRoom()
  })
})
