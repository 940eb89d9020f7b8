import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import { callsOf, openInterface, POPUP, startBrowser, tabTo } from './interface.ts'

let browser: Browser | undefined
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser?.close())

const BATTERY = { kind: 'battery', text: 'Paused on battery (12%)', stops: true, lift: 'possible' } as const

describe('why it is as fast as it is', () => {
  it('is one line of the popup, with the way around it, by keyboard, and back', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, {
      scenario: 'busy',
      path: '/popup.html',
      context: { viewport: POPUP },
    })
    const { page, application } = opened
    await page.getByText('Limited to 24 MiB/s up').waitFor()
    const faster = page.getByRole('button', { name: 'Full speed' })
    await tabTo(page, faster)
    await page.keyboard.press('Enter')
    await page.getByText('Full speed for now').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Limited to 24 MiB/s up').waitFor()
    expect(await callsOf(application, 'speed.lift', 2)).toEqual([
      { kind: 'limit', lifted: true },
      { kind: 'limit', lifted: false },
    ])
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(POPUP.height)
  })

  it('says what stops work first, in the popup and on every screen of the window, and what went wrong', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/about' })
    const { page, application } = opened
    const wait = { kind: 'throttled', text: 'OneDrive (ada) asked us to wait until 14:03' } as const
    application.patchStatus({ headline: 'paused', sentence: 'Paused on battery (12%)', reasons: [BATTERY, wait] })
    const list = page.getByRole('list', { name: 'Why it is as fast as it is' })
    await list.getByText('Paused on battery').waitFor()
    expect(await list.getByRole('listitem').allInnerTexts()).toEqual([
      'Paused on battery (12%)\nBack up anyway',
      'OneDrive (ada) asked us to wait until 14:03',
    ])
    application.failNext('speed.lift', new TidekeepError({ code: 'unavailable', message: 'Not just now.' }))
    await list.getByRole('button', { name: 'Back up anyway' }).click()
    await page.getByText('Not just now.').waitFor()
  })
})

describe('the timetable', () => {
  it('is written line by line with the keyboard, and saved as it is written', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/settings' })
    const { page, application } = opened
    const saved = async (count: number): Promise<unknown> => {
      const calls = await callsOf(application, 'settings.set', count)
      return (calls.at(-1) as { value: unknown }).value
    }
    await tabTo(page, page.getByRole('button', { name: 'Add a line' }))
    await page.keyboard.press('Enter')
    expect(await saved(1)).toEqual(['Mon-Fri 09:00-18:00 2MiB'])
    const line = page.getByRole('group', { name: 'Line 1' })
    await tabTo(page, line.getByRole('checkbox', { name: 'Saturday' }))
    await page.keyboard.press('Space')
    expect(await saved(2)).toEqual(['Mon-Sat 09:00-18:00 2MiB'])
    await line.getByLabel('To').fill('00:00')
    expect(await saved(3)).toEqual(['Mon-Sat 09:00-24:00 2MiB'])
    await line.getByLabel('Name').fill('work hours')
    await page.keyboard.press('Enter')
    expect(await saved(4)).toEqual(['Mon-Sat 09:00-24:00 2MiB work hours'])
    await line.getByLabel('What then').selectOption('Pause')
    expect(await saved(5)).toEqual(['Mon-Sat 09:00-24:00 pause work hours'])
    await page.getByRole('button', { name: 'Remove line 1' }).click()
    expect(await saved(6)).toEqual([])
  })

  it('is not saved half written, says what is missing, and shows what was stored when opened again', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/settings' })
    const { page, application } = opened
    await page.getByRole('button', { name: 'Add a line' }).click()
    await callsOf(application, 'settings.set')
    const line = page.getByRole('group', { name: 'Line 1' })
    await line.getByLabel(/Bytes a second/).fill('')
    await page.keyboard.press('Enter')
    await page.getByText('Write a limit').waitFor()
    expect(await callsOf(application, 'settings.set')).toHaveLength(1)
    await line.getByLabel(/Bytes a second/).fill('fast')
    await page.keyboard.press('Enter')
    await page.getByText('"timetable" must be').waitFor()
    await line.getByLabel(/Bytes a second/).fill('500KiB')
    await page.keyboard.press('Enter')
    await callsOf(application, 'settings.set', 2)
    await page.getByRole('link', { name: 'About' }).click()
    await page.getByRole('link', { name: 'Settings' }).click()
    expect(await page.getByLabel(/Bytes a second/).inputValue()).toBe('500KiB')
  })
})
