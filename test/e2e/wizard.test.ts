import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import { callsOf, openInterface, startBrowser, tabTo } from './interface.ts'

describe('the first-run wizard', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it('goes from nothing to two protected folders with the keyboard alone, each in a place of its own', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'empty', signIn: true })
    const { page, application } = opened
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
    await tabTo(page, page.getByRole('button', { name: 'Choose folders' }))
    await page.keyboard.press('Enter')

    await tabTo(page, page.getByRole('checkbox', { name: 'Documents' }))
    await page.keyboard.press('Space')
    const another = page.getByRole('button', { name: /Choose another folder/ })
    await tabTo(page, another)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Choose a folder' })
    await tabTo(page, dialog.getByRole('button', { name: 'Archive' }))
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await dialog.getByRole('button', { name: /Choose “Projects”/ }).waitFor()
    await tabTo(page, dialog.getByRole('button', { name: /Choose “Projects”/ }))
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    await expect.poll(() => another.evaluate((element) => element === document.activeElement)).toBe(true)
    await tabTo(page, page.getByRole('button', { name: 'Continue' }))
    await page.keyboard.press('Enter')

    await tabTo(page, page.getByRole('radio', { name: /Backup drive/ }))
    await page.keyboard.press('Space')
    await tabTo(page, page.getByRole('button', { name: 'Test' }))
    await page.keyboard.press('Enter')
    await page.getByText('This place works.').waitFor()
    expect(await page.locator('.check-steps li').count()).toBe(5)
    await page.getByText('/media/ada/Backup/Projects').waitFor()
    await tabTo(page, page.getByRole('button', { name: 'Continue' }))
    await page.keyboard.press('Enter')

    await page.getByText('Nothing is deleted or changed where your files are now.').waitFor()
    await page.getByText('12,000 files to send').first().waitFor()
    await tabTo(page, page.getByRole('button', { name: 'Start protecting' }))
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Folders', level: 1 }).waitFor()
    expect(await callsOf(application, 'folders.add', 2)).toEqual([
      { path: '/home/ada/Documents', target: '/media/ada/Backup/Documents', name: 'Documents', mode: 'backup' },
      { path: '/home/ada/Projects', target: '/media/ada/Backup/Projects', name: 'Projects', mode: 'backup' },
    ])
    await page.getByText('240 files').first().waitFor()
  })

  it('goes back one step with Escape and keeps what was chosen', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'empty' })
    const { page } = opened
    await page.getByRole('button', { name: 'Choose folders' }).click()
    await page.getByRole('checkbox', { name: 'Pictures' }).check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'Where should copies be kept?' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('heading', { name: 'What should be kept safe?' }).waitFor()
    expect(await page.getByRole('checkbox', { name: 'Pictures' }).isChecked()).toBe(true)
  })

  it('stays at a place that does not work and says which step failed', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'empty' })
    const { page, application } = opened
    await page.getByRole('button', { name: 'Choose folders' }).click()
    await page.getByRole('checkbox', { name: 'Pictures' }).check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('radio', { name: /S3-compatible/ }).check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('Write the name of the bucket.').waitFor()
    await page.getByLabel('Bucket').fill('denied')
    await page.getByLabel('Access key ID').fill('AKIAEXAMPLE')
    await page.getByLabel('Secret access key').fill('s3cret-value')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('The keys may read this bucket but not write to it.').waitFor()
    await page.getByRole('heading', { name: 'Where should copies be kept?' }).waitFor()
    expect(await callsOf(application, 'accounts.save')).toEqual([
      { kind: 's3', accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 's3cret-value' },
    ])
    const [check] = await callsOf(application, 'targets.check')
    expect(JSON.stringify(check)).not.toContain('s3cret')
    expect(await page.getByLabel('Secret access key').inputValue()).toBe('')
  })

  it('goes on with the folders that are still missing after one could not be added', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'empty' })
    const { page, application } = opened
    await page.getByRole('button', { name: 'Choose folders' }).click()
    await page.getByRole('checkbox', { name: 'Pictures' }).check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByLabel('Folder', { exact: true }).fill('/mnt/nas')
    await page.getByRole('button', { name: 'Continue' }).click()
    application.failNext('folders.add', new TidekeepError({ code: 'invalid', message: 'That cannot be.', fix: 'Try.' }))
    await page.getByRole('button', { name: 'Start protecting' }).click()
    await page.getByText('“Pictures” could not be added').waitFor()
    await page.getByText('That cannot be.').waitFor()
    await page.getByRole('button', { name: 'Start protecting' }).click()
    await page.getByRole('heading', { name: 'Folders', level: 1 }).waitFor()
    expect(await callsOf(application, 'folders.add', 2)).toHaveLength(2)
  })

  it('lets people look around first, and can be opened again', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'empty' })
    const { page } = opened
    await page.getByRole('button', { name: 'Not now' }).click()
    await page.getByText('No folders yet').waitFor()
    await page.getByRole('button', { name: 'Add folder' }).click()
    await page.getByRole('heading', { name: 'Keep what matters safe' }).waitFor()
  })
})
