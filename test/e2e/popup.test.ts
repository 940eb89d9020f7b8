import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pageWeight, POPUP_BUDGET_BYTES } from '../../scripts/build-renderer.ts'
import type { Scenario } from '../fakes/application.ts'
import { RENDERER_DIRECTORY } from './setup.ts'
import { callsOf, openInterface, type OpenOptions, POPUP, startBrowser } from './interface.ts'

const popup = (scenario: Scenario): OpenOptions => ({ scenario, path: '/popup.html', context: { viewport: POPUP } })

describe('the popup', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it('weighs less than its budget', () => {
    const weightBytes = pageWeight('popup.html', RENDERER_DIRECTORY)
    expect(weightBytes).toBeGreaterThan(40 * 1024)
    expect(weightBytes).toBeLessThan(POPUP_BUDGET_BYTES)
  })

  it.each([
    ['empty', 'Not set up yet', 'unconfigured'],
    ['protected', 'Protected', 'protected'],
    ['busy', 'Syncing', 'syncing'],
    ['attention', 'Needs attention', 'attention'],
    ['offline', 'Offline', 'offline'],
  ] as const)('says in words and by shape how %s things stand', async (scenario, words, state) => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, popup(scenario))
    const { page } = opened
    await page.getByRole('heading', { name: words, level: 1 }).waitFor()
    expect(await page.locator('.popup-head .state-icon').getAttribute('data-state')).toBe(state)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(POPUP.width)
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(POPUP.height)
  })

  it('pauses for the chosen time by keyboard, counts down, and resumes', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, popup('busy'))
    const { page, application } = opened
    await page.getByRole('button', { name: 'Pause' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: '30 minutes' }).waitFor()
    expect(await page.getByRole('menuitem').allTextContents()).toEqual([
      '30 minutes',
      '2 hours',
      '8 hours',
      '24 hours',
      'Until tomorrow 08:00',
      'Until I resume',
    ])
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    expect(await callsOf(application, 'pause.set')).toEqual([{ durationMs: 2 * 3_600_000 }])
    const left = page.getByText(/^Resumes in (2:00:00|1:5\d:\d\d)/)
    const first = await left.innerText()
    await expect.poll(() => left.innerText()).not.toBe(first)
    await page.getByRole('button', { name: 'Resume' }).click()
    await callsOf(application, 'pause.clear')
    await page.getByRole('button', { name: 'Pause' }).waitFor()
  })

  it('leaves a file out after showing what that takes, and puts it back', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, popup('protected'))
    const { page, application } = opened
    // Of a folder in backup mode: others delete at their targets, so their rules are tried in the window.
    await page.locator('.popup-rows .row').nth(3).click()
    await page.getByRole('menuitem', { name: 'Ignore this…' }).waitFor()
    expect(await page.getByRole('menuitem', { name: 'Show in folder' }).count()).toBe(0)
    await page.getByRole('menuitem', { name: 'Ignore this…' }).click()
    await page.getByText(/^Leaves out|^Nothing more/).waitFor()
    await page.getByRole('button', { name: 'Leave it out' }).click()
    await page.getByText('is left out from now on').waitFor()
    const [first] = await callsOf(application, 'folders.change')
    const { ignore } = first as { readonly ignore: readonly string[] }
    expect(ignore.at(-1)).toMatch(/^\//)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'Leave it out' }).waitFor()
    expect((await callsOf(application, 'folders.change')).at(-1)).toMatchObject({ ignore: ignore.slice(0, -1) })
    await page.keyboard.press('Escape')
    await page.locator('.popup-rows').waitFor()
  })

  it('shows files in the file manager where there is one, and those that are in use without alarm', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, popup('protected'))
    const { page, application } = opened
    application.patchStatus({
      canReveal: true,
      inUse: [{ jobId: 9, folderId: 'd0c0d0c0', path: 'Finance/budget.xlsx', nextTryMs: Date.now() + 60_000 }],
    })
    await page.getByText('in use, will retry').click()
    await page.getByRole('menuitem', { name: 'Show in folder' }).click()
    expect(await callsOf(application, 'files.reveal')).toEqual([{ folderId: 'd0c0d0c0', path: 'Finance/budget.xlsx' }])
  })

  it('closes the pause menu with Escape and gives the focus back', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, popup('busy'))
    const { page } = opened
    const button = page.getByRole('button', { name: 'Pause' })
    await button.click()
    await page.getByRole('menu').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('menu').waitFor({ state: 'hidden' })
    await expect.poll(() => button.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  it('keeps the progress bar from going back and its place from jumping', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, popup('busy'))
    const { page, application } = opened
    const bar = page.getByRole('progressbar', { name: 'Progress' })
    const list = page.getByRole('grid', { name: 'Recent activity' })
    const progress = { filesDone: 1, filesTotal: 2, bytesDone: 600, bytesTotal: 1000, bytesPerSecond: 10, etaMs: null }
    application.patchStatus({ progress })
    // A busy computer is drawn for once a second.
    await expect.poll(() => bar.evaluate((element: HTMLProgressElement) => element.value)).toBe(600)
    const top = (await list.boundingBox())?.y
    application.patchStatus({ progress: { ...progress, filesTotal: 14, bytesTotal: 4000 } })
    await page.getByText('+12 files').waitFor()
    expect(await bar.evaluate((element: HTMLProgressElement) => element.value)).toBe(600)
    application.patchStatus({ progress: null, reasons: [] })
    await bar.waitFor({ state: 'detached' })
    expect((await list.boundingBox())?.y).toBe(top)
  })

  it('shows one matter at most and opens the place to deal with it', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, popup('attention'))
    const { page, application } = opened
    await page.getByText('412 deletions in Documents').waitFor()
    application.patchStatus({ sentence: '412 deletions in Documents wait for your decision.' })
    // Once, although the status and the matter say the same.
    await expect.poll(() => page.getByText('412 deletions in Documents').count()).toBe(1)
    await expect.poll(() => page.locator('.popup-words p').textContent()).toBe('')
    expect(await page.getByRole('region', { name: 'Needs attention' }).count()).toBe(1)
    const [main] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('button', { name: 'Review' }).click(),
    ])
    await main.getByRole('heading', { name: '412 deletions wait for your decision' }).waitFor()
  })

  it('opens what can be done with a file by Enter and by click, and gives the focus back to the list', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, popup('protected'))
    const { page, application } = opened
    const list = page.getByRole('grid', { name: 'Recent activity' })
    await list.getByRole('row').first().waitFor()
    await list.focus()
    await page.keyboard.press('Enter')
    const menu = page.getByRole('menu')
    await menu.waitFor()
    expect(await page.getByRole('menuitem').allInnerTexts()).toEqual([
      'Bring back the earlier version',
      'Versions…',
      'Show in History',
      'Copy path',
      'Ignore this…',
    ])
    await page.keyboard.press('Escape')
    await menu.waitFor({ state: 'hidden' })
    await expect.poll(() => list.evaluate((element) => element === document.activeElement)).toBe(true)
    await list.getByRole('row').first().click()
    await page.getByRole('menuitem', { name: 'Bring back the earlier version' }).click()
    await page.getByText('is what it was before').waitFor()
    expect(await callsOf(application, 'activity.undo')).toEqual([{ ids: [120], dryRun: false, beside: false }])
    await list.getByRole('row').first().click()
    const [main] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('menuitem', { name: 'Versions…' }).click(),
    ])
    expect(new URL(main.url()).hash).toMatch(/^#\/restore\/d0c0d0c0:2025%2FRechnung/)
  })

  it('paints what it knew before the service answers', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, popup('busy'))
    const { page } = opened
    await page.getByRole('heading', { name: 'Syncing', level: 1 }).waitFor()
    // Whatever is asked from now on is never answered.
    await page.route(/\/api\//, () => undefined)
    await page.reload()
    await page.getByRole('heading', { name: 'Syncing', level: 1 }).waitFor()
    await expect
      .poll(() => page.getByRole('grid', { name: 'Recent activity' }).getByRole('row').count())
      .toBeGreaterThan(5)
    await page.locator('.popup[data-stale="true"]').waitFor()
  })

  it('runs one pass while paused and says that it stays paused', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, popup('protected'))
    const { page, application } = opened
    application.patchStatus({ pausedUntil: 'forever', headline: 'paused' })
    await page.getByText('Paused until you resume').waitFor()
    await page.getByRole('button', { name: 'Sync now' }).click()
    await page.getByText('Still paused afterwards').waitFor()
    await callsOf(application, 'folders.sync')
    application.patchStatus({ pausedUntil: Date.now() + 3_600_000 })
    await page.getByText(/^Resumes in/).waitFor()
    await page.getByRole('button', { name: 'Sync now' }).click()
    await page.getByText(/Still paused until .*\d:\d\d/).waitFor()
  })

  it('walks transfers and recent activity with the arrow keys as one list', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, popup('protected'))
    const { page, application } = opened
    const transfer = {
      jobId: 1,
      folderId: 'd0c0d0c0',
      path: 'a.mov',
      kind: 'upload',
      bytesDone: 1,
      bytesTotal: 2,
    } as const
    application.patchStatus({ transfers: [transfer] })
    const list = page.getByRole('grid', { name: 'Recent activity' })
    await page.getByText('a.mov').waitFor()
    await expect.poll(() => list.getAttribute('aria-rowcount')).toBe('101')
    await list.focus()
    for (let presses = 0; presses < 30; presses++) await page.keyboard.press('ArrowDown')
    const activeRow = async (): Promise<string | null> => {
      const row = page.locator(`[id="${await list.getAttribute('aria-activedescendant')}"]`)
      return (await row.isVisible()) ? row.getAttribute('aria-rowindex') : null
    }
    await expect.poll(activeRow).toBe('31')
    application.patchStatus({ transfers: [] })
    // Its row is scrolled out of sight, and not on the page either way.
    await expect.poll(() => list.getAttribute('aria-rowcount')).toBe('100')
    await page.keyboard.press('ArrowDown')
    await expect.poll(activeRow).toBe('31')
    await page.keyboard.press('Home')
    await expect.poll(() => list.evaluate((element) => element.scrollTop)).toBe(0)
  })
})
