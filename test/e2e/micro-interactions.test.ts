import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActivityView, Headline, ReasonView } from '../../common/protocol.ts'
import type { Scenario } from '../fakes/application.ts'
import type { FakeMenu } from '../shell/fake-electron.ts'
import { settle, startFakeShell } from '../shell/start-fake.ts'
import { callsOf, type Opened, openInterface, passUntil, POPUP, startBrowser, stopTime } from './interface.ts'

const popup = (browser: Browser, scenario: Scenario): Promise<Opened> =>
  openInterface(browser, { scenario, path: '/popup.html', context: { viewport: POPUP } })
const screen = (browser: Browser, scenario: Scenario, path: string): Promise<Opened> =>
  openInterface(browser, { scenario, path: `/#/${path}` })

const STATES: readonly Headline[] = ['protected', 'checking', 'syncing', 'waiting', 'paused', 'attention', 'offline']

async function oneSentenceEverywhere(browser: Browser): Promise<void> {
  await using opened = await popup(browser, 'protected')
  const { page, application } = opened
  const { application: behindTray, tray, clock } = await startFakeShell()
  for (const headline of STATES) {
    const patch = { headline, sentence: `How things stand when ${headline}.`, attention: [] }
    application.patchStatus(patch)
    behindTray.patchStatus(patch)
    await settle()
    await clock.advance(500)
    await settle()
    await page.locator('.popup-words p').getByText(patch.sentence, { exact: true }).waitFor()
    expect(tray.tooltips.at(-1)).toBe(`Tidekeep: ${patch.sentence}`)
    expect(statusLine(tray.menus.at(-1))).toBe(patch.sentence)
  }
}

function statusLine(menu: FakeMenu | undefined): string | undefined {
  return menu?.template.find(({ id }) => id === 'status')?.label
}

async function shapesAndStillness(browser: Browser): Promise<void> {
  await using opened = await popup(browser, 'protected')
  const { page, application } = opened
  const shapes = new Set<string>()
  for (const headline of [...STATES, 'unconfigured'] as const) {
    application.patchStatus({ headline, attention: [] })
    const icon = page.locator(`.popup-head .state-icon[data-state="${headline}"]`)
    await icon.waitFor()
    shapes.add(await icon.innerHTML())
  }
  expect(shapes.size).toBe(STATES.length + 1)
  await page.clock.install()
  await page.reload()
  application.patchStatus({ headline: 'syncing' })
  const turning = page.locator('.popup-head .state-icon[data-state="syncing"] .turning')
  await turning.waitFor()
  await page.clock.pauseAt(Date.now() + 60_000)
  const steps = await turning.evaluateHandle((icon) => {
    const seen: string[] = []
    new MutationObserver(() => seen.push(icon.getAttribute('data-step') ?? '')).observe(icon, { attributes: true })
    return seen
  })
  await page.clock.runFor(4_000)
  expect(await turning.evaluate((icon) => icon.getAnimations({ subtree: true }).length)).toBe(0)
  const moves = (await steps.jsonValue()).length
  expect(moves).toBeGreaterThanOrEqual(2)
  expect(moves).toBeLessThanOrEqual(8)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  expect(await turning.evaluate((icon) => getComputedStyle(icon).rotate)).toBe('none')
}

const FRESH = { folderId: 'd0c0d0c0', path: 'letters/fresh.txt', kind: 'upload' } as const

/** Where the rows of the popup stand, each told by its name. */
async function places(page: Page): Promise<Record<string, number>> {
  return page
    .locator('.popup-rows .row')
    .evaluateAll((rows) =>
      Object.fromEntries(
        rows.slice(0, 4).map((row) => [row.querySelector('.path')?.textContent ?? '', row.getBoundingClientRect().top]),
      ),
    )
}

async function savedToUploaded(browser: Browser): Promise<void> {
  await using opened = await popup(browser, 'protected')
  const { page, application } = opened
  const list = page.getByRole('grid')
  await list.getByRole('row').first().waitFor()
  const top = (await list.boundingBox())?.y
  const transfer = { ...FRESH, jobId: 7, bytesDone: 10, bytesTotal: 40 }
  const [headline, sentence] = ['syncing', '1 file on the way, 12,431 files safe: longer than a line'] as const
  application.patchStatus({ transfers: [transfer], headline, sentence })
  await page.getByText('fresh.txt').waitFor()
  expect((await list.boundingBox())?.y).toBe(top)
  const moving = await places(page)
  // As the engine tells it: what was done first, and that nothing is under way any more a moment later.
  const row: ActivityView = { ...FRESH, id: 9_000_000, atMs: Date.now(), method: 'whole', size: 40, ...SENT }
  application.publishActivity([row])
  await list.getByRole('row').filter({ hasText: 'fresh.txt' }).getByText('uploaded').waitFor()
  expect(await places(page)).toEqual(moving)
  application.patchStatus({ transfers: [], headline: 'protected', sentence: 'Safe.' })
  await expect.poll(() => list.getAttribute('aria-rowcount')).toBe('101')
  expect(await places(page)).toEqual(moving)
}
const SENT = { bytesSent: 40, bytesReused: 0, durationMs: 20 }

