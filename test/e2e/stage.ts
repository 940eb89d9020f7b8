import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { PASSING_MS } from '../../renderer/passing.ts'
import { PATIENCE_MS } from './browser.ts'

/** A page for one test, and then for the next: opening another takes longer than most tests. */
export interface Stage {
  readonly page: Page
  readonly context: BrowserContextOptions
  /** What the browser refused or threw since this test took it. */
  readonly complaints: string[]
  /** Something was done to the page that stays with it. */
  readonly isMarked: () => boolean
}

const spare = new WeakMap<Browser, Stage[]>()

/** A page in a context that is made so. Each test has a service at a port of its own, so that none finds what another left. */
export async function takeStage(browser: Browser, context: BrowserContextOptions): Promise<Stage> {
  const kept = spare.get(browser) ?? []
  const asked = JSON.stringify(context)
  const index = kept.findIndex((stage) => JSON.stringify(stage.context) === asked)
  const [found] = index < 0 ? [] : kept.splice(index, 1)
  found?.complaints.splice(0)
  return found ?? openStage(browser, context)
}

/** Makes the page what it was when it was new, for whoever takes it next; else closes it. */
export async function giveBack(browser: Browser, stage: Stage): Promise<void> {
  const { page, context, isMarked } = stage
  if (isMarked() || page.isClosed()) return page.context().close()
  for (const other of page.context().pages()) if (other !== page) await other.close()
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await page.goto('about:blank')
  await page.context().clearCookies()
  await page.mouse.move(0, 0)
  const { viewport = null, colorScheme = 'light', reducedMotion = 'no-preference', forcedColors = 'none' } = context
  if (viewport !== null) await page.setViewportSize(viewport)
  await page.emulateMedia({ colorScheme, reducedMotion, forcedColors })
  spare.set(browser, [...(spare.get(browser) ?? []), stage])
}

async function openStage(browser: Browser, context: BrowserContextOptions): Promise<Stage> {
  const opened = await browser.newContext(context)
  opened.setDefaultTimeout(PATIENCE_MS)
  await keepMessages(opened)
  const complaints: string[] = []
  opened.on('page', (page) => listen(page, complaints))
  const page = await opened.newPage()
  return { page, context, complaints, isMarked: watchForMarks(page) }
}

/** Everything a policy blocked or a script threw. Lost connections are the tests' own doing. */
function listen(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`threw: ${error.message}`))
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted|violat/i.test(message.text())) complaints.push(message.text())
  })
}

/** Scripts, functions and clocks that a test gives a page stay with it: the answer says whether there are any. */
function watchForMarks(page: Page): () => boolean {
  let isMarked = false
  const watch = <Of extends object>(of: Of, ...names: readonly (keyof Of)[]): void => {
    for (const name of names) {
      const method = of[name] as (...given: readonly unknown[]) => unknown
      const watched = (...given: readonly unknown[]): unknown => {
        isMarked = true
        return Reflect.apply(method, of, given)
      }
      Object.assign(of, { [name]: watched })
    }
  }
  watch(page, 'addInitScript', 'exposeFunction')
  watch(page.clock, 'install')
  return () => isMarked
}

/** Messages that go by themselves stay in these pages: how soon a machine comes to look at one is no part of a test. */
export async function keepMessages(context: BrowserContext): Promise<void> {
  await context.addInitScript(keepInPage, [...PASSING_MS])
}

/** Runs in the page. */
function keepInPage(passingMs: readonly number[]): void {
  const later = window.setTimeout.bind(window)
  const orMuchLater = (run: TimerHandler, delayMs?: number, ...rest: unknown[]): number =>
    later(run, delayMs !== undefined && passingMs.includes(delayMs) ? 3_600_000 : delayMs, ...rest)
  Object.assign(window, { setTimeout: orMuchLater })
}
