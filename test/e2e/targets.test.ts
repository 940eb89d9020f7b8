import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Handlers } from '../../common/protocol.ts'
import { createAccountHandlers } from '../../main/api/accounts.ts'
import { checkTarget } from '../../main/api/target-check.ts'
import { browse } from '../fakes/sign-in/browser.ts'
import { ADA, BOB, openDrive, startSignInFixture, type SignInFixture } from '../fakes/sign-in/harness.ts'
import { PATIENCE_MS } from './browser.ts'
import { callsOf, type Opened, openInterface, startBrowser, tabTo } from './interface.ts'

let browser: Browser | undefined
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser?.close())

/** The real handlers of accounts and of trying a target, in front of an authority and a Graph server. */
function accountHandlers(fixture: SignInFixture, told: string[]): Partial<Handlers> {
  const { accounts, host, place } = fixture
  const openTarget = (target: string): ReturnType<typeof openDrive> =>
    openDrive(fixture, /^onedrive:\/\/([^/]+)/.exec(target)?.[1] ?? '')
  const engine = { applySettings: async () => undefined, wake: () => void told.push('woken') }
  return {
    ...createAccountHandlers({
      accounts,
      host,
      engine,
      openTarget,
      signInPlace: (tenant = 'common') => ({ ...place, tenant }),
    }),
    'targets.check': ({ target }) => checkTarget({ target, s3: {}, wasUsed: false }, { host, openTarget }),
  }
}

