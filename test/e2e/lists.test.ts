import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callsOf, openInterface, POPUP, startBrowser, typeAtOnce } from './interface.ts'

const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] }
const copied = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText())
const hasFocus = (page: Page, role: 'grid' | 'button', name: string): Promise<boolean> =>
  page.getByRole(role, { name }).evaluate((element) => element === document.activeElement)

let browser: Browser | undefined
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser?.close())

describe('a list', () => {
  it('shows a row by Space, and offers what can be done with it by Shift+F10 and by the right button', async () => {
    if (browser === undefined) return
    const path = '/#/activity/history'
    await using opened = await openInterface(browser, { scenario: 'protected', path, context: CLIPBOARD })
    const { page } = opened
    const list = page.getByRole('grid', { name: 'History' })
    await page.getByText('120 entries').waitFor()
    await list.focus()
    await page.keyboard.press('Space')
    await page.getByRole('dialog', { name: 'Details' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog', { name: 'Details' }).waitFor({ state: 'hidden' })
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Shift+F10')
    await page.getByRole('menuitem', { name: 'Details' }).waitFor()
    expect(await page.getByRole('menuitem').allInnerTexts()).toEqual(['Details', 'Versions…', 'Copy path', 'Copy name'])
    await page.getByRole('menuitem', { name: 'Copy path' }).click()
    await page.getByText('The path is copied.').waitFor()
    expect(await copied(page)).toBe('/home/ada/Pictures/2025/draft (2).docx')
    await expect.poll(() => hasFocus(page, 'grid', 'History')).toBe(true)
    await page.locator('[aria-rowindex="5"]').click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Bring back the earlier version' }).click()
    await page.getByText('is what it was before.').waitFor()
  })

  it('of errors tries again by Enter, asks before Del gives up, and takes that back', async () => {
    if (browser === undefined) return
    const path = '/#/activity/errors'
    await using opened = await openInterface(browser, { scenario: 'attention', path, context: CLIPBOARD })
    const { page, application } = opened
    const list = page.getByRole('grid', { name: 'Errors' })
    await list.getByRole('row').first().waitFor()
    await list.focus()
    await page.keyboard.press('Delete')
    const question = page.getByRole('alertdialog')
    await question.waitFor()
    expect(application.calls.some(({ name }) => name === 'queue.drop')).toBe(false)
    await page.keyboard.press('Escape')
    await question.waitFor({ state: 'hidden' })
    await expect.poll(() => hasFocus(page, 'grid', 'Errors')).toBe(true)
    await page.keyboard.press('Shift+F10')
    await page.getByRole('menuitem', { name: 'Copy error text' }).click()
    await page.getByText('The error text is copied.').waitFor()
    expect(await copied(page)).toBe(
      'The store refused to write this file. [forbidden]\nCheck the permissions of the keys.',
    )
    await list.focus()
    await page.keyboard.press('Delete')
    await question.getByRole('button', { name: 'Drop' }).click()
    await page.getByText('1 file dropped.').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    expect(await callsOf(application, 'folders.sync')).toEqual([{ id: 'c0dec0de' }])
    // A control of a row has its own use for Enter.
    await page.getByRole('button', { name: /^Retry 2025/ }).focus()
    await page.keyboard.press('Enter')
    expect(await callsOf(application, 'queue.retry')).toHaveLength(1)
  })

  it('of the past offers the path, the name, the hash and the place of a file by the menu key', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/restore', context: CLIPBOARD })
    const { page, application } = opened
    application.patchStatus({ canReveal: true, sentence: 'Files can be shown.' })
    await page.getByText('Files can be shown.').waitFor()
    const list = page.getByRole('grid', { name: 'Files' })
    await list.getByRole('row').filter({ hasText: 'budget.csv' }).waitFor()
    await list.focus()
    await typeAtOnce(page, 'budget')
    await page.keyboard.press('ContextMenu')
    await page.getByRole('menuitem').first().waitFor()
    expect(await page.getByRole('menuitem').allInnerTexts()).toEqual([
      'Versions…',
      'Choose',
      'Copy path',
      'Copy name',
      'Copy hash',
      'Show in folder',
    ])
    await page.getByRole('menuitem', { name: 'Copy hash' }).click()
    await page.getByText('The BLAKE3 of its content is copied.').waitFor()
    expect(await copied(page)).toBe('ab'.repeat(32))
    await expect.poll(() => hasFocus(page, 'grid', 'Files')).toBe(true)
    await page.keyboard.press('Shift+F10')
    await page.getByRole('menuitem', { name: 'Show in folder' }).click()
    expect(await callsOf(application, 'files.reveal')).toEqual([{ folderId: 'd0c0d0c0', path: 'budget.csv' }])
  })

  it('of conflicts offers the same beside showing and choosing one', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, {
      scenario: 'conflicts',
      path: '/#/conflicts',
      context: CLIPBOARD,
    })
    const { page } = opened
    const rows = page.getByRole('grid', { name: 'Conflicts' }).getByRole('row')
    await rows.first().click({ button: 'right' })
    await page.getByRole('menuitem').first().waitFor()
    expect(await page.getByRole('menuitem').allInnerTexts()).toEqual([
      'Show',
      'Choose',
      'Copy path',
      'Copy name',
      'Copy hash of this computer’s version',
      'Copy hash of the target’s version',
    ])
    await page.getByRole('menuitem', { name: 'Copy name' }).click()
    await page.getByText('The name is copied.').waitFor()
    expect(await rows.first().innerText()).toContain(await copied(page))
  })

  it('of the popup leaves a file out by Del, after showing what that takes', async () => {
    if (browser === undefined) return
    const path = '/popup.html'
    await using opened = await openInterface(browser, { scenario: 'protected', path, context: { viewport: POPUP } })
    const { page, application } = opened
    await page.getByRole('row').first().waitFor()
    await page.getByRole('grid').focus()
    await page.keyboard.press('Delete')
    await page.getByRole('button', { name: 'Leave it out' }).waitFor()
    expect(application.calls.some(({ name }) => name === 'folders.change')).toBe(false)
    await page.keyboard.press('Escape')
    await page.getByRole('grid').focus()
    await page.keyboard.press('Space')
    await page.getByRole('menuitem', { name: 'Copy path' }).waitFor()
  })
})

describe('a folder', () => {
  it('is renamed in place by F2 and from its menu, with a way back, and keeps its name on Escape', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    const { page, application } = opened
    const more = page.getByRole('button', { name: 'More for Documents' })
    await more.focus()
    await page.keyboard.press('F2')
    const field = page.getByRole('textbox', { name: 'New name of Documents' })
    await field.fill('Papers')
    await page.keyboard.press('Escape')
    await field.waitFor({ state: 'detached' })
    await expect.poll(() => hasFocus(page, 'button', 'More for Documents')).toBe(true)
    expect(application.calls.some(({ name }) => name === 'folders.change')).toBe(false)
    await more.click()
    await page.getByRole('menuitem', { name: 'Rename…' }).click()
    await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true)
    await page.keyboard.type('Papers')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Papers' }).waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('heading', { name: 'Documents' }).waitFor()
    expect(await callsOf(application, 'folders.change')).toEqual([
      { id: 'd0c0d0c0', name: 'Papers' },
      { id: 'd0c0d0c0', name: 'Documents' },
    ])
  })
})
