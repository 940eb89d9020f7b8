import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Application } from '../../main/application.ts'
import type { Clock, Situation, Surroundings } from '../../main/host.ts'
import { createApplication } from '../../main/compose.ts'
import { startHttpTransport } from '../../main/service/http-transport.ts'
import { createFakeHost } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { ADA, CLIENT_ID, startSignInFixture, type SignInFixture } from '../fakes/sign-in/harness.ts'
import { startBrowser } from './interface.ts'
import { RENDERER_DIRECTORY } from './setup.ts'
import { giveBack, takeStage } from './stage.ts'

const CALLER = { transport: 'direct' } as const
const TOKEN = 'b'.repeat(32)

/** The whole application, with Microsoft played by the fakes of its sign-in and of Graph, and a page of its interface. */
class Installation implements AsyncDisposable {
  readonly base = realpathSync(mkdtempSync(join(tmpdir(), 'tk-accounts-')))
  readonly source = join(this.base, 'Papers')
  readonly fixture: SignInFixture
  readonly application: Application
  readonly page: Page
  readonly #ends: (() => Promise<unknown>)[]

  private constructor(parts: Pick<Installation, 'fixture' | 'application' | 'page'>, ends: (() => Promise<unknown>)[]) {
    this.fixture = parts.fixture
    this.application = parts.application
    this.page = parts.page
    this.#ends = ends
    mkdirSync(this.source)
    for (let index = 0; index < 6; index++) writeFileSync(join(this.source, `letter ${index}.txt`), `Dear ${index}\n`)
  }

  static async open(browser: Browser, surroundings?: Surroundings): Promise<Installation> {
    const fixture = await startSignInFixture()
    const { clock, watched } = lookedAtOften(
      surroundings ?? { look: async () => ({ power: 'unknown', network: 'unknown' }) },
    )
    const host = { ...createFakeHost({ clock }), surroundings: watched }
    const application = await createApplication({ host, env: { TIDEKEEP_SECRETS: 'file' } })
    const { authority, graph } = fixture
    const settings = {
      microsoftClientId: CLIENT_ID,
      microsoftAuthority: authority.origin,
      microsoftGraph: graph.origin,
      settleMs: 50,
    }
    for (const [key, value] of Object.entries(settings))
      await application.handlers['settings.set']({ key, value }, CALLER)
    const rendererDirectory = RENDERER_DIRECTORY
    const http = await startHttpTransport({ application, host, port: 0, rendererDirectory, token: TOKEN })
    await application.start()
    const stage = await takeStage(browser, {
      viewport: { width: 1100, height: 720 },
      extraHTTPHeaders: { authorization: `Bearer ${TOKEN}` },
    })
    const { page } = stage
    await page.goto(`${http.address}/#/targets`)
    const ends = [
      () => fixture.close(),
      () => application.stop({ now: true }),
      () => http.close(),
      () => giveBack(browser, stage),
    ]
    return new Installation({ fixture, application, page }, ends)
  }

  /** What the drive holds of a file; undefined: nothing. */
  stored(name: string): string | undefined {
    const drive = this.fixture.graph.driveById(ADA.driveId)!
    return drive.find(drive.root, ['Tidekeep', 'Papers', name])?.bytes.toString()
  }

  /** Signs in with a code, as on another device. */
  async signIn(button: string): Promise<void> {
    await this.page.getByRole('button', { name: button }).click()
    await this.page.getByRole('button', { name: 'Use a code instead' }).click()
    this.fixture.authority.grants.enterCode(await this.page.locator('.code').innerText(), ADA)
    await this.page.getByRole('button', { name: 'Done' }).click()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends.toReversed()) await end()
    rmSync(this.base, { recursive: true, force: true })
  }
}

/** The machine is looked at often enough for a test: the wait after each look is short, and no other, such as what a target has to answer in. */
function lookedAtOften(surroundings: Surroundings): { readonly clock: Clock; readonly watched: Surroundings } {
  let hasLooked = false
  const clock: Clock = {
    ...realClock,
    after: (delayMs, run) => {
      const isNextLook = hasLooked && delayMs === 15_000
      if (isNextLook) hasLooked = false
      return realClock.after(isNextLook ? 50 : delayMs, run)
    },
  }
  const look = async (): ReturnType<Surroundings['look']> => {
    const situation = await surroundings.look()
    hasLooked = true
    return situation
  }
  return { clock, watched: { look } }
}