describe('accounts in the window', () => {
  let fixture: SignInFixture
  let told: string[]
  beforeEach(async () => {
    fixture = await startSignInFixture()
    told = []
  })
  afterEach(() => fixture.close())

  async function open(scenario: 'accounts' | 'empty' = 'accounts'): Promise<Opened> {
    return openInterface(browser!, { scenario, path: '/#/targets', handlers: accountHandlers(fixture, told) })
  }

  it('signs in with a code, shows who it is and how full the drive is, and ticks every permission', async () => {
    if (browser === undefined) return
    fixture.graph.driveById(ADA.driveId)!.quirks.quotaBytes = 5 * 1024 ** 3
    await using opened = await open('empty')
    const { page } = opened
    await page.getByRole('button', { name: 'Sign in to OneDrive' }).click()
    await page.getByRole('link', { name: 'Open the sign-in page' }).waitFor()
    await page.getByRole('button', { name: 'Use a code instead' }).click()
    const code = await page.locator('.code').innerText()
    expect(code).toMatch(/^\S{6,}$/)
    await page.getByText(/The code is good for 1?\d:\d\d/).waitFor()
    expect(await page.getByRole('link', { name: /^https:/ }).getAttribute('rel')).toBe('noreferrer')
    fixture.authority.grants.enterCode(code, ADA)
    await page.getByText(`Signed in as ${ADA.userName}`).waitFor()
    await expect.poll(() => told).toEqual(['woken'])
    await page.getByRole('button', { name: 'Done' }).click()
    const card = page.getByRole('article', { name: /^ada/ })
    await card.getByText('Signed in').waitFor()
    await card.getByText('work or school').waitFor()
    await card.getByText(/of 5\sGiB used/).waitFor()
    expect(await card.getByRole('meter').getAttribute('aria-valuetext')).toMatch(/of 5\sGiB used/)
    await card.getByRole('button', { name: 'Test ada' }).click()
    await card.getByText('This place works.').waitFor()
    expect(await card.locator('.check-steps li').allInnerTexts()).toEqual(
      ['Reach', 'List', 'Write', 'Read back', 'Delete', 'Free space'].map((step) => `Works:\n${step}`),
    )
    // Nothing of the try is left in the person's drive but Tidekeep's own, empty area.
    const drive = fixture.graph.driveById(ADA.driveId)!
    expect([...drive.items.values()].filter(({ kind, isDeleted }) => kind === 'file' && !isDeleted)).toEqual([])
  })

  it('signs in to an account whose sign-in ended, by keyboard, and says what waited for it', async () => {
    if (browser === undefined) return
    await fixture.signIn(ADA)
    fixture.authority.grants.revoke(ADA.userName)
    fixture.graph.tokens.revokeAll()
    await openDrive(fixture, 'ada')
      .then((drive) => drive.features.freeBytes!({ signal: AbortSignal.timeout(PATIENCE_MS) }))
      .catch(() => undefined)
    await using opened = await open()
    const { page, application } = opened
    const card = page.getByRole('article', { name: /^ada/ })
    await card.getByText('1 folder waits and goes on exactly there afterwards').waitFor()
    const again = card.getByRole('button', { name: 'Sign in again' })
    await tabTo(page, again)
    await page.keyboard.press('Enter')
    const link = page.getByRole('link', { name: 'Open the sign-in page' })
    await link.waitFor()
    expect(application.calls.findLast(({ name }) => name === 'accounts.signIn')).toMatchObject({
      params: { method: 'browser', name: 'ada' },
    })
    fixture.authority.browserUser = ADA
    await browse((await link.getAttribute('href')) ?? '', fixture.authority.origin)
    await page.getByText('What waited for this goes on now.').waitFor()
    await tabTo(page, page.getByRole('button', { name: 'Done' }))
    await page.keyboard.press('Enter')
    await card.getByText('Signed in', { exact: true }).waitFor()
    await expect.poll(() => told).toContain('woken')
  })

  it('does not take another person for the one whose folders are there, and says why', async () => {
    if (browser === undefined) return
    await fixture.signIn(ADA)
    await using opened = await open()
    const { page } = opened
    await fixture.accounts.remove('ada')
    await fixture.signIn(BOB, 'ada')
    fixture.authority.grants.revoke(BOB.userName)
    fixture.graph.tokens.revokeAll()
    await openDrive(fixture, 'ada')
      .then((drive) => drive.features.freeBytes!({ signal: AbortSignal.timeout(PATIENCE_MS) }))
      .catch(() => undefined)
    await page.getByRole('button', { name: 'Sign in again' }).click()
    await page.getByRole('button', { name: 'Use a code instead' }).click()
    fixture.authority.grants.enterCode(await page.locator('.code').innerText(), ADA)
    await page.getByText('belongs to somebody else').waitFor()
    await page.getByRole('button', { name: 'Try again' }).waitFor()
  })

  it('gives a sign-in up with Escape, and the focus back', async () => {
    if (browser === undefined) return
    await using opened = await open()
    const { page, application } = opened
    const button = page.getByRole('button', { name: 'Sign in to OneDrive' })
    await button.click()
    await page.getByRole('link', { name: 'Open the sign-in page' }).waitFor()
    await page.keyboard.press('Escape')
    await callsOf(application, 'accounts.endSignIn')
    await expect.poll(() => button.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  it('asks for the id of an application where none is set, and goes on with it', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/targets' })
    const { page, application } = opened
    await page.getByRole('button', { name: 'Sign in to OneDrive' }).click()
    await page.getByLabel('Application (client) ID').fill('11111111-2222-4333-8444-555555555555')
    await page.getByRole('button', { name: 'Save and continue' }).click()
    expect(await callsOf(application, 'settings.set')).toEqual([
      { key: 'microsoftClientId', value: '11111111-2222-4333-8444-555555555555' },
    ])
    await callsOf(application, 'accounts.signIn', 2)
  })
})

describe('the wizard', () => {
  it('keeps a folder in OneDrive: signs in on the way, tries the place, and gives the folder one of its own', async () => {
    if (browser === undefined) return
    const fixture = await startSignInFixture()
    try {
      await using opened = await openInterface(browser, { scenario: 'empty', handlers: accountHandlers(fixture, []) })
      const { page, application } = opened
      await page.getByRole('button', { name: 'Choose folders' }).click()
      await page.getByRole('checkbox', { name: 'Documents' }).check()
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('radio', { name: /OneDrive/ }).check()
      await page.getByRole('button', { name: 'Test' }).click()
      await page.getByText('Sign in to an account and choose it.').waitFor()
      await page.getByRole('button', { name: 'Sign in to OneDrive' }).click()
      await page.getByRole('button', { name: 'Use a code instead' }).click()
      fixture.authority.grants.enterCode(await page.locator('.code').innerText(), ADA)
      await page.getByRole('button', { name: 'Done' }).click()
      const account = page.getByRole('radio', { name: /ada@contoso/ })
      await expect.poll(() => account.isChecked()).toBe(true)
      await page.getByText('onedrive://ada/Tidekeep/Documents').waitFor()
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('button', { name: 'Start protecting' }).click()
      expect(await callsOf(application, 'targets.check')).toEqual([{ target: 'onedrive://ada/Tidekeep' }])
      expect(await callsOf(application, 'folders.add')).toMatchObject([{ target: 'onedrive://ada/Tidekeep/Documents' }])
    } finally {
      await fixture.close()
    }
  })
})

describe('a folder in a SharePoint library', () => {
  it('says how many files are stored as it rewrote them, apart from what is proved', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'accounts', path: '/#/folders' })
    const card = opened.page.getByRole('article', { name: /^Documents/ })
    await card.getByText('37 Office files are stored as SharePoint rewrote them').waitFor()
    await card.getByText('counted apart').waitFor()
    expect(await opened.page.getByText('SharePoint rewrote').count()).toBe(1)
  })
})

