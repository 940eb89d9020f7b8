import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TransferView } from '../../common/protocol.ts'
import { openInterface, startBrowser } from './interface.ts'

/** So many that what comes next is below the window's edge. */
const MANY = 20

/** Files on their way, of which each `turn` has others. */
function flood(turn: number, count = MANY): readonly TransferView[] {
  return Array.from({ length: count }, (_, index) => ({
    jobId: turn * MANY + index,
    folderId: 'd0c0d0c0',
    path: `turn-${turn}/file-${index}.dat`,
    kind: 'upload',
    bytesDone: 0,
    bytesTotal: 5_000,
  }))
}

const live = { scenario: 'busy', path: '/#/activity/live', tickMs: 600_000 } as const

describe('Live, while files come and go', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it('moves nothing between two pictures: an animation is computed sixty times a second', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, live)
    const { page, application } = opened
    application.patchStatus({ headline: 'syncing', transfers: flood(1) })
    await page.getByText('turn-1/file-0.dat').waitFor()
    const running = () =>
      page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length)
    // What a page begins with has an end.
    await expect.poll(running).toBe(0)
    application.patchStatus({ transfers: flood(2) })
    await page.getByText('turn-2/file-0.dat').waitFor()
    expect(await running()).toBe(0)
  })

  it.each(['a/budget.csv', 'src/budget.csv', 'budget.csv'])('cuts no name that has room: %s', async (path) => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, live)
    const { page, application } = opened
    application.patchStatus({ headline: 'syncing', transfers: flood(1, 1).map((each) => ({ ...each, path })) })
    const name = page.locator('.transfers .path-name')
    await name.filter({ hasText: /^budget.csv$/ }).waitFor()
    expect(await name.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0)
  })

  it('writes other files into the rows that are there, but never into the one that has the focus', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, live)
    const { page, application } = opened
    const rows = page.locator('.transfers > li')
    const isSame = (index: number) => rows.nth(index).evaluate((row) => row.hasAttribute('data-marked'))
    application.patchStatus({ transfers: flood(1) })
    await page.getByText('turn-1/file-0.dat').waitFor()
    await rows.evaluateAll((all) => all.forEach((row) => row.setAttribute('data-marked', '')))
    application.patchStatus({ transfers: flood(2) })
    await page.getByText('turn-2/file-0.dat').waitFor()
    expect(await isSame(0)).toBe(true)
    expect(await isSame(MANY - 1)).toBe(true)
    await page.getByRole('button', { name: 'Skip for now: turn-2/file-3.dat' }).focus()
    application.patchStatus({ transfers: flood(3) })
    await page.getByText('turn-3/file-0.dat').waitFor()
    expect(await isSame(3)).toBe(false)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBeNull()
  })

  it('asks for what comes next while it is in sight only', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, live)
    const { page, application } = opened
    const asked = () => application.calls.filter(({ name }) => name === 'queue.list').length
    const queue = page.getByRole('grid', { name: 'Up next' })
    await queue.waitFor()
    await page.clock.install()
    await page.clock.pauseAt(Date.now() + 60_000)
    let turn = 0
    const askedInThreeTurns = async (): Promise<number> => {
      const before = asked()
      for (const last = turn + 3; turn < last;) {
        application.patchStatus({ transfers: flood(++turn) })
        const file = page.getByText(`turn-${turn}/file-0.dat`)
        await expect.poll(async () => (await page.clock.runFor(6_000), file.count())).toBe(1)
      }
      return asked() - before
    }
    // Where the list is, a browser tells some time after it was drawn there.
    await expect.poll(askedInThreeTurns).toBe(0)
    const before = asked()
    await queue.scrollIntoViewIfNeeded()
    await expect.poll(async () => (await page.clock.runFor(5_000), asked())).toBeGreaterThan(before)
  })
})
