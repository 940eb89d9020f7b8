import type { Browser, JSHandle, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StatusView } from '../../common/protocol.ts'
import { type Opened, openInterface, POPUP, startBrowser, stopTime } from './interface.ts'

/** What a screen reader says by itself: all that changes in a live region, in the order in which it does. */
async function listen(page: Page): Promise<JSHandle<string[]>> {
  return page.evaluateHandle(() => {
    const liveness = (element: Element): string | null => {
      const { tagName } = element
      const role = element.getAttribute('role') ?? (tagName === 'OUTPUT' ? 'status' : '')
      const byRole: Readonly<Record<string, string>> = { status: 'polite', log: 'polite', alert: 'assertive' }
      return element.getAttribute('aria-live') ?? byRole[role] ?? null
    }
    const regionOf = (node: Node): Element | undefined => {
      let element = node instanceof Element ? node : node.parentElement
      while (element !== null && liveness(element) === null) element = element.parentElement
      return element === null || liveness(element) === 'off' ? undefined : element
    }
    const said: string[] = []
    const hear = (changes: readonly MutationRecord[]): void => {
      const regions = new Set(changes.flatMap(({ target }) => regionOf(target) ?? []))
      said.push(
        ...[...regions].map((region) => (region as HTMLElement).textContent ?? '').filter((text) => text !== ''),
      )
    }
    new MutationObserver(hear).observe(document.body, { subtree: true, childList: true, characterData: true })
    return said
  })
}

const FOLDER = 'd0c0d0c0'

/** A picture of work under way, of which every figure is another one each time. */
function atWork(turn: number): Partial<StatusView> {
  const bytesTotal = 90_000_000
  return {
    headline: 'syncing',
    sentence: `${100 - turn} files on the way.`,
    transfers: [
      { jobId: turn, folderId: FOLDER, path: `file-${turn}.dat`, kind: 'upload', bytesDone: turn * 1_000, bytesTotal },
    ],
    progress: {
      filesDone: turn,
      filesTotal: 100 + turn,
      bytesDone: turn * 1_000_000,
      bytesTotal,
      bytesPerSecond: 1_000_000 + turn,
      etaMs: 60_000 - turn * 1_000,
    },
    attention: [],
  }
}

const safe = { headline: 'protected', sentence: '100 files are safe.', transfers: [], progress: null } as const

/** Changes the status, and lets time pass until it was drawn, and `restMs` longer. */
async function become({ page, application }: Opened, patch: Partial<StatusView>, restMs: number): Promise<void> {
  application.patchStatus(patch)
  const sentence = page.locator('.rail-words, .popup-words').getByText(patch.sentence!, { exact: true })
  await expect.poll(async () => (await page.clock.runFor(50), sentence.count())).toBe(1)
  await page.clock.runFor(restMs)
}

/** The present state was read: what a page begins with is not told. */
async function present(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await page.locator('[data-stale]').waitFor({ state: 'detached' })
}

const PAGES = [
  ['the window', { path: '/#/activity/live' }],
  ['the popup', { path: '/popup.html', context: { viewport: POPUP } }],
] as const

describe('what is told to whoever does not see the screen', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it.each(PAGES)('in %s: that work began and that it is done, and none of its figures', async (_name, options) => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', tickMs: 3_600_000, ...options })
    const { page } = opened
    await present(page)
    await become(opened, { ...safe, sentence: '99 files are safe.' }, 0)
    await stopTime(page)
    const said = await listen(page)
    for (let turn = 1; turn <= 8; turn++) await become(opened, atWork(turn), 500)
    expect(await said.jsonValue()).toEqual([expect.stringMatching(/^Syncing\d+ files on the way\.$/)])
    await become(opened, safe, 5_000)
    expect(await said.jsonValue()).toEqual([expect.any(String), 'Protected100 files are safe.'])
    // One file that was saved: over before anybody could ask what it was.
    await become(opened, atWork(13), 1_000)
    await become(opened, { ...safe, sentence: '101 files are safe.' }, 5_000)
    expect(await said.jsonValue()).toHaveLength(2)
  })

  it.each(PAGES)('in %s: what newly needs a person, once, however it grows', async (_name, options) => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', tickMs: 3_600_000, ...options })
    const { page } = opened
    await present(page)
    await stopTime(page)
    const said = await listen(page)
    const failed = (count: number) =>
      ({ kind: 'dead', folderId: FOLDER, message: `${count} files failed.`, fix: 'Try again.', count }) as const
    const needs = (count: number): Partial<StatusView> => ({
      headline: 'attention',
      sentence: `Something failed ${count} times.`,
      attention: [failed(count)],
    })
    for (const count of [1, 2, 3]) await become(opened, needs(count), 2_000)
    expect(await said.jsonValue()).toEqual(['Needs attention1 files failed.'])
    const held = { kind: 'held', folderId: FOLDER, message: '9 deletions wait.', fix: 'Look.', count: 9 } as const
    const both = { ...needs(4), attention: [failed(4), held] }
    await become(opened, both, 2_000)
    expect(await said.jsonValue()).toEqual([expect.any(String), 'Needs attention9 deletions wait.'])
  })

  it('says how things stand after the connection was lost, though they stand as before', async () => {
    if (browser === undefined) return
    await using opened = await openInterface(browser, { scenario: 'protected', path: '/#/folders' })
    const { page } = opened
    await page.getByRole('heading', { name: 'Documents' }).waitFor()
    const said = await listen(page)
    await opened.stopService()
    await page.getByText('The connection to Tidekeep was lost').waitFor()
    await opened.startService()
    await expect.poll(async () => (await said.jsonValue()).at(-1)).toMatch(/^Protected/)
    expect(await said.jsonValue()).toHaveLength(2)
  })

  it.each([
    ['settings', 'Last looked'],
    ['diagnostics/log', 'pass ended'],
    ['folders', 'Last full check'],
  ])('not that time passes: %s', async (route, there) => {
    if (browser === undefined) return
    const lastCheckMs = Date.now() - 20_000
    const handlers = {
      'updates.get': async () => ({ installed: '1.0.0', lastCheckMs, state: { kind: 'current' } as const }),
    }
    await using opened = await openInterface(browser, { scenario: 'protected', path: `/#/${route}`, handlers })
    const { page } = opened
    await page.getByText(there).first().waitFor()
    await stopTime(page)
    await page.clock.runFor(2_000)
    const said = await listen(page)
    for (let second = 0; second < 10; second++) await page.clock.runFor(1_000)
    expect(await said.jsonValue()).toEqual([])
  })
})
