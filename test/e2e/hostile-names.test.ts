import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActivityView } from '../../common/protocol.ts'
import type { FakeApplication } from '../fakes/application.ts'
import { openInterface, POPUP, startBrowser } from './interface.ts'

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
  id: 9_000_000 + index,
  atMs: 1_790_000_000_000,
  folderId: 'd0c0d0c0',
  path,
  kind: 'upload',
  method: 'whole',
  size: 1,
  bytesSent: 1,
  bytesReused: 0,
  durationMs: 1,
}))

/** Puts the names wherever a name can appear. */
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

async function expectHarmless(page: Page): Promise<void> {
  expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false)
  expect(await page.locator('img[src="x"], #root script, svg[onload]').count()).toBe(0)
  expect(await page.evaluate(() => document.body.innerText.match(/[\u202a-\u202e\u2066-\u2069]/))).toBeNull()
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(overflow).toBe(0)
}

describe('hostile file names', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  }, 90_000)
  afterAll(() => browser?.close())

  it('are text in the popup and leave its layout alone', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, {
      scenario: 'busy',
      path: '/popup.html',
      context: { viewport: POPUP },
    })
    const { page, application } = opened
    plant(application)
    await page.getByText('<img src=x onerror="globalThis.pwned=1">', { exact: false }).first().waitFor()
    await page.getByText('invoice�fdp.exe').first().waitFor()
    await expectHarmless(page)
    const foot = await page.locator('.popup-foot').boundingBox()
    expect((foot?.y ?? 0) + (foot?.height ?? 0)).toBeLessThanOrEqual(POPUP.height)
  }, 30_000)

  it.each(['/#/activity/live', '/#/activity/history', '/#/activity/errors', '/#/folders'])(
    'are text at %s',
    async (path) => {
      if (browser === undefined) return
      await using opened = await openInterface(browser, { scenario: 'attention', path })
      const { page, application } = opened
      const troubled = application.handlers
      const folders = await troubled['folders.list']({}, { transport: 'direct' })
      plant(application)
      application.patchStatus({
        folders: folders.map((folder, index) => ({
          ...folder,
          name: HOSTILE[index] ?? folder.name,
          path: `/home/ada/${HOSTILE[index + 5]}`,
          target: `/mnt/${HOSTILE[7]}`,
          sentence: HOSTILE[2] ?? '',
        })),
      })
      await page.getByText('<img src=x onerror="globalThis.pwned=1">', { exact: false }).first().waitFor()
      await expectHarmless(page)
    },
    30_000,
  )

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
      await expectHarmless(page)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog', { name: 'Details' }).waitFor({ state: 'hidden' })
    }
  }, 30_000)

  it('are text while browsing for a folder', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'empty' })
    const { page } = opened
    await page.getByRole('button', { name: 'Choose folders' }).click()
    await page.getByRole('button', { name: /Choose another folder/ }).click()
    await page.getByRole('button', { name: 'Tax <img src=x onerror=alert(1)>' }).click()
    await page.getByRole('button', { name: 'Choose “Tax <img src=x onerror=alert(1)>”' }).click()
    await page.getByRole('checkbox', { name: 'Tax <img src=x onerror=alert(1)>' }).waitFor()
    await expectHarmless(page)
  }, 30_000)

  it('cannot get a script past the content security policy even if they became markup', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected' })
    const { page, complaints } = opened
    await page.getByRole('heading', { name: 'Folders', level: 1 }).waitFor()
    const outcome = await page.evaluate(() => {
      const script = document.createElement('script')
      try {
        script.textContent = 'globalThis.pwned = 1'
        document.body.append(script)
      } catch {
        return 'refused'
      }
      return 'pwned' in globalThis ? 'ran' : 'blocked'
    })
    expect(outcome).not.toBe('ran')
    await expect.poll(() => complaints.length).toBeGreaterThan(0)
    ;(complaints as string[]).length = 0
  }, 30_000)
})
