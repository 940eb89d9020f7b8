import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callsOf, openInterface, startBrowser, tabTo } from './interface.ts'
import { RULES_ABOUT_DRAWING, seriousFindings, sidewaysOverflow } from './page-checks.ts'

describe('the folder editor and the plan', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it('counts what the lines leave out while they are typed, and saves a backup at once', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    const { page, application } = opened
    await page.getByRole('button', { name: 'More for Documents' }).click()
    await page.getByRole('menuitem', { name: 'Edit…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Folder “Documents”' })
    await dialog.getByLabel('Leave out', { exact: true }).fill('# large\nnode_modules/\nnot-there/')
    await dialog.getByText('line 2 above, such as web/node_modules/').waitFor()
    await dialog.getByText('800 files, 2.7 GiB').waitFor()
    await dialog.getByText('Line 3 leaves out nothing at present.').waitFor()
    expect(application.calls.some(({ name }) => name === 'folders.change')).toBe(false)
    await dialog.getByRole('button', { name: 'Save' }).click()
    expect(await callsOf(application, 'folders.change')).toEqual([
      { id: 'd0c0d0c0', ignore: ['# large', 'node_modules/', 'not-there/'] },
    ])
    await expect.poll(() => dialog.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
  })

  it('says of one path which line leaves it out, and what is wrong with a path that is elsewhere', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders/edit.d0c0d0c0' })
    const dialog = opened.page.getByRole('dialog')
    await dialog.getByLabel('Leave out', { exact: true }).fill('*.tmp')
    const trial = dialog.getByLabel('Try a path')
    await trial.fill('Projects/x.tmp')
    await dialog.getByText('It is left out by line 1 above: *.tmp.').waitFor()
    await trial.fill('Projects/x.txt')
    await dialog.getByText('It is kept safe.').waitFor()
    await trial.fill('/elsewhere')
    await dialog.getByText('/elsewhere is not inside /home/ada/Documents.').waitFor()
  })

  it('asks before a mode that deletes, with what the next pass would do, and changes nothing on Escape', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders/edit.d0c0d0c0' })
    const { page, application } = opened
    await page.getByRole('tab', { name: 'How' }).click()
    await page.getByRole('radio', { name: /^Mirror/ }).click()
    const asked = page.getByRole('alertdialog', { name: 'Change “Documents” to mirror mode?' })
    await asked.getByText('12,000 files').waitFor()
    expect(await callsOf(application, 'plan.preview')).toMatchObject([{ path: '/home/ada/Documents', mode: 'mirror' }])
    await page.keyboard.press('Escape')
    await asked.waitFor({ state: 'hidden' })
    expect(await page.getByRole('radio', { name: /^Backup/ }).isChecked()).toBe(true)
    expect(application.calls.some(({ name }) => name === 'folders.change')).toBe(false)
    await page.getByRole('radio', { name: /^Mirror/ }).click()
    await asked.getByText('12,000 files').waitFor()
    await asked.getByRole('button', { name: 'Change mode' }).click()
    await asked.waitFor({ state: 'hidden' })
    expect(await callsOf(application, 'folders.change')).toEqual([{ id: 'd0c0d0c0', mode: 'mirror' }])
    await expect.poll(() => page.getByRole('radio', { name: /^Mirror/ }).isChecked()).toBe(true)
  })

  it('asks before new lines of a mirror, whose copies would go', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders/edit.f070f070' })
    const { page, application } = opened
    await page.getByLabel('Leave out', { exact: true }).fill('*.tmp')
    await page.getByRole('button', { name: 'Save' }).click()
    const asked = page.getByRole('alertdialog')
    await asked.getByText(/its copies at the target go, too/).waitFor()
    expect(await callsOf(application, 'plan.preview')).toMatchObject([{ ignore: ['*.tmp'], mode: 'mirror' }])
    expect(application.calls.some(({ name }) => name === 'folders.change')).toBe(false)
    await asked.getByRole('button', { name: 'Save' }).click()
    expect(await callsOf(application, 'folders.change')).toEqual([{ id: 'f070f070', ignore: ['*.tmp'] }])
  })

  it('shows what a pass would do, and leaves everything as it is', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    const { page, application } = opened
    const more = page.getByRole('button', { name: 'More for Documents' })
    await tabTo(page, more)
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Edit…' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'What a pass over “Documents” would do' })
    await dialog.getByText('12,000 files').waitFor()
    await dialog.getByText('photo-0.jpg').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    await expect.poll(() => more.evaluate((element) => element === document.activeElement)).toBe(true)
    const changing = application.calls.filter(({ name }) => /change|sync|decide|settings.set/.test(name))
    expect(changing).toEqual([])
  })

  it('says what to do where a browser cannot tell which folder was dropped', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    const { page } = opened
    await page.getByRole('heading', { level: 1, name: 'Folders' }).waitFor()
    const files = await page.evaluateHandle(() => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([], 'Holiday'))
      return transfer
    })
    await page.locator('body').dispatchEvent('dragover', { dataTransfer: files })
    await page.getByText('Drop to keep this folder safe').waitFor()
    await page.locator('body').dispatchEvent('drop', { dataTransfer: files })
    await page.getByText('A browser does not tell where a folder is.').waitFor()
    expect(new URL(page.url()).hash).toBe('#/folders')
  })

  it('says in a sentence how long earlier versions stay, and what would go', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders/edit.d0c0d0c0' })
    const { page, application } = opened
    await page.getByRole('tab', { name: 'Safety' }).click()
    const rules = page.getByRole('group', { name: 'Earlier versions' })
    await rules.getByText('All versions for 30 days; the last one of what is gone always.').waitFor()
    await rules.getByLabel('Then one a week for').fill('12')
    await rules.getByLabel('Then one a month for').fill('forever')
    await page.keyboard.press('Enter')
    await rules
      .getByText('All versions for 30 days, then one a week for 12 weeks, one a month for ever; the last one of what')
      .waitFor()
    expect(await callsOf(application, 'settings.set')).toEqual([
      { key: 'keepWeeklyWeeks', value: 12 },
      { key: 'keepMonthlyMonths', value: 'forever' },
    ])
    await rules.getByRole('button', { name: 'What would go?' }).click()
    await rules.getByText(/^(Nothing would go at present\.|\d+ versions? would go)/).waitFor()
    await shoot(page, 'editor-version-rules')
  })

  it('walks all tabs by keyboard, fits small windows and pleases axe in light and dark', async () => {
    if (browser === undefined) return
    const context = { viewport: { width: 760, height: 520 } }
    await using opened = await openInterface(browser, {
      scenario: 'protected',
      path: '/#/folders/edit.d0c0d0c0',
      context,
    })
    const { page } = opened
    await page.getByLabel('Leave out', { exact: true }).fill('node_modules/\n*.tmp')
    await page.getByText('line 2 above').waitFor()
    await page.getByRole('tab', { name: 'Files' }).focus()
    for (const name of ['Files', 'Place', 'When', 'How', 'Safety']) {
      await page.getByRole('tabpanel', { name }).waitFor()
      expect(await findingsOf(page, `editor-${name}`), name).toEqual([])
      await page.keyboard.press('ArrowRight')
    }
    await page.evaluate(() => (location.hash = '#/folders/plan.d0c0d0c0'))
    await page.getByText('photo-0.jpg').waitFor()
    expect(await findingsOf(page, 'plan')).toEqual([])
  })
})

/** In light everything, in dark what is drawn otherwise. */
async function findingsOf(page: Page, name: string): Promise<readonly string[]> {
  const findings = [...(await sidewaysOverflow(page)), ...(await seriousFindings(page))]
  await shoot(page, name)
  await page.emulateMedia({ colorScheme: 'dark' })
  findings.push(...(await seriousFindings(page, RULES_ABOUT_DRAWING)))
  await page.emulateMedia({ colorScheme: 'light' })
  return findings
}

/** For eyes, where TIDEKEEP_SHOTS names a directory. */
async function shoot(page: Page, name: string): Promise<void> {
  const directory = process.env['TIDEKEEP_SHOTS']
  if (directory !== undefined) await page.screenshot({ path: join(directory, `${name}.png`) })
}
