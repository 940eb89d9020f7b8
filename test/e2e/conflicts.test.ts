import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callsOf, openInterface, POPUP, startBrowser, tabTo } from './interface.ts'

const WIDE = { viewport: { width: 1100, height: 720 } }

describe('conflicts', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it('shows both versions in their places, decides with both named, and can be undone', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'conflicts', path: '/#/conflicts/2', context: WIDE })
    const { page, application } = opened
    const card = page.getByRole('article', { name: /meeting/ })
    await card.getByRole('region', { name: 'Target' }).getByText('3 h newer').waitFor()
    await card.getByText('2 lines only here, 3 lines only at the target').waitFor()
    await card.getByRole('button', { name: 'Keep this computer’s' }).click()
    const [request] = await callsOf(application, 'conflicts.resolve')
    expect(request).toEqual({
      decision: { kind: 'keep-local' },
      conflicts: [{ id: 2, local: expect.stringMatching(/^\w{32}$/), remote: expect.stringMatching(/^\w{32}$/) }],
      dryRun: false,
    })
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click()
    expect(await callsOf(application, 'conflicts.undo')).toEqual([{ ids: [2] }])
    await page.getByText('the conflict is open again').waitFor()
    await page
      .getByRole('row', { name: /meeting 2026-11-20/ })
      .first()
      .waitFor()
  })

  it('is settled by keyboard alone: list, card, a digit', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'conflicts', path: '/#/conflicts', context: WIDE })
    const { page, application } = opened
    const grid = page.getByRole('grid', { name: 'Conflicts' })
    await grid.getByRole('row').first().waitFor()
    await tabTo(page, grid)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const card = page.getByRole('article', { name: /meeting/ })
    await tabTo(page, card.getByRole('button', { name: 'Keep the target’s' }))
    await page.keyboard.press('4')
    await card.getByText('What the merge changes').waitFor()
    expect(application.calls.some(({ name }) => name === 'conflicts.resolve')).toBe(false)
    await tabTo(page, card.getByRole('button', { name: 'Use the merged text' }))
    await page.keyboard.press('Enter')
    const [request] = await callsOf(application, 'conflicts.resolve')
    expect(request).toMatchObject({ decision: { kind: 'merge', digest: 'ab'.repeat(32) } })
  })

  it('types a digit where a name is typed, and keeps both under that name', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'conflicts', path: '/#/conflicts/1', context: WIDE })
    const { page, application } = opened
    const name = page.getByRole('textbox', { name: 'Name of this computer’s version' })
    await name.fill('budget version ')
    await name.press('2')
    await page.getByRole('button', { name: 'Keep both' }).click()
    const requests = await callsOf(application, 'conflicts.resolve')
    expect(requests).toMatchObject([{ decision: { kind: 'keep-both', as: 'budget version 2' } }])
  })

  it('offers the file, the folder, or both under a name that can be typed, where one is against the other', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'conflicts', path: '/#/folders', context: WIDE })
    const { page, application } = opened
    application.makeFolderOfConflict(1)
    await page.evaluate(() => (location.hash = '#/conflicts/1'))
    const card = page.getByRole('article', { name: /budget/ })
    await card.getByText('At the target it is a folder with 12 files').waitFor()
    for (const name of ['Keep the file', 'Keep the folder']) await card.getByRole('button', { name }).waitFor()
    await card.getByText('The folder there is put away with all that is in it.').waitFor()
    await card.getByRole('textbox', { name: 'New name of the file' }).fill('budget, the sheet')
    await card.getByRole('button', { name: 'Keep both' }).click()
    expect(await callsOf(application, 'conflicts.resolve')).toMatchObject([
      { decision: { kind: 'keep-both', as: 'budget, the sheet' } },
    ])
    await page.locator('.toast').getByText('Keep both: 1 file.').waitFor()
  })

  it('shows a file anew that changed meanwhile, instead of deciding', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'conflicts', path: '/#/conflicts/1', context: WIDE })
    const { page, application } = opened
    const card = page.getByRole('article', { name: /budget/ })
    const keep = card.getByRole('button', { name: 'Keep the target’s' })
    await keep.waitFor()
    application.touchConflict(1)
    await keep.click()
    await card.getByText('This file changed since it was shown').waitFor()
    expect(await callsOf(application, 'conflicts.resolve')).toHaveLength(1)
    await keep.click()
    await callsOf(application, 'conflicts.resolve', 2)
    await page.locator('.toast').getByText('Keep the target’s: 1 file.').waitFor()
  })

  it('decides many after one question with counts', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'conflicts', path: '/#/conflicts', context: WIDE })
    const { page, application } = opened
    const grid = page.getByRole('grid', { name: 'Conflicts' })
    await grid.getByRole('row').first().waitFor()
    await grid.focus()
    for (const key of [' ', 'ArrowDown', ' ', 'ArrowDown', 'ArrowDown', ' ']) await page.keyboard.press(key)
    await page.getByRole('button', { name: 'Keep this computer’s…' }).click()
    const dialog = page.getByRole('alertdialog', { name: 'Keep this computer’s: 3 files?' })
    await dialog.getByText('1 of them newer there than what stays').waitFor()
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Cancel')
    expect(application.calls.some(({ name }) => name === 'conflicts.resolve')).toBe(false)
    await dialog.getByRole('button', { name: 'Keep this computer’s (3)' }).click()
    const requests = await callsOf(application, 'conflicts.resolve')
    expect(requests).toMatchObject([{ conflicts: [{ id: 1 }, { id: 2 }, { id: 4 }] }])
    await page.locator('.toast').getByText('Keep this computer’s: 3 files.').waitFor()
  })

  it('keeps a message that shows from lying over the buttons of a dialog, however low the window is', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'conflicts', path: '/#/conflicts', context: WIDE })
    const { page } = opened
    const grid = page.getByRole('grid', { name: 'Conflicts' })
    await grid.getByRole('row').first().waitFor()
    await grid.focus()
    const ask = async (): Promise<void> => {
      for (const key of [' ', 'ArrowDown', ' ']) await page.keyboard.press(key)
      await page.getByRole('button', { name: 'Keep both…' }).press('Enter')
    }
    await ask()
    await page
      .getByRole('alertdialog')
      .getByRole('button', { name: /^Keep both/ })
      .click()
    const toast = page.locator('.toast')
    await toast.waitFor()
    // Held by the pointer, which is not needed for the rest, it does not go by itself meanwhile.
    await toast.hover()
    await grid.focus()
    await ask()
    const dialog = page.getByRole('alertdialog')
    await dialog.waitFor()
    expect(await toast.isVisible()).toBe(true)
    await page.setViewportSize({ width: 1000, height: 200 })
    const covered = await dialog.getByRole('button').evaluateAll(
      (buttons) =>
        buttons.filter((button) => {
          button.scrollIntoView()
          const { x, y, width, height } = button.getBoundingClientRect()
          return document.elementFromPoint(x + width / 2, y + height / 2)?.closest('.dialog') === null
        }).length,
    )
    expect(covered).toBe(0)
  })

  it('shows ten thousand without drawing them, and decides them all at once as they were counted', async () => {
    if (browser === undefined) return
    const options = { scenario: 'conflicts', conflictRows: 10_000, path: '/#/conflicts', context: WIDE } as const
    await using opened = await openInterface(browser, options)
    const { page, application } = opened
    await page.getByRole('row').first().waitFor()
    expect(await page.getByRole('row').count()).toBeLessThan(60)
    const before = await page.getByRole('row').first().boundingBox()
    await page.getByRole('button', { name: 'Choose all' }).click()
    await page.getByText('10,000 files chosen').waitFor()
    // Nothing moves away from below the pointer of somebody who chooses.
    expect(await page.getByRole('row').first().boundingBox()).toEqual(before)
    await page.getByRole('button', { name: 'Keep both…' }).click()
    const dialog = page.getByRole('alertdialog', { name: 'Keep both: 10,000 files?' })
    // Of what is replaced there is nothing to say: nothing is.
    await dialog.getByText('This can be undone.').waitFor()
    expect(await dialog.getByText('What is replaced').count()).toBe(0)
    await dialog.getByRole('button', { name: 'Keep both (10,000)' }).click()
    const [request] = await callsOf(application, 'conflicts.resolve')
    expect(request).toEqual({
      decision: { kind: 'keep-both' },
      query: {},
      seen: expect.stringMatching(/^\w{32}$/),
      dryRun: false,
    })
    await page.getByRole('heading', { name: 'No conflicts' }).waitFor()
  })

  it('asks nothing where all that is chosen are files against folders, and says that each is decided by itself', async () => {
    if (browser === undefined) return
    const options = { scenario: 'conflicts', conflictRows: 2, path: '/#/folders', context: WIDE } as const
    await using opened = await openInterface(browser, options)
    const { page, application } = opened
    for (const id of [1, 2]) application.makeFolderOfConflict(id)
    await page.evaluate(() => (location.hash = '#/conflicts'))
    await page.getByRole('button', { name: 'Choose all' }).click()
    await page.getByRole('button', { name: 'Keep this computer’s…' }).click()
    const dialog = page.getByRole('alertdialog', { name: /not for a file against a folder/ })
    await dialog.getByText('All that is chosen are files against folders, and each is decided by itself.').waitFor()
    expect(await dialog.getByText(/\b0\b/).count()).toBe(0)
    expect(await dialog.getByRole('button').allTextContents()).toEqual(['Close'])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(application.calls.filter(({ name }) => name === 'conflicts.resolve')).toEqual([])
  })

  it('copies the hash of either version, by mouse and by keyboard', async () => {
    if (browser === undefined) return
    const context = { ...WIDE, permissions: ['clipboard-read', 'clipboard-write'] }
    await using opened = await openInterface(browser, { scenario: 'conflicts', path: '/#/conflicts', context })
    const { page } = opened
    const copied = () => page.evaluate(() => navigator.clipboard.readText())
    await page.getByRole('row').first().click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Copy hash of this computer’s version' }).click()
    await expect.poll(copied).toBe('a1'.repeat(32))
    await page.getByRole('grid', { name: 'Conflicts' }).focus()
    await page.keyboard.press('Shift+F10')
    await page.getByRole('menuitem', { name: 'Copy hash of the target’s version' }).press('Enter')
    await expect.poll(copied).toBe('b2'.repeat(32))
  })

  it('lists what was settled, and opens it again', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'conflicts', path: '/#/conflicts/1', context: WIDE })
    const { page, application } = opened
    await page.getByRole('button', { name: 'Keep both' }).click()
    await callsOf(application, 'conflicts.resolve')
    await page.getByRole('tab', { name: 'Settled' }).click()
    await page.getByRole('row', { name: /budget\.xlsx kept both/ }).click()
    const card = page.getByRole('article', { name: /budget/ })
    await card.getByText('budget (ADA-LAPTOP 2026-11-21).xlsx').waitFor()
    await card.getByRole('button', { name: 'Undo' }).click()
    expect(await callsOf(application, 'conflicts.undo')).toEqual([{ ids: [1] }])
    await page.getByRole('heading', { name: 'Nothing was settled yet' }).waitFor()
  })

  it('offers to decide the same way from now on, and lists what was agreed to', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'conflicts', path: '/#/conflicts/1', context: WIDE })
    const { page, application } = opened
    await page.getByRole('button', { name: 'Keep both' }).click()
    await page.getByText('Always keep both for *.xlsx in “Documents”?').waitFor()
    await page.getByRole('button', { name: 'Always do this' }).click()
    expect(await callsOf(application, 'conflicts.addRule')).toEqual([
      { folderId: 'd0c0d0c0', rule: { pattern: '*.xlsx', resolution: 'keep-both' } },
    ])
    await page.getByRole('button', { name: 'Rules (2)' }).click()
    await page.getByRole('button', { name: 'Remove the rule for *.xlsx' }).click()
    expect(await callsOf(application, 'conflicts.removeRule')).toHaveLength(1)
    await expect.poll(() => page.getByRole('listitem').filter({ hasText: '*.xlsx' }).count()).toBe(0)
  })

  it('draws hostile names and texts as text', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'conflicts', path: '/#/conflicts/5', context: WIDE })
    const { page } = opened
    const card = page.getByRole('article', { name: /readme\.md/ })
    await card.getByText('<script>alert("not run")</script>').waitFor()
    expect(await card.locator('img').count()).toBe(0)
    await page.getByRole('row').filter({ hasText: 'invoice\ufffdfdp.exe' }).first().waitFor()
  })

  it('says who changed each version, and compares what takes a whole file only when asked to', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'conflicts', path: '/#/conflicts/6', context: WIDE })
    const { page, application } = opened
    const card = page.getByRole('article', { name: /holiday/ })
    await card.getByText('1.2 GiB would be fetched').waitFor()
    await card.getByText('belongs to ada').waitFor()
    await card.getByText(/^by Bo.Nilsson, with Word$/).waitFor()
    await card.getByRole('button', { name: 'Compare them' }).click()
    await card.getByText('12.4% of the blocks differ.').waitFor()
    const asked = await callsOf(application, 'conflicts.show', 2)
    expect(asked).toMatchObject([{ id: 6 }, { id: 6, fetch: true }])
    await card.getByText('which keeps its own as an earlier one').waitFor()
  })

  it('shows pictures side by side', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'conflicts', path: '/#/conflicts/3', context: WIDE })
    const { page } = opened
    for (const name of ['The picture on this computer', 'The picture at the target']) {
      const picture = page.getByRole('img', { name })
      await picture.waitFor()
      await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(1)
    }
  })

  it('opens the only one by itself, and leaves it closed once its reader went back to the list', async () => {
    if (browser === undefined) return
    const context = { viewport: { width: 760, height: 520 } }
    const options = { scenario: 'conflicts', conflictRows: 1, path: '/#/conflicts', context } as const
    await using opened = await openInterface(browser, options)
    const card = opened.page.getByRole('article', { name: /budget/ })
    await card.waitFor()
    await opened.page.getByRole('button', { name: 'All conflicts' }).click()
    await card.waitFor({ state: 'detached' })
    await opened.page.getByText('budget.xlsx').waitFor()
  })

  it('settles the only one in the popup, with Escape as the way back; more are shown in the window', async () => {
    if (browser === undefined) return
    const options = {
      scenario: 'conflicts',
      conflictRows: 1,
      path: '/popup.html',
      context: { viewport: POPUP },
    } as const
    await using opened = await openInterface(browser, options)
    const { page, application } = opened
    await page.getByRole('button', { name: 'Review' }).click()
    const card = page.getByRole('article', { name: /budget/ })
    await card.getByRole('button', { name: 'Keep the target’s' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Review' }).click()
    await card.getByRole('button', { name: 'Keep the target’s' }).click()
    await page.getByText('Decided. Both sides follow in a moment.').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    expect(await callsOf(application, 'conflicts.undo')).toEqual([{ ids: [1] }])
    await card.waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(POPUP.width)
  })

  it.each(['en', 'en-XA'])('says in one line of the popup how much newer a version is, in %s', async (tag) => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, {
      scenario: 'conflicts',
      conflictRows: 1,
      path: '/popup.html',
      context: { viewport: POPUP },
      handlers: { 'language.get': async () => ({ tag, by: 'setting' }) as const },
    })
    const { page } = opened
    await page.locator(`html[lang="${tag}"] .attention button`).click()
    const newer = page.locator('.tag-newer')
    await newer.filter({ hasText: '2 h' }).waitFor()
    const drawn = await newer.evaluate((element) => {
      const text = document.createRange()
      text.selectNodeContents(element)
      const [{ width }, tops] = [text.getBoundingClientRect(), [...text.getClientRects()].map(({ top }) => top)]
      return { lines: new Set(tops).size, isWhole: width <= element.getBoundingClientRect().width }
    })
    expect(drawn).toEqual({ lines: 1, isWhole: true })
    expect(await newer.getAttribute('title')).toMatch(/2\sh 12\smin/)
  })
})
