import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOneDrivePast, type OneDrivePast } from '../fakes/onedrive-past.ts'
import { openInterface, startBrowser, type Opened } from './interface.ts'
import { clippedWords, namelessParts, seriousFindings, sidewaysOverflow } from './page-checks.ts'

const LIVES = {
  'letter.txt': [
    [20, 'Dear bank,\ntwo\nthree\n'],
    [10, 'Dear bank,\n2\nthree\n', 'Bob'],
    [2, 'Dear bank,\n2\n3 and more\n', 'Bob'],
  ],
  'deep/notes.txt': [
    [25, 'first notes\n'],
    [3, 'second notes, longer\n'],
  ],
  'still.txt': [[24, 'never changed\n']],
  'young.txt': [[1, 'new\n']],
  'plan.txt': [
    [22, 'Go north.\n'],
    [5, undefined],
  ],
} as const

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })
const agoDays = (days: number): string => {
  const at = new Date(Date.now() - days * 86_400_000)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

describe('the Restore screen of a folder at a OneDrive', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  const open = async (past: OneDrivePast, context = {}): Promise<Opened> => {
    const opened = await openInterface(browser!, {
      scenario: 'protected',
      path: '/#/restore',
      handlers: past.handlers,
      context,
    })
    await row(opened.page, 'still.txt').waitFor()
    return opened
  }

  it('shows a moment, asks about what changed since and about nothing else, and brings a version back in its place', async () => {
    if (browser === undefined) return
    await using past = await startOneDrivePast(LIVES)
    await using opened = await open(past)
    const { page } = opened
    const { server } = past.fixture
    await page.getByText('Marked is what this computer did').waitFor()
    expect([server.count('Versions'), server.count('Delta')]).toEqual([0, 0])
    await page.getByLabel('Date and time').fill(agoDays(15))
    await row(page, 'plan.txt').filter({ hasText: 'Gone since' }).waitFor()
    await row(page, 'letter.txt').filter({ hasText: '21 B' }).waitFor()
    await expect.poll(() => row(page, 'young.txt').count()).toBe(0)
    expect(server.count('Versions')).toBe(1)
    await row(page, 'deep').click()
    await row(page, 'notes.txt').filter({ hasText: '12 B' }).waitFor()
    expect(server.count('Versions')).toBe(2)
    await page.getByRole('button', { name: 'Documents', exact: true }).click()

    await row(page, 'letter.txt').click()
    await page.getByRole('heading', { name: 'Versions of letter.txt' }).waitFor()
    await page.getByText('two', { exact: false }).waitFor()
    expect(await page.getByText('by Bob on laptop').count()).toBe(2)
    await page.getByText('by Ada Lovelace, with Tidekeep').waitFor()
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption({ index: 2 })
    await page.getByRole('region', { name: '1 line added, 1 removed' }).waitFor()

    writeFileSync(join(past.source, 'letter.txt'), 'what is here now\n')
    await page.getByRole('button', { name: 'Restore this version…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Restore letter.txt' })
    await dialog.getByText('1 file there now would be renamed and stay:').waitFor()
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click()
    await dialog.getByText('1 file is back.').waitFor()
    await dialog.getByText('only the length was compared').waitFor()
    expect(readFileSync(join(past.source, 'letter.txt'), 'utf8')).toBe('Dear bank,\ntwo\nthree\n')
    expect(readdirSync(past.source).filter((name) => name.startsWith('letter.txt (replaced '))).toHaveLength(1)
  })

  it('brings a whole moment back beside and elsewhere, and names what the drive does not hold any more', async () => {
    if (browser === undefined) return
    await using past = await startOneDrivePast(LIVES)
    await using opened = await open(past)
    const { page } = opened
    await page.getByLabel('Date and time').fill(agoDays(15))
    await row(page, 'plan.txt').filter({ hasText: 'Gone since' }).waitFor()
    await page.getByRole('checkbox', { name: 'Choose plan.txt' }).check()
    await page.getByRole('checkbox', { name: 'Choose letter.txt' }).check()
    await page.getByRole('button', { name: 'Restore…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Restore 2 items' })
    await dialog.getByText('1 file cannot be brought back:').waitFor()
    await dialog.getByText(/plan\.txt was not restored: it was there then/).waitFor()
    await dialog.getByRole('radio', { name: /Beside it/ }).check()
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click()
    await dialog.getByText('1 file is back.').waitFor()
    const made = readdirSync(past.source)
    expect(made).toEqual([expect.stringMatching(/^letter \(as of .*\)\.txt$/)])
    expect(readFileSync(join(past.source, made[0]!), 'utf8')).toBe('Dear bank,\ntwo\nthree\n')
  })

  it('says when the drive asks to wait, asks again only when told to, and that one must sign in', async () => {
    if (browser === undefined) return
    await using past = await startOneDrivePast(LIVES)
    await using opened = await open(past)
    const { page } = opened
    const { server } = past.fixture
    const headers = { 'retry-after': '300' }
    const action = { kind: 'status', status: 429, code: 'activityLimitReached', headers } as const
    server.faults.add({ operation: 'Versions', action })
    await page.getByLabel('Date and time').fill(agoDays(15))
    await page.getByText('Of 1 file it is not known what it was then.').waitFor()
    await row(page, 'letter.txt').filter({ hasText: 'Not known' }).waitFor()
    await row(page, 'still.txt').waitFor()
    for (const viewport of [
      { width: 1040, height: 720 },
      { width: 400, height: 600 },
    ]) {
      await page.setViewportSize(viewport)
      expect([...(await sidewaysOverflow(page)), ...(await clippedWords(page))]).toEqual([])
    }
    expect([...(await seriousFindings(page)), ...(await namelessParts(page))]).toEqual([])
    const { length: before } = server.requests
    await page.getByRole('button', { name: 'Ask again' }).click()
    await row(page, 'letter.txt').filter({ hasText: '21 B' }).waitFor()
    expect(server.requests.length).toBe(before + 1)
    past.fixture.tokens.isSignedOut = true
    server.advance(7_200_000)
    await page.getByRole('button', { name: 'Read again' }).click()
    await page.getByText('This folder cannot be looked at').waitFor()
    await page.getByText('Sign in again.').waitFor()
  })

  it('finds names without asking the drive, and says of a deleted file where to look', async () => {
    if (browser === undefined) return
    await using past = await startOneDrivePast(LIVES)
    await using opened = await open(past)
    const { page } = opened
    const { server } = past.fixture
    server.forget()
    await page.getByRole('textbox', { name: 'Find a file of any time' }).fill('PLAN')
    await row(page, 'plan.txt').filter({ hasText: 'gone since' }).waitFor()
    await page.getByRole('textbox', { name: 'Find a file of any time' }).fill('nowhere')
    await page.getByText('Looked for among the names this computer knows').waitFor()
    expect(server.requests.length).toBe(0)
    await page.getByRole('textbox', { name: 'Find a file of any time' }).fill('plan')
    await row(page, 'plan.txt').click()
    await page.getByText('Look in the recycle bin of the drive').waitFor()
    expect(existsSync(join(past.source, 'plan.txt'))).toBe(false)
  })
})
