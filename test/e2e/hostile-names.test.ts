import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActivityView, Caller, Handlers } from '../../common/protocol.ts'
import { activityRow } from '../fakes/activity-row.ts'
import { createFakeApplication, type FakeApplication } from '../fakes/application.ts'
import { type Attacker, expectStopped, PAGE_ATTACKS, startAttacker, WATCH_BREACHES } from '../fixtures/page-attacks.ts'
import { type Opened, openInterface, POPUP, startBrowser } from './interface.ts'
import { PLACE_HANDLERS, type Place, POPUP_PLACES, showsNothing, visit, VISITED, WINDOW_PLACES } from './places.ts'

const HOSTILE = [
  '<img src=x onerror="globalThis.pwned=1">.txt',
  '<script>globalThis.pwned=1</script>',
  '"><svg onload=globalThis.pwned=1>',
  '{{constructor.constructor("globalThis.pwned=1")()}}',
  'javascript:globalThis.pwned=1',
  'invoice\u202Efdp.exe',
  'line\nbreak\u0000\u001B[31mred',
  'x'.repeat(4_096),
  `${'deep/'.repeat(800)}leaf`,
  '\uD83D\uDCA9\uD800lone-surrogate',
]

const rows: readonly ActivityView[] = HOSTILE.map((path, index) => ({
  ...activityRow(9_000_000 + index),
  atMs: 1_790_000_000_000,
  folderId: 'd0c0d0c0',
  path,
}))

const CALLER: Caller = { transport: 'direct' }

/** Calls that answer with the names where a place lists some; what the places look for stays first. */
function hostileHandlers(): Partial<Handlers> {
  const troubled = createFakeApplication({ scenario: 'attention' }).handlers
  const torn = createFakeApplication({ scenario: 'conflicts' }).handlers
  const quiet = createFakeApplication({ scenario: 'protected' }).handlers
  const nameAt = (index: number): string => HOSTILE[index % HOSTILE.length]!
  return {
    ...PLACE_HANDLERS,
    'queue.list': async (query) =>
      (await troubled['queue.list'](query, CALLER)).map((job, index) => ({ ...job, path: nameAt(index) })),
    'folders.problems': async (query) =>
      (await troubled['folders.problems'](query, CALLER)).map((each, index) => ({ ...each, path: nameAt(index) })),
    'conflicts.list': async (query) =>
      (await torn['conflicts.list'](query, CALLER)).map((row) => ({ ...row, path: nameAt(row.id - 1) })),
    'conflicts.show': async (query) => {
      const detail = await torn['conflicts.show'](query, CALLER)
      const path = nameAt(detail.conflict.id - 1)
      return { ...detail, conflict: { ...detail.conflict, path }, names: { local: nameAt(0), remote: nameAt(7) } }
    },
    'plan.preview': async (query) => {
      const plan = await quiet['plan.preview'](query, CALLER)
      const actions = HOSTILE.map((path) => ({ kind: 'upload' as const, path, size: 1 }))
      return { ...plan, actions: [...plan.actions.slice(0, 1), ...actions] }
    },
    'diagnostics.log': async (query) => {
      const { rows, ...rest } = await quiet['diagnostics.log'](query, CALLER)
      return { ...rest, rows: rows.map((row, index) => ({ ...row, details: `path=${nameAt(index)}` })) }
    },
  }
}

/** Where a name with markup in it is drawn, at least. */
const SHOWN_AT: readonly string[] = [
  'folders, with what waits for an answer and what could not be carried',
  'what a pass would do',
  'the editor of a folder, Files',
  'live activity',
  'the history',
  'a row of the history in full',
  'errors',
  'what can be restored',
  'conflict 1',
  'a target that is away',
  'the log',
  'the command palette',
  'the popup, busy',
  'the popup, protected',
]

/** Puts the names wherever the application holds some. */
function plant(application: FakeApplication): void {
  application.publishActivity(rows)
  application.patchStatus({
    sentence: HOSTILE[0] ?? '',
    reasons: [HOSTILE[1] ?? '', HOSTILE[7] ?? ''].map((text) => ({ kind: 'scanning', text })),
    transfers: HOSTILE.map((path, index) => ({
      jobId: index,
      folderId: 'd0c0d0c0',
      path,
      kind: 'upload',
      bytesDone: 1,
      bytesTotal: 2,
    })),
    attention: [{ kind: 'dead', folderId: 'd0c0d0c0', message: HOSTILE[0] ?? '', fix: HOSTILE[7] ?? '', count: 1 }],
  })
}

