import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealInterface } from '../fixtures/real-interface.ts'
import { callsOf, openInterface, startBrowser, stopTime, tabTo } from './interface.ts'

const HOSTILE = 'evil\u202egpj.exe'

function papers(source: string): void {
  writeFileSync(join(source, 'letter.txt'), 'Dear bank,\ntwo\nthree\n')
  writeFileSync(join(source, 'plan.txt'), 'Go north.\n')
  writeFileSync(join(source, HOSTILE), '<img src=x onerror="globalThis.pwned=1">\n')
}

/** A letter changes, then a plan is deleted. */
async function live(real: RealInterface): Promise<void> {
  await real.later((source) => writeFileSync(join(source, 'letter.txt'), 'Dear bank,\n2\nthree\n'))
  await real.later((source) => rmSync(join(source, 'plan.txt')))
  await real.readAgain()
}

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })

describe('the Restore screen', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it.each(['a disk', 'a bucket with versions'] as const)(
    'browses, compares, and puts a deleted file back in its place: %s',
    async (target) => {
      if (browser === undefined) return
      await using real = await RealInterface.open(browser, { target, fill: papers })
      await live(real)
      const { page, source } = real
      await row(page, 'letter.txt').waitFor()
      await expect.poll(() => row(page, 'plan.txt').count()).toBe(0)
      await page.getByRole('button', { name: 'Earlier change' }).click()
      await page.getByText(/before the change of .*\(1 deleted\)/).waitFor()
      await row(page, 'plan.txt').filter({ hasText: 'Gone now' }).waitFor()

      await row(page, 'letter.txt').click()
      await page.getByRole('heading', { name: 'Versions of letter.txt' }).waitFor()
      await page.getByText('Dear bank,').waitFor()
      await page.getByRole('combobox', { name: 'Compare with' }).selectOption({ index: 1 })
      const diff = page.getByRole('region', { name: '1 line added, 1 removed' })
      expect((await diff.innerText()).split('\n').filter((line) => /two|2/.test(line))).toEqual(['two', '2'])
      await page.keyboard.press('Escape')

      await page.getByRole('checkbox', { name: 'Choose plan.txt' }).check()
      await page.getByRole('button', { name: 'Restore…' }).click()
      const dialog = page.getByRole('dialog', { name: 'Restore plan.txt' })
      await dialog.getByText('1 file, 10 B, would be brought back.').waitFor()
      expect(existsSync(join(source, 'plan.txt'))).toBe(false)
      await dialog.getByRole('button', { name: 'Restore', exact: true }).click()
      await dialog.getByText('1 file is back.').waitFor()
      await dialog.getByText('Each was compared with what the target has recorded').waitFor()
      expect(readFileSync(join(source, 'plan.txt'), 'utf8')).toBe('Go north.\n')
    },
  )

  it('keeps what a restored version replaces, and says under which name before and after', async () => {
    if (browser === undefined) return
    await using real = await RealInterface.open(browser, { target: 'a disk', fill: papers })
    await live(real)
    const { page, source } = real
    await row(page, 'letter.txt').click()
    await page.getByRole('radio', { name: /Replaced/ }).check()
    await page.getByRole('button', { name: 'Restore this version…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Restore letter.txt' })
    await dialog.getByText('1 file there now would be renamed and stay:').waitFor()
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click()
    await dialog.getByText('1 file that was there stayed, under a new name:').waitFor()
    expect(readFileSync(join(source, 'letter.txt'), 'utf8')).toBe('Dear bank,\ntwo\nthree\n')
    const aside = readdirSync(source).find((name) => name.startsWith('letter.txt (replaced '))
    expect(await dialog.getByText(aside ?? 'none').count()).toBe(1)
    expect(readFileSync(join(source, aside!), 'utf8')).toBe('Dear bank,\n2\nthree\n')
  })

  it('says so where the drive is away, even if an empty folder is in its place', async () => {
    if (browser === undefined) return
    await using real = await RealInterface.open(browser, { target: 'a disk', fill: papers })
    const { page, base } = real
    await row(page, 'letter.txt').waitFor()
    renameSync(join(base, 'disk/Papers'), join(base, 'unplugged'))
    mkdirSync(join(base, 'disk/Papers'))
    await page.getByRole('button', { name: 'Read again' }).click()
    await page.getByText('This folder cannot be looked at').waitFor()
    expect(await page.getByText('Nothing was here').count()).toBe(0)
    rmSync(join(base, 'disk/Papers'), { recursive: true })
    renameSync(join(base, 'unplugged'), join(base, 'disk/Papers'))
    await page.getByRole('button', { name: 'Read again' }).click()
    await row(page, 'letter.txt').waitFor()
  })

  it('finds and restores a deleted file into another folder by the keyboard alone', async () => {
    if (browser === undefined) return
    await using real = await RealInterface.open(browser, { target: 'a bucket with versions', fill: papers })
    await live(real)
    const { page, base, source } = real
    const elsewhere = join(base, 'elsewhere')
    await tabTo(page, page.getByRole('textbox', { name: 'Find a file of any time' }))
    await page.keyboard.type('PLAN')
    await row(page, 'plan.txt').filter({ hasText: 'gone since' }).waitFor()
    await tabTo(page, page.getByRole('grid', { name: 'Files' }))
    await page.keyboard.press('Space')
    await page.getByText('1 item chosen').waitFor()
    await tabTo(page, page.getByRole('button', { name: 'Restore…' }))
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Restore plan.txt' })
    await tabTo(page, dialog.getByRole('radio', { name: /Where it was/ }))
    await page.keyboard.press('ArrowUp')
    await tabTo(page, dialog.getByRole('textbox', { name: 'Folder' }))
    await page.keyboard.type(elsewhere)
    await dialog.getByText('1 file, 10 B, would be brought back.').waitFor()
    await tabTo(page, dialog.getByRole('button', { name: 'Restore', exact: true }))
    await page.keyboard.press('Enter')
    await dialog.getByText('1 file is back.').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    expect(readFileSync(join(elsewhere, 'plan.txt'), 'utf8')).toBe('Go north.\n')
    expect(existsSync(join(source, 'plan.txt'))).toBe(false)
  })

  it('steps from change to change with the arrow keys and says the moment in words', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/restore' })
    const { page } = opened
    const slider = page.getByRole('slider', { name: 'Moment' })
    await slider.focus()
    await row(page, 'budget.csv').waitFor()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toMatch(/before the change of .*\(1 replaced\)/)
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toMatch(/\(1 deleted\)/)
    await page.keyboard.press('End')
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toMatch(/^As it is now/)
    await page.getByLabel('Date and time').fill('2020-01-01T00:00:00')
    await page.getByText('Nothing was here').waitFor()
  })

  it('asks the service once a slider stands still, however far it was dragged', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/restore' })
    const { page, application } = opened
    await row(page, 'budget.csv').waitFor()
    const asked = (): number => application.calls.filter(({ name }) => name === 'restore.list').length
    const before = asked()
    await stopTime(page)
    const slider = page.getByRole('slider', { name: 'Moment' })
    for (let value = 900; value >= 300; value -= 50) {
      await slider.evaluate((element, next) => {
        // Past the setter that React watches for values it set itself.
        Reflect.set(HTMLInputElement.prototype, 'value', String(next), element)
        element.dispatchEvent(new Event('input', { bubbles: true }))
      }, value)
      await page.clock.runFor(20)
    }
    expect(asked()).toBe(before)
    await page.clock.runFor(1000)
    await row(page, 'holiday plan.txt').waitFor()
    expect(asked() - before).toBe(1)
  })

  it('shows names and content of others as text and nothing else', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/restore' })
    const { page } = opened
    await row(page, 'evil�gpj.exe').click()
    await page.getByRole('heading', { name: 'Versions of evil�gpj.exe' }).waitFor()
    await page.getByText('<img src=x onerror=alert(1)>').waitFor()
    expect(await page.locator('img[src="x"]').count()).toBe(0)
    await page.getByRole('button', { name: 'Back to the list' }).click()
    await row(page, 'photos').click()
    await row(page, 'sea.png').click()
    const image = page.getByRole('img', { name: /sea\.png/ })
    await expect.poll(() => image.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(1)
  })

  it('is reached from a folder, and from a line of the history with the versions of that file', async () => {
    if (browser === undefined) return
    await using real = await RealInterface.open(browser, { target: 'a disk', fill: papers })
    const { page } = real
    await page.getByRole('link', { name: 'Folders' }).click()
    await page.getByRole('button', { name: 'More for Papers' }).click()
    await page.getByRole('menuitem', { name: 'Look back and restore…' }).click()
    await row(page, 'letter.txt').waitFor()
    await page.getByRole('link', { name: 'Activity' }).click()
    await page.getByRole('tab', { name: 'History' }).click()
    await page.getByRole('row').filter({ hasText: 'evil�gpj.exe' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'All versions' }).click()
    await page.getByRole('heading', { name: 'Versions of evil�gpj.exe' }).waitFor()
    await page.getByText('There now').waitFor()
  })

  it('opens the folder again when the service has let go of it', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/restore' })
    const { page, application } = opened
    await row(page, 'budget.csv').waitFor()
    const [open] = await callsOf(application, 'restore.open')
    const { id } = await application.handlers['restore.open'](open as { folderId: string }, { transport: 'direct' })
    await application.handlers['restore.close']({ id }, { transport: 'direct' })
    await row(page, 'letters').click()
    await row(page, 'letters').waitFor()
    await row(page, 'budget.csv').waitFor()
  })
})
