import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MOST_PUSHED_ROWS } from '../../common/pushed-rows.ts'
import { SCREENS } from '../../renderer/state/route.ts'
import { strings } from '../../renderer/strings.ts'
import { activityRow } from '../fakes/activity-row.ts'
import { callsOf, openInterface, startBrowser, typeAtOnce } from './interface.ts'

describe('the main window', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it('draws its frame before any script has run, and leaves it in place when the first answer is there', async () => {
    if (browser === undefined) return
    const placeOfBrand = (page: Page) => page.locator('.rail .brand').boundingBox()
    await using bare = await openInterface(browser, { context: { javaScriptEnabled: false } })
    const first = await placeOfBrand(bare.page)
    await using opened = await openInterface(browser)
    await opened.page.getByRole('navigation').waitFor()
    expect(first?.width).toBeGreaterThan(100)
    expect(await placeOfBrand(opened.page)).toEqual(first)
    await bare.page.goto(new URL('/popup.html', bare.page.url()).href)
    expect(await bare.page.locator('.popup img').isVisible()).toBe(true)
  })

  it('retries a whole group of errors, and the list empties', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'attention', path: '/#/activity/errors' })
    const { page, application } = opened
    await page.getByRole('heading', { name: /Access denied/ }).waitFor()
    await page.getByText('Check the permissions of the keys').waitFor()
    await page.getByRole('button', { name: 'Retry all 2' }).click()
    expect(await callsOf(application, 'queue.retry', 2)).toHaveLength(2)
    await page.getByText('No errors').waitFor()
  })

  it('drops one failed file only after asking', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'attention', path: '/#/activity/errors' })
    const { page, application } = opened
    await page.getByRole('button', { name: /^Drop .*IMG_4101/ }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('Nothing is deleted').waitFor()
    expect(application.calls.some((call) => call.name === 'queue.drop')).toBe(false)
    await dialog.getByRole('button', { name: 'Drop' }).click()
    expect(await callsOf(application, 'queue.drop')).toHaveLength(1)
  })

  it('repeats the counts before held changes are carried out, with the focus on Cancel', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'attention', path: '/#/folders' })
    const { page, application } = opened
    const approve = page.getByRole('button', { name: 'Delete at the target…' })
    await approve.click()
    const dialog = page.getByRole('alertdialog', { name: 'Delete at the target: 412 held changes?' })
    await dialog.getByText(/deletes 12 files, and 400 more/).waitFor()
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Cancel')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    expect(application.calls.some((call) => call.name === 'folders.decide')).toBe(false)
    await approve.click()
    await dialog.getByRole('button', { name: 'Delete at the target' }).click()
    expect(await callsOf(application, 'folders.decide')).toEqual([
      { id: 'd0c0d0c0', answer: 'approve', reason: 'mass-delete' },
    ])
    await approve.waitFor({ state: 'detached' })
  })

  it('drops what is held when the files are to be kept', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'attention', path: '/#/folders' })
    const { page, application } = opened
    await page.getByRole('button', { name: 'Keep the copies…' }).click()
    await page.getByRole('alertdialog').getByText('Nothing is deleted, and nobody is asked about them again.').waitFor()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Keep the copies' }).click()
    expect(await callsOf(application, 'folders.decide')).toEqual([
      { id: 'd0c0d0c0', answer: 'keep', reason: 'mass-delete' },
    ])
  })

  it('offers to bring safe versions back after a power cut, names them first and says what stays', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'attention', path: '/#/folders/c0dec0de' })
    const { page, application } = opened
    const card = page.getByRole('region', { name: '3 files that may have lost content wait for your decision' })
    await card.getByText('budget.ods').waitFor()
    const labels = await card.getByRole('button').allTextContents()
    expect(labels).toEqual(['Bring the safe versions back…', 'Leave both as they are…', 'Take what is here…'])
    await shoot(page, 'held')
    await card.getByRole('button', { name: labels[0]! }).click()
    const dialog = page.getByRole('alertdialog', { name: 'Bring the safe versions back: 3 held changes?' })
    await dialog.getByText('kept beside them, unless it is empty').waitFor()
    await shoot(page, 'held-asked')
    await dialog.getByRole('button', { name: 'Bring the safe versions back' }).click()
    await card.waitFor({ state: 'detached' })
    expect(await callsOf(application, 'folders.decide')).toEqual([
      { id: 'c0dec0de', answer: 'restore', reason: 'suspect' },
    ])
  })

  it('removes a folder after saying what stays, and brings it back on Undo', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    const { page, application } = opened
    await page.getByRole('button', { name: 'More for Pictures' }).click()
    await page.getByRole('menuitem', { name: 'Remove…' }).click()
    await page.getByText('everything already kept at /media/ada/Backup/pictures stays there').waitFor()
    await page.getByRole('button', { name: 'Remove folder' }).click()
    await page.getByRole('heading', { name: /^Pictures/ }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('heading', { name: /^Pictures/ }).waitFor()
    expect(await callsOf(application, 'folders.add')).toMatchObject([
      { path: '/home/ada/Pictures', target: '/media/ada/Backup/pictures', mode: 'mirror' },
    ])
  })

  it('keeps ten thousand rows of history in a handful of elements and reaches the last by keyboard', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, {
      scenario: 'protected',
      activityRows: 10_000,
      path: '/#/activity/history',
    })
    const { page } = opened
    const list = page.getByRole('grid', { name: 'History' })
    await list.focus()
    const rowsInPage = (): Promise<number> => page.locator('[role="row"]').count()
    let most = 0
    for (let presses = 0; presses < 60 && (await list.getAttribute('aria-rowcount')) === '-1'; presses++) {
      const known = await page.locator('.history-head .muted').textContent()
      await page.keyboard.press('End')
      most = Math.max(most, await rowsInPage())
      // The last rows may come by themselves before the key does.
      await expect
        .poll(
          async () =>
            (await page.locator('.history-head .muted').textContent()) !== known ||
            (await list.getAttribute('aria-rowcount')) !== '-1',
        )
        .toBe(true)
    }
    await page.getByText('10,000 entries').waitFor()
    await page.keyboard.press('End')
    await page.locator('[aria-rowindex="10000"]').waitFor()
    await expect.poll(() => list.getAttribute('aria-rowcount')).toBe('10000')
    expect(Math.max(most, await rowsInPage())).toBeLessThan(60)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Details' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog', { name: 'Details' }).waitFor({ state: 'hidden' })
  })

  it('goes to a row by the beginning of its name', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/restore' })
    const { page } = opened
    const list = page.getByRole('grid', { name: 'Files' })
    await page.getByRole('row').filter({ hasText: 'budget.csv' }).waitFor()
    await list.focus()
    const active = async (): Promise<string | null> =>
      page.locator(`[id="${await list.getAttribute('aria-activedescendant')}"]`).innerText()
    await typeAtOnce(page, 'evil')
    await expect.poll(active).toContain('exe')
    // Space still chooses, and is no part of a name.
    await page.keyboard.press('Space')
    await page.getByText('1 item chosen').waitFor()
  })

  it('says when the service is gone, greys what it knows, and comes back by itself', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    const { page, application } = opened
    await page.getByRole('heading', { name: 'Documents' }).waitFor()
    await opened.stopService()
    await page.getByText('The connection to Tidekeep was lost').waitFor()
    await expect.poll(() => page.locator('[data-stale]').count()).toBe(1)
    await page.getByRole('heading', { name: 'Documents' }).waitFor()
    application.setScenario('attention')
    await opened.startService()
    await page.getByRole('heading', { name: '412 deletions wait for your decision' }).waitFor()
    await page.getByText('The connection to Tidekeep was lost').waitFor({ state: 'detached' })
    await expect.poll(() => page.locator('[data-stale]').count()).toBe(0)
  })

  it('draws a screen whose code could not be fetched as soon as it can be', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    const { page } = opened
    await page.getByRole('heading', { name: 'Documents' }).waitFor()
    let refused = 0
    await page.route(/\/about-[^/]+\.js$/, (route) => {
      refused++
      return route.abort()
    })
    await page.reload()
    await page.getByRole('link', { name: 'About' }).click()
    await expect.poll(() => refused).toBeGreaterThan(0)
    await expect.poll(() => page.getByRole('heading', { level: 1 }).count()).toBe(0)
    await page.unrouteAll()
    await page.getByRole('heading', { name: 'About' }).waitFor()
    await page.getByRole('link', { name: 'Folders' }).click()
    await page.getByRole('heading', { name: 'Documents' }).waitFor()
  })

  it('tells people to sign in again when the service does not know them any more', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders', signIn: true })
    const { page } = opened
    await page.getByRole('heading', { name: 'Documents' }).waitFor()
    await opened.stopService()
    await opened.startService()
    await page.getByText('This window is not signed in any more').waitFor()
  })

  it('shows what is wrong with a setting beside it and saves it on leaving the field', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/settings' })
    const { page, application } = opened
    const limit = page.getByLabel('Upload limit')
    await limit.fill('fast')
    await page.keyboard.press('Tab')
    await page.getByText(/not "fast"/).waitFor()
    expect(await limit.getAttribute('aria-invalid')).toBe('true')
    const described = (await limit.getAttribute('aria-describedby'))?.split(' ') ?? []
    const texts = await Promise.all(described.map((id) => page.locator(`[id="${id}"]`).textContent()))
    expect(texts.join(' ')).toContain('not "fast"')
    await limit.fill('5MiB')
    await limit.press('Enter')
    await page.getByText('Saved').waitFor()
    expect(await callsOf(application, 'settings.set')).toHaveLength(1)
  })

  it('moves between screens with the keyboard and jumps to the content', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    const { page } = opened
    await page.getByRole('heading', { name: 'Folders', level: 1 }).waitFor()
    await page.keyboard.press('Tab')
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('content')
    for (const screen of ['restore', 'settings'] as const) {
      await page.keyboard.press(`Control+${SCREENS.indexOf(screen) + 1}`)
      await page.getByRole('heading', { name: strings.screens[screen], level: 1 }).waitFor()
    }
    await page.keyboard.press('Control+1')
    await page.getByRole('tab', { name: 'Live' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.getByRole('grid', { name: 'History' }).waitFor()
  })

  it('brings the earlier version back from a row of the history, by mouse and by keyboard', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/activity/history' })
    const { page } = opened
    const row = page.locator('[aria-rowindex="5"]')
    await row.getByRole('button', { name: /^Undo: bring back the earlier/ }).click()
    await page.getByText('is what it was before.').waitFor()
    await row.getByRole('button').waitFor({ state: 'detached' })
    await page.getByRole('grid', { name: 'History' }).focus()
    for (let presses = 0; presses < 5; presses++) await page.keyboard.press('ArrowDown')
    await page.locator('[aria-rowindex="6"][data-active]').waitFor()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Details' })
    await dialog.getByText('Deleted at the target, 2.29 MiB').waitFor()
    await dialog.getByRole('button', { name: 'Undo' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.locator('[aria-rowindex="6"]').getByRole('button').waitFor({ state: 'detached' })
  })

  it('puts new activity on top of the history as it happens', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/activity/history' })
    const { page, application } = opened
    await page.getByText('120 entries').waitFor()
    const first = { id: 9_000_001, atMs: Date.now(), folderId: 'd0c0d0c0', path: 'fresh/now.txt', size: 10 } as const
    application.publishActivity([
      { ...first, kind: 'upload', method: 'whole', bytesSent: 10, bytesReused: 0, durationMs: 5 },
    ])
    await page.locator('[aria-rowindex="1"]', { hasText: 'now.txt' }).waitFor()
  })

  it('reads the history anew when more was recorded at once than is pushed', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/activity/history' })
    const { page, application } = opened
    const list = page.getByRole('grid', { name: 'History' })
    await list.waitFor()
    const now = Date.now()
    application.publishActivity(
      Array.from({ length: 3 * MOST_PUSHED_ROWS }, (_, index) => ({
        ...activityRow(9_000_000 + index),
        atMs: now,
        folderId: 'd0c0d0c0',
        path: `burst/${index}.txt`,
      })),
    )
    await page.getByText(`${3 * MOST_PUSHED_ROWS - 1}.txt`).waitFor()
    await list.focus()
    await expect
      .poll(async () => {
        await page.keyboard.press('End')
        return Number(await list.getAttribute('aria-rowcount'))
      })
      .toBeGreaterThan(3 * MOST_PUSHED_ROWS)
  })
})

/** For eyes, where TIDEKEEP_SHOTS names a directory. */
async function shoot(page: Page, name: string): Promise<void> {
  const directory = process.env['TIDEKEEP_SHOTS']
  if (directory !== undefined) await page.screenshot({ path: join(directory, `${name}.png`) })
}