const REASONS: readonly ReasonView[] = [
  { kind: 'limit', text: 'Limited to 5 MiB/s up', lift: 'possible' },
  { kind: 'battery', text: 'Paused on battery (12%)', stops: true, lift: 'possible' },
  { kind: 'metered', text: 'Paused on a metered network', stops: true, lift: 'possible' },
  { kind: 'throttled', text: 'OneDrive (ada) asked us to wait until 14:03' },
  { kind: 'slower', text: 'Speed dropped: many small files' },
  { kind: 'scanning', text: 'Looking for changes' },
]

async function oneReasonLine(browser: Browser): Promise<void> {
  await using opened = await popup(browser, 'busy')
  const { page, application } = opened
  for (const reason of REASONS) {
    application.patchStatus({ reasons: [reason] })
    await page.locator('.popup-foot .reason-text').getByText(reason.text, { exact: true }).waitFor()
    expect(await page.locator('.reason').count()).toBe(1)
  }
  // Several are one line as well.
  application.patchStatus({ reasons: REASONS })
  await page.getByText(REASONS.map(({ text }) => text).join(' · ')).waitFor()
  expect(await page.locator('.reason').count()).toBe(1)
}

async function undoForTenSeconds(browser: Browser): Promise<void> {
  await using opened = await screen(browser, 'protected', 'folders')
  const { page, application } = opened
  const [pictures, said] = [page.getByRole('heading', { name: 'Pictures' }), page.getByText('is no longer watched')]
  await pictures.waitFor()
  await stopTime(page)
  const remove = async (): Promise<void> => {
    await page.getByRole('button', { name: 'More for Pictures' }).focus()
    await page.keyboard.press('Delete')
    const answer = page.getByRole('button', { name: 'Remove folder' })
    await passUntil(page, answer)
    await answer.click()
    await said.waitFor()
    // A message that the pointer is on stays.
    await page.mouse.move(5, 5)
  }
  await remove()
  await page.clock.runFor(9_000)
  await page.getByRole('button', { name: 'Undo' }).click()
  await passUntil(page, pictures)
  expect(await callsOf(application, 'folders.add')).toMatchObject([{ path: '/home/ada/Pictures', mode: 'mirror' }])
  await remove()
  await page.clock.runFor(9_000)
  expect(await said.isVisible()).toBe(true)
  await page.clock.runFor(1_000)
  await said.waitFor({ state: 'detached' })
}

async function signedOut(browser: Browser): Promise<void> {
  await using opened = await screen(browser, 'accounts', 'targets')
  const { page, application } = opened
  const accounts = await application.handlers['accounts.list']({}, { transport: 'direct' })
  const { name } = accounts.find(({ state }) => state === 'sign-in-needed')!
  const { folders } = await application.handlers['status.get']({}, { transport: 'direct' })
  application.patchStatus({
    folders: folders.slice(0, 1).map((each) => ({ ...each, target: `onedrive://${name}/Mail` })),
  })
  const card = page.getByRole('article', { name })
  await card.getByText(/waits? and goes? on exactly there/).waitFor()
  const notice = { id: 'attention', grade: 'attention', title: 'Tidekeep needs you', route: 'targets' } as const
  application.patchStatus({ notices: [{ ...notice, body: `Sign in to ${name} again.`, atMs: 1 }] })
  await page.getByText(`Sign in to ${name} again.`).waitFor()
  expect(await page.locator('.toast').count()).toBe(1)
  await card.getByRole('button', { name: 'Sign in again' }).waitFor()
}

/** Runs in the page: a system that shows notifications, and a page that nobody looks at. */
function recordNotifications(): void {
  const shown: unknown[] = []
  class Recorded extends EventTarget {
    static readonly permission = 'granted'
    constructor(title: string, { body, tag }: { readonly body: string; readonly tag: string }) {
      super()
      shown.push({ title, body, tag, click: () => this.dispatchEvent(new Event('click')) })
    }
    close(): void {}
  }
  Object.assign(globalThis, { Notification: Recorded, shown })
  Object.defineProperty(document, 'hidden', { get: () => true })
}

interface Shown {
  readonly shown: readonly { readonly tag: string; readonly body: string; readonly click: () => void }[]
}