describe('the whole application with a OneDrive account', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it('signs in, keeps a folder there, parks when the sign-in ends, and goes on after the next with nothing lost', async () => {
    if (browser === undefined) return
    await using installation = await Installation.open(browser)
    const { page, application, fixture, source } = installation
    await installation.signIn('Sign in to OneDrive')
    const card = page.getByRole('article', { name: /^ada/ })
    await card.getByText(/of 1\sTiB used/).waitFor()
    await application.handlers['folders.add']({ path: source, target: 'onedrive://ada/Tidekeep/Papers' }, CALLER)
    await expect.poll(() => installation.stored('letter 5.txt')).toBe('Dear 5\n')
    await card.getByRole('link', { name: /Papers: Protected/ }).waitFor()

    fixture.authority.grants.revoke(ADA.userName)
    fixture.graph.tokens.revokeAll()
    writeFileSync(join(source, 'letter 5.txt'), 'Dear 5, once more\n')
    await card.getByText('1 folder waits and goes on exactly there afterwards').waitFor()
    expect(installation.stored('letter 5.txt')).toBe('Dear 5\n')
    await installation.signIn('Sign in again')
    await expect.poll(() => installation.stored('letter 5.txt')).toBe('Dear 5, once more\n')
    await card.getByText('Signed in', { exact: true }).waitFor()
  })

  it('pauses by the timetable at once, says why everywhere, and goes on when a person says so', async () => {
    if (browser === undefined) return
    await using installation = await Installation.open(browser)
    const { page, application, source } = installation
    await installation.signIn('Sign in to OneDrive')
    await application.handlers['folders.add']({ path: source, target: 'onedrive://ada/Tidekeep/Papers' }, CALLER)
    await expect.poll(() => installation.stored('letter 0.txt')).toBe('Dear 0\n')
    const headline = async (): Promise<string> => (await application.handlers['status.get']({}, CALLER)).headline
    await expect.poll(headline).toBe('protected')
    await application.handlers['settings.set']({ key: 'timetable', value: ['daily 00:00-24:00 pause quiet'] }, CALLER)
    await page.getByText('Paused - quiet', { exact: true }).first().waitFor()
    await expect.poll(headline).toBe('paused')
    writeFileSync(join(source, 'letter 0.txt'), 'Dear 0, later\n')
    // Asked for by a person: one pass goes through, and it stays paused.
    await application.handlers['folders.sync']({}, CALLER)
    await expect.poll(() => installation.stored('letter 0.txt')).toBe('Dear 0, later\n')
    await expect.poll(headline).toBe('paused')
    await page.getByRole('button', { name: 'Back up anyway' }).click()
    writeFileSync(join(source, 'letter 1.txt'), 'Dear 1, later\n')
    await expect.poll(() => installation.stored('letter 1.txt')).toBe('Dear 1, later\n')
    await expect.poll(headline).toBe('protected')
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(headline).toBe('paused')
  })

  it('stops by itself on a metered network and goes on by itself after it, while nobody does anything', async () => {
    if (browser === undefined) return
    let situation: Situation = { power: 'mains', network: 'unmetered' }
    await using installation = await Installation.open(browser, { look: async () => situation })
    const { page, application, source } = installation
    await installation.signIn('Sign in to OneDrive')
    await application.handlers['folders.add']({ path: source, target: 'onedrive://ada/Tidekeep/Papers' }, CALLER)
    const [notes, disk] = [join(installation.base, 'Notes'), join(installation.base, 'disk')]
    mkdirSync(notes)
    await application.handlers['folders.add']({ path: notes, target: disk }, CALLER)
    const headline = async (): Promise<string> => (await application.handlers['status.get']({}, CALLER)).headline
    await expect.poll(headline).toBe('protected')
    situation = { power: 'mains', network: 'metered' }
    await page.getByText('Paused on a metered network', { exact: true }).first().waitFor()
    writeFileSync(join(source, 'letter 2.txt'), 'Dear 2, later\n')
    // A disk of this computer is no concern of the network: what went there, and often, says that time enough has passed.
    for (const name of ['one', 'two', 'three']) {
      writeFileSync(join(notes, name), name)
      await expect.poll(() => existsSync(join(disk, name))).toBe(true)
    }
    expect(installation.stored('letter 2.txt')).toBe('Dear 2\n')
    situation = { power: 'mains', network: 'unmetered' }
    await expect.poll(() => installation.stored('letter 2.txt')).toBe('Dear 2, later\n')
    await expect.poll(headline).toBe('protected')
  })

  it('keeps to a limit that is set while it runs, and lets go of it as soon as a person says so', async () => {
    if (browser === undefined) return
    await using installation = await Installation.open(browser)
    const { page, application, source } = installation
    await installation.signIn('Sign in to OneDrive')
    await application.handlers['folders.add']({ path: source, target: 'onedrive://ada/Tidekeep/Papers' }, CALLER)
    const status = (): ReturnType<Application['handlers']['status.get']> =>
      application.handlers['status.get']({}, CALLER)
    await expect.poll(async () => (await status()).headline).toBe('protected')
    await application.handlers['settings.set']({ key: 'bandwidthLimit', value: 1 }, CALLER)
    const text = 'so slow that it takes hours '.repeat(1_000)
    writeFileSync(join(source, 'large.txt'), text)
    await expect.poll(async () => (await status()).transfers.map(({ path }) => path)).toEqual(['large.txt'])
    await page.getByText('Limited to 1 B/s up').waitFor()
    expect(installation.stored('large.txt')).toBeUndefined()
    expect((await status()).transfers).toHaveLength(1)
    await page.getByRole('button', { name: 'Full speed' }).click()
    await expect.poll(() => installation.stored('large.txt')).toBe(text)
  })
})