async function expectHarmless(page: Page, where: string): Promise<void> {
  const found = await page.evaluate(() => ({
    ran: 'pwned' in globalThis,
    became: document.querySelectorAll('img[src="x"], #root script, svg[onload]').length,
    turned: /[\u202a-\u202e\u2066-\u2069]/.test(document.body.innerText),
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }))
  expect(found, where).toEqual({ ran: false, became: 0, turned: false, sideways: 0 })
}

/** Folders, too, are called so, and are kept at such places. */
async function dress(application: FakeApplication): Promise<void> {
  const folders = await application.handlers['folders.list']({}, CALLER)
  plant(application)
  application.patchStatus({
    folders: folders.map((folder, index) => ({
      ...folder,
      name: `${HOSTILE[index]} 2025`,
      path: `/home/ada/${HOSTILE[index + 5]}`,
      // As long as a path may be in a call.
      target: `/mnt/${index === 0 ? 'x'.repeat(4_000) : HOSTILE[index]}`,
      sentence: HOSTILE[2] ?? '',
    })),
  })
}

let browser: Browser | undefined
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser?.close())

describe('hostile file names', () => {
  async function expectTextAt(opened: Opened, place: Place): Promise<void> {
    await visit(opened, place, dress)
    const text = (): Promise<string> => opened.page.evaluate(() => document.body.innerText)
    if (SHOWN_AT.includes(place.name)) await expect.poll(text, { message: place.name }).toContain('<img src=x')
    await expectHarmless(opened.page, place.name)
    // What the policy refused counts: in normal use there is nothing to refuse.
    expect(opened.complaints, place.name).toEqual([])
  }

  it('are text on every screen and in every dialog, and nothing there is refused by the policy', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, {
      ...VISITED,
      handlers: hostileHandlers(),
      archive: true,
      path: '/#/about',
    })
    for (const place of WINDOW_PLACES.filter((each) => !showsNothing(each))) await expectTextAt(opened, place)
    expect([...WINDOW_PLACES, ...POPUP_PLACES].map(({ name }) => name)).toEqual(expect.arrayContaining([...SHOWN_AT]))
  }, 600_000)

  it('are text in the popup and leave its layout alone', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, {
      ...VISITED,
      handlers: hostileHandlers(),
      path: '/popup.html',
      context: { viewport: POPUP },
    })
    const { page } = opened
    for (const place of POPUP_PLACES) {
      await expectTextAt(opened, place)
      // What takes the place of the list has no foot.
      for (const foot of await page.locator('.popup-foot').all()) {
        const box = await foot.boundingBox()
        expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(POPUP.height)
      }
      expect(await page.evaluate(() => document.documentElement.scrollHeight), place.name).toBe(POPUP.height)
    }
  })

  it('are text in a row shown in full', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/activity/history' })
    const { page, application } = opened
    await page.getByText('120 entries').waitFor()
    plant(application)
    await page.getByText('130 entries').waitFor()
    for (const index of [10, 3, 5]) {
      await page.locator(`[aria-rowindex="${index}"]`).click()
      await page.getByRole('dialog', { name: 'Details' }).waitFor()
      await expectHarmless(page, `row ${index}`)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog', { name: 'Details' }).waitFor({ state: 'hidden' })
    }
  })

  it('are text while browsing for a folder', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'empty' })
    const { page } = opened
    await page.getByRole('button', { name: 'Choose folders' }).click()
    await page.getByRole('button', { name: /Choose another folder/ }).click()
    await page.getByRole('button', { name: 'Tax <img src=x onerror=alert(1)>' }).click()
    await page.getByRole('button', { name: 'Choose “Tax <img src=x onerror=alert(1)>”' }).click()
    await page.getByRole('checkbox', { name: 'Tax <img src=x onerror=alert(1)>' }).waitFor()
    await expectHarmless(page, 'the choice of folders')
  })
})

describe('the content security policy of the service, if a name became markup', () => {
  let opened: Opened | undefined
  let attacker: Attacker
  beforeAll(async () => {
    attacker = await startAttacker()
    if (browser === undefined) return
    opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    await opened.page.addInitScript(WATCH_BREACHES)
    await opened.page.reload()
    await opened.page.getByRole('heading', { name: 'Folders', level: 1 }).waitFor()
  })
  afterAll(async () => {
    // Every attack was reported, as it should be.
    ;(opened?.complaints as string[] | undefined)?.splice(0)
    await opened?.[Symbol.asyncDispose]()
    attacker.close()
  })

  it.each(PAGE_ATTACKS)('stops %s', async (_what, attack) => {
    if (opened !== undefined) await expectStopped(opened.page, attack, attacker)
  })
})