describe('targets in the window', () => {
  it('says until when OneDrive is left in peace, what is full, and which folders use what', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'accounts', path: '/#/targets' })
    const { page } = opened
    await page.getByText(/OneDrive asked us to wait until \d\d:\d\d/).waitFor()
    const disk = page.getByRole('article', { name: '/media/ada/Backup/pictures' })
    await disk.getByText('Connected', { exact: true }).waitFor()
    expect(await disk.getByRole('meter').getAttribute('aria-valuetext')).toMatch(/^94%/)
    expect(await disk.locator('.meter').getAttribute('data-full')).toBe('true')
    const bucket = page.getByRole('article', { name: 's3://ada-backup' })
    await bucket.getByText('region eu-central-1').waitFor()
    expect(await bucket.getByRole('meter').count()).toBe(0)
    await bucket.getByRole('link', { name: 'Code' }).click()
    await page.getByRole('heading', { name: 'Folders', level: 1 }).waitFor()
  })

  it('shows a disk that is away with what to do, and asks again when told to', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'attention', path: '/#/targets' })
    const { page, application } = opened
    const disk = page.getByRole('article', { name: '/media/ada/Backup/pictures' })
    await disk.getByText('Not connected').waitFor()
    await disk.getByText('Connect the drive.').waitFor()
    await disk.getByRole('button', { name: 'Ask again' }).click()
    await expect
      .poll(() => application.calls.filter(({ name }) => name === 'targets.look').map(({ params }) => params))
      .toContainEqual({ folderId: 'f070f070', fresh: true })
  })

  it('says what stops before an account is forgotten', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'accounts', path: '/#/targets' })
    const { page, application } = opened
    await page.getByRole('button', { name: 'More for ada' }).click()
    await page.getByRole('menuitem', { name: 'Remove…' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText('1 folder stops being copied').waitFor()
    await dialog.getByText('Documents').waitFor()
    expect(application.calls.filter(({ name }) => name === 'accounts.remove')).toEqual([])
    await dialog.getByRole('button', { name: 'Forget' }).click()
    expect(await callsOf(application, 'accounts.remove')).toEqual([{ name: 'ada' }])
    // Its folder is still kept there, as far as the settings go: so it is asked for.
    await page.getByText('nobody is signed in to it here').waitFor()
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
  })
})
