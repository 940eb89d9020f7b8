import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startS3Server } from '../fakes/s3/server.ts'
import { LAUNCHER } from '../fixtures/built.ts'
import { contentsOf } from '../fixtures/rough-place.ts'
import { HOW_TO_GET_A_BROWSER, launchBrowser, PATIENCE_MS } from './browser.ts'
import { keepMessages } from './stage.ts'

/** An installation as a person has it: the built command, a home directory with documents in it, and a browser. */
class Installation implements AsyncDisposable {
  readonly base = realpathSync(mkdtempSync(join(tmpdir(), 'tk-real-')))
  readonly home = join(this.base, 'person')
  readonly documents = join(this.home, 'Documents')
  readonly complaints: string[] = []
  readonly page: Page
  #service: ChildProcess | undefined

  private constructor(page: Page) {
    this.page = page
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted|violat/i.test(message.text())) this.complaints.push(message.text())
    })
    mkdirSync(join(this.documents, 'letters'), { recursive: true })
    for (let index = 0; index < 12; index++)
      writeFileSync(join(this.documents, index % 2 === 0 ? 'letters' : '.', `letter ${index}.txt`), `Dear ${index}\n`)
  }

  static async open(browser: Browser): Promise<Installation> {
    const context = await browser.newContext({ viewport: { width: 1040, height: 720 } })
    context.setDefaultTimeout(PATIENCE_MS)
    await keepMessages(context)
    return new Installation(await context.newPage())
  }

  /** Starts `tidekeep serve` and follows the sign-in link it prints. */
  async start(): Promise<void> {
    const env = {
      ...process.env,
      HOME: this.home,
      TIDEKEEP_HOME: join(this.base, 'tidekeep'),
      TIDEKEEP_SECRETS: 'file',
      AWS_EC2_METADATA_DISABLED: 'true',
    }
    const child = spawn(process.execPath, [LAUNCHER, 'serve', '--port', '0'], { env, cwd: this.home, stdio: 'pipe' })
    this.#service = child
    await this.page.goto(await signInLink(child))
  }

  /** As a power cut: nothing is said, nothing is finished. */
  async kill(): Promise<void> {
    const child = this.#service
    if (child === undefined) return
    this.#service = undefined
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close()
    await this.kill()
    rmSync(this.base, { recursive: true, force: true })
  }
}

function signInLink(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const listen = (chunk: Buffer): void => {
      said += chunk.toString()
      const link = /^Sign in: (http:\S+)$/m.exec(said)?.[1]
      if (link !== undefined) resolve(link)
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('exit', (exitCode) => reject(new Error(`the service ended with ${exitCode}: ${said}`)))
  })
}

/** From the welcome to the step where a place for copies is chosen, with Documents ticked. */
async function chooseDocuments({ page }: Installation): Promise<void> {
  await page.getByRole('button', { name: 'Choose folders' }).click()
  await page.getByRole('checkbox', { name: 'Documents' }).check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'Where should copies be kept?' }).waitFor()
}

/** From a chosen place to the first backup being done. */
async function reviewAndStart({ page }: Installation): Promise<void> {
  await page.getByRole('button', { name: 'Test' }).click()
  await page.getByText('This place works.').waitFor()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('12 files to send').first().waitFor()
  await page.getByRole('button', { name: 'Start protecting' }).click()
  await seesProtected(page, 12)
}

async function seesProtected(page: Page, files: number): Promise<void> {
  const card = page.getByRole('article', { name: 'Documents' })
  await card.locator('.folder-state[data-state="protected"]').waitFor()
  await expect.poll(() => card.innerText()).toMatch(new RegExp(`\\b${files} files\\b`))
}

