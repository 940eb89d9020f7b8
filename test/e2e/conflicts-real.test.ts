import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../fakes/host.ts'
import { ConflictedPlace } from '../fixtures/conflicted-place.ts'
import { HOW_TO_GET_A_BROWSER, launchBrowser, PATIENCE_MS } from './browser.ts'

const SEED = Number(process.env['SEED'] ?? 20_261_121)
const CONFLICTS = 100
/** Clicks after which the service is killed. */
const KILLS: ReadonlySet<number> = new Set([5, 11, 17])
/** What is clicked may be settled by itself meanwhile: so long it is waited for, milliseconds, and longer where nothing was ever there. */
const CLICK_MS = 3_000

/** A person who settles conflicts one way or another, and changes their mind now and then. */
class Person {
  readonly #page: Page
  readonly #place: ConflictedPlace
  readonly #random = seededRandom(SEED)
  #clicks = 0
  #clickMs = CLICK_MS

  constructor(page: Page, place: ConflictedPlace) {
    this.#page = page
    this.#place = place
  }

  async signIn(): Promise<void> {
    const link = await this.#place.serve()
    await this.#page.goto(link)
    await this.#page.goto(`${new URL(link).origin}/#/conflicts`)
  }

  /** Until nothing waits. Answers how many clicks it took. */
  async settleAll(): Promise<number> {
    while (await this.#hasConflicts()) {
      if (this.#clicks > 400) throw new Error(`After ${this.#clicks} clicks, conflicts wait still.`)
      const written = this.#random.next() < 0.3 ? await this.#pathOfFirst() : undefined
      if (written !== undefined) this.#place.writeAtTarget(written)
      const isDone = await (this.#random.next() < 0.5 ? this.#settleSome() : this.#settleFirst())
      // It was gone, or this machine is slow: then the next may take longer.
      this.#clickMs = isDone ? CLICK_MS : this.#clickMs + CLICK_MS
      if (this.#random.next() < 0.15) await this.#changeMind()
      if (!KILLS.has(++this.#clicks)) continue
      await this.#place.kill()
      await this.signIn()
    }
    return this.#clicks
  }

  /** The first that waits for a decision. */
  get #waiting() {
    const rows = this.#page.getByRole('grid', { name: 'Conflicts' }).getByRole('row')
    return rows.filter({ hasNotText: 'on its way' }).first()
  }

  /** Some wait for a decision, or a decision is still on its way: then it is waited for. */
  async #hasConflicts(): Promise<boolean> {
    const nothing = this.#page.getByRole('heading', { name: 'No conflicts' })
    const some = this.#waiting
    await expect.poll(async () => (await nothing.isVisible()) || (await some.isVisible())).toBe(true)
    return !(await nothing.isVisible())
  }

  async #pathOfFirst(): Promise<string | undefined> {
    const title = this.#waiting.locator('.path').getAttribute('title', { timeout: CLICK_MS })
    return (await title.catch(() => null)) ?? undefined
  }

  /** Whether something was decided. */
  async #settleFirst(): Promise<boolean> {
    // What waits may be settled by itself meanwhile: then there is nothing to click.
    await this.#click(this.#waiting)
    const card = this.#page.getByRole('article')
    const names = ['Keep this computer’s', 'Keep the target’s', 'Keep both']
    const button = card.getByRole('button', {
      name: names[Math.floor(this.#random.next() * names.length)]!,
      exact: true,
    })
    // The list may have moved on meanwhile: then another is looked at.
    return this.#click(button)
  }

  /** Whether something was decided. */
  async #settleSome(): Promise<boolean> {
    const grid = this.#page.getByRole('grid', { name: 'Conflicts' })
    await grid.focus()
    await this.#page.keyboard.press('Home')
    for (let index = 0; index < 8; index++) {
      await this.#page.keyboard.press(' ')
      await this.#page.keyboard.press('ArrowDown')
    }
    const names = ['Keep this computer’s…', 'Keep the target’s…', 'Keep both…']
    const name = names[Math.floor(this.#random.next() * names.length)]!
    const dialog = this.#page.getByRole('alertdialog')
    const isAsked = await this.#click(this.#page.getByRole('button', { name }))
    const isDone = isAsked && (await this.#click(dialog.getByRole('button', { name: /\(\d+\)$/ })))
    await dialog.waitFor({ state: 'hidden', timeout: this.#clickMs }).catch(() => this.#page.keyboard.press('Escape'))
    const clear = this.#page.getByRole('button', { name: 'Clear' })
    if (await clear.isVisible()) await this.#click(clear)
    return isDone
  }

  async #changeMind(): Promise<void> {
    const undo = this.#page.locator('.toast').getByRole('button', { name: 'Undo' })
    if (await undo.isVisible()) await this.#click(undo)
  }

  /** Whether it was there to be clicked: it may be settled by itself meanwhile. */
  async #click(what: Locator): Promise<boolean> {
    try {
      await what.click({ timeout: this.#clickMs })
      return true
    } catch {
      return false
    }
  }
}

describe('a person with many conflicts', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await launchBrowser()
    if (browser !== undefined) return
    const missing = `not run: conflicts in a browser (${HOW_TO_GET_A_BROWSER})`
    if (process.env['REQUIRE_REAL'] === '1') throw new Error(missing)
    console.log(missing)
  })
  afterAll(() => browser?.close())

  it(`settles ${CONFLICTS} of them while others write and the service is killed, and no content is lost (seed ${SEED})`, async () => {
    if (browser === undefined) return
    await using place = ConflictedPlace.make(CONFLICTS)
    expect(place.conflicts()).toHaveLength(CONFLICTS)
    const context = await browser.newContext({ viewport: { width: 1100, height: 720 } })
    context.setDefaultTimeout(PATIENCE_MS)
    try {
      const person = new Person(await context.newPage(), place)
      await person.signIn()
      const clicks = await person.settleAll()
      console.log(`${clicks} clicks settled ${CONFLICTS} conflicts (seed ${SEED})`)
    } catch (error) {
      const state = `${place.run('conflicts', 'list')}\n${place.run('queue', 'list')}\n${place.run('status')}`
      throw new Error(`not settled; what waits: ${state}`, { cause: error })
    } finally {
      await context.close()
    }
    expect(place.lost()).toEqual([])
  }, 300_000)
})