async function notified(browser: Browser): Promise<void> {
  await using opened = await screen(browser, 'protected', 'folders')
  const { page, application } = opened
  await page.addInitScript(recordNotifications)
  await page.reload()
  await page.getByRole('heading', { name: 'Documents' }).waitFor()
  const notice = {
    id: 'attention',
    grade: 'attention',
    title: 'Tidekeep needs you',
    route: 'folders/c0dec0de',
  } as const
  const told = (): Promise<readonly string[]> =>
    page.evaluate(() => (globalThis as unknown as Shown).shown.map(({ tag, body }) => `${tag}: ${body}`))
  application.patchStatus({ notices: [{ ...notice, body: 'One.', atMs: 1 }] })
  await expect.poll(told).toEqual(['attention: One.'])
  // Said again it is the same one; another time it stands in its place.
  application.patchStatus({ sentence: 'Something else changed.' })
  application.patchStatus({ notices: [{ ...notice, body: 'Two.', atMs: 2 }] })
  await expect.poll(told).toEqual(['attention: One.', 'attention: Two.'])
  await page.evaluate(() => (globalThis as unknown as Shown).shown.at(-1)?.click())
  await page.locator('article[data-asked]').getByRole('heading', { name: 'Code' }).waitFor()
}

async function ignoreFieldCounts(browser: Browser): Promise<void> {
  await using opened = await screen(browser, 'protected', 'folders/edit.d0c0d0c0')
  const { page, application } = opened
  await page.getByText('2 files').first().waitFor()
  await stopTime(page)
  const before = application.calls.filter(({ name }) => name === 'rules.survey').length
  const lines = page.getByLabel('Leave out', { exact: true })
  for (const key of '*.tmp') {
    await lines.pressSequentially(key)
    await page.clock.runFor(100)
  }
  await passUntil(page, page.getByText('5 files'))
  // One count for all that was typed, and its line stands out while the caret is on it.
  expect(application.calls.filter(({ name }) => name === 'rules.survey')).toHaveLength(before + 1)
  await page.locator('.survey-rows li[data-current]').getByText('*.tmp').waitFor()
}

async function closingAndQuitting(): Promise<void> {
  const { electron, shell, application, tray, clock } = await startFakeShell()
  for (let round = 0; round < 2; round++) {
    shell.openWindow()
    electron.windows.at(-1)!.close()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await expect
    .poll(() => electron.notifications.map(({ options }) => options.title))
    .toEqual(['Tidekeep keeps working'])
  const { folders } = await application.handlers['status.get']({}, { transport: 'direct' })
  application.patchStatus({ folders: folders.slice(0, 1).map((folder) => ({ ...folder, pendingFiles: 17 })) })
  await settle()
  await clock.advance(500)
  const quit = tray.menus.at(-1)?.template.find(({ id }) => id === 'quit')?.label
  expect(quit).toBe('Quit (17 files will continue at the next start)')
}

async function resumedAtOnce(browser: Browser): Promise<void> {
  await using opened = await popup(browser, 'busy')
  const { page, application } = opened
  const progress = { filesDone: 70, filesTotal: 100, bytesDone: 700, bytesTotal: 1_000, bytesPerSecond: 0, etaMs: null }
  application.patchStatus({ progress })
  await page.getByText('70%').first().waitFor()
  await opened.stopService()
  await opened.startService()
  const seen = await page.evaluateHandle(() => {
    const texts: string[] = []
    const note = (): void => void texts.push(document.querySelector('.popup .progress strong')?.textContent ?? '')
    note()
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true, characterData: true })
    return texts
  })
  await page.locator('[data-stale]').waitFor({ state: 'detached' })
  application.patchStatus({ progress: { ...progress, filesDone: 80, bytesDone: 800 } })
  await page.getByText('80%').first().waitFor()
  await expect.poll(async () => [...new Set(await seen.jsonValue())]).toEqual(['70%', '80%'])
}

describe('micro-interactions', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it.each<[number, string, (browser: Browser) => Promise<void>]>([
    [2, 'the tray tooltip and the line of its menu carry the sentence of the popup', oneSentenceEverywhere],
    [
      3,
      'states differ by shape, move twice a second at most, and not at all where that is asked for',
      shapesAndStillness,
    ],
    [6, 'a saved file turns to uploaded where it stands, and nothing around it moves', savedToUploaded],
    [9, 'one reason line explains whatever makes it slow', oneReasonLine],
    [10, 'what was done can be undone for ten seconds', undoForTenSeconds],
    [12, 'a sign-in that ended parks what waits, tells of it once, and says how it goes on', signedOut],
    [13, 'a notification is replaced by the next of its kind and leads to its row', notified],
    [15, 'typing in an ignore field counts after a moment, once, and shows which line it was', ignoreFieldCounts],
    [19, 'closing the window says once that work goes on, and quitting names what stops', closingAndQuitting],
    [20, 'after a restart the first picture shows how far it was, and goes on from there', resumedAtOnce],
  ])('%i: %s', async (_number, _sentence, run) => {
    if (browser !== undefined) await run(browser)
  })
})