describe('the application as a stranger meets it', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await launchBrowser()
    if (browser !== undefined) return
    const missing = `not run: the real application in a browser (${HOW_TO_GET_A_BROWSER})`
    if (process.env['REQUIRE_REAL'] === '1') throw new Error(missing)
    console.log(missing)
  })
  afterAll(() => browser?.close())

  it('protects a folder on a disk, shows what changes, pauses and resumes, and is back after a kill', async () => {
    if (browser === undefined) return
    await using installation = await Installation.open(browser)
    const { page, documents, base } = installation
    const target = join(base, 'disk')
    mkdirSync(target)
    await installation.start()
    await chooseDocuments(installation)
    await page.getByLabel('Folder', { exact: true }).fill(target)
    await reviewAndStart(installation)
    const copy = join(target, 'Documents')
    expect(contentsOf(copy)).toEqual(contentsOf(documents))

    await page.getByRole('link', { name: 'Activity' }).click()
    await page.getByRole('tab', { name: 'History' }).click()
    appendFileSync(join(documents, 'letter 1.txt'), 'P.S. more\n')
    const rows = page.getByRole('grid', { name: 'History' }).getByRole('row')
    const newest = page.locator('[aria-rowindex="1"]')
    await newest.filter({ hasText: 'letter 1.txt' }).waitFor()
    expect(readFileSync(join(copy, 'letter 1.txt'), 'utf8')).toBe('Dear 1\nP.S. more\n')

    await page.getByRole('button', { name: 'Pause' }).first().click()
    await page.getByRole('menuitem', { name: 'Until I resume' }).click()
    await page.getByText('Paused until you resume').first().waitFor()
    writeFileSync(join(documents, 'written while paused.txt'), 'later')
    await page.getByRole('button', { name: 'Resume' }).first().click()
    await newest.filter({ hasText: 'written while paused.txt' }).waitFor()

    await installation.kill()
    await page.getByText('The connection to Tidekeep was lost').waitFor()
    writeFileSync(join(documents, 'written while it was dead.txt'), 'found again')
    await installation.start()
    await page.getByRole('link', { name: 'Folders' }).click()
    await seesProtected(page, 14)
    expect(contentsOf(copy)).toEqual(contentsOf(documents))
    await page.getByRole('link', { name: 'Activity' }).click()
    await page.getByRole('tab', { name: 'History' }).click()
    await rows.filter({ hasText: 'written while it was dead.txt' }).first().waitFor()
    await rows.filter({ hasText: 'letter 1.txt' }).first().waitFor()
    expect(installation.complaints).toEqual([])
  })

  it('protects a folder in an S3 store, with keys typed in, and keeps them over a restart', async () => {
    if (browser === undefined) return
    const keys = { accessKeyId: 'AKIDSTRANGER', secretAccessKey: 'a/strange+secret=' }
    const server = await startS3Server({ ...keys, buckets: ['keep'], region: 'eu-central-1' })
    try {
      await using installation = await Installation.open(browser)
      const { page, documents, base } = installation
      await installation.start()
      await chooseDocuments(installation)
      await page.getByRole('radio', { name: /S3-compatible/ }).check()
      await page.getByLabel('Endpoint').fill(server.endpoint)
      await page.getByLabel('Region').fill('eu-central-1')
      await page.getByLabel('Bucket').fill('keep')
      await page.getByLabel('Prefix').fill('laptop')
      await page.getByLabel('Access key ID').fill(keys.accessKeyId)
      await page.getByLabel('Secret access key').fill(keys.secretAccessKey)
      await reviewAndStart(installation)
      const stored = (): string | undefined => server.bytes('keep', 'laptop/Documents/letter 1.txt')?.toString()
      expect(stored()).toBe('Dear 1\n')
      await installation.kill()
      appendFileSync(join(documents, 'letter 1.txt'), 'P.S. more\n')
      await installation.start()
      await expect.poll(stored).toBe('Dear 1\nP.S. more\n')
      await seesProtected(page, 12)
      expect(readFileSync(join(base, 'tidekeep/config/settings.json'), 'utf8')).not.toContain(keys.secretAccessKey)
      expect(installation.complaints).toEqual([])
    } finally {
      await server.close()
    }
  })
})
