import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toWireError } from '../../common/client.ts'
import { TidekeepError } from '../../common/errors.ts'
import type { Handlers } from '../../common/protocol.ts'
import { createFakeApplication, type FakeApplication, type Scenario } from '../fakes/application.ts'
import { openInterface, POPUP, startBrowser } from './interface.ts'

interface Desktop extends AsyncDisposable {
  readonly page: Page
  readonly application: FakeApplication
  /** What the page asked the shell to do. */
  readonly asked: readonly string[]
}

/**
 * The page as the desktop shell shows it: with a bridge in place, behind which an application of its
 * own answers. The service only delivers the files, and must not be called.
 */
async function openOnDesktop(browser: Browser, scenario: Scenario, path: string): Promise<Desktop> {
  const application = createFakeApplication({ scenario })
  const asked: string[] = []
  const opened = await openInterface(browser, {
    scenario: 'empty',
    path: '/about-nothing',
    context: { viewport: POPUP },
  })
  const { page } = opened
  await page.exposeFunction('hostCall', async (name: keyof Handlers, params: never) => {
    try {
      return { ok: true, result: await application.handlers[name](params, { transport: 'ipc' }) }
    } catch (error) {
      return { ok: false, error: toWireError(error) }
    }
  })
  await page.exposeFunction('hostAsked', (what: string) => void asked.push(what))
  await page.addInitScript(bridgeInPage)
  const end = application.subscribe('status', (status) => {
    void page.evaluate((value) => globalThis.dispatchEvent(new CustomEvent('pushed', { detail: value })), status)
  })
  await page.goto(new URL(path, page.url()).href)
  return {
    page,
    application,
    asked,
    [Symbol.asyncDispose]: async () => {
      end()
      expect(opened.application.calls.filter((call) => call.name !== 'status.get')).toEqual([])
      await opened[Symbol.asyncDispose]()
    },
  }
}

/** Runs in the page, so it can use nothing from here. */
function bridgeInPage(): void {
  const page = globalThis as unknown as {
    hostCall(name: string, params: unknown): Promise<{ ok: boolean; result: unknown; error: unknown }>
    hostAsked(what: string): Promise<void>
    tidekeep: unknown
  }
  page.tidekeep = Object.freeze({
    call: async (name: string, params: unknown) => {
      const answer = await page.hostCall(name, params)
      return answer.ok ? answer.result : Promise.reject(answer.error)
    },
    subscribe: (topic: string, listener: (value: unknown) => void) => {
      const hear = (event: Event): void => listener((event as CustomEvent).detail)
      if (topic === 'status') globalThis.addEventListener('pushed', hear)
      return () => globalThis.removeEventListener('pushed', hear)
    },
    pickFolder: async () => '/home/ada/Picked',
    pathForFile: (file: File) => `/dropped/${file.name}`,
    openWindow: (route: string) => void page.hostAsked(`open ${route}`),
    hide: () => void page.hostAsked('hide'),
  })
}

describe('inside the desktop application', () => {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  it('the popup talks through the bridge, follows what is pushed, opens the main window and hides', async () => {
    if (browser === undefined) return
    await using desktop = await openOnDesktop(browser, 'attention', '/popup.html')
    const { page, application, asked } = desktop
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor()
    application.setScenario('protected')
    await page.getByRole('heading', { name: 'Protected' }).waitFor()
    await page.getByRole('button', { name: 'Open Tidekeep' }).click()
    await page.keyboard.press('Escape')
    await expect.poll(() => asked).toEqual(['open folders', 'hide', 'hide'])
  })

  it('says what went wrong in the words of the service, although errors lose their class on the way', async () => {
    if (browser === undefined) return
    await using desktop = await openOnDesktop(browser, 'protected', '/popup.html')
    const { page, application } = desktop
    const refusal = { code: 'locked', message: 'Another pass is running.', fix: 'Wait a moment.' } as const
    application.failNext('folders.sync', new TidekeepError(refusal))
    await page.getByRole('button', { name: 'Sync now' }).click()
    await page.getByText('Another pass is running.').waitFor()
    await page.getByText('Wait a moment.').waitFor()
  })

  it('the wizard takes a folder from the native dialog and one that is dropped', async () => {
    if (browser === undefined) return
    await using desktop = await openOnDesktop(browser, 'empty', '/')
    const { page } = desktop
    await page.getByRole('button', { name: 'Choose folders' }).click()
    await page.getByRole('button', { name: /Choose another folder/ }).click()
    await page.getByRole('checkbox', { name: 'Picked' }).waitFor()
    const files = await page.evaluateHandle(() => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([], 'Holiday'))
      return transfer
    })
    await page.locator('.sources').dispatchEvent('drop', { dataTransfer: files })
    await page.getByRole('checkbox', { name: 'Holiday' }).waitFor()
    expect(await page.getByRole('checkbox', { name: 'Holiday' }).isChecked()).toBe(true)
    await page.getByText('/dropped/Holiday').waitFor()
  })

  it('a folder dropped anywhere on the window is ticked to be added, and one that is kept already gets a second place', async () => {
    if (browser === undefined) return
    await using desktop = await openOnDesktop(browser, 'protected', '/#/activity/history')
    const { page } = desktop
    const drop = async (name: string): Promise<void> => {
      const files = await page.evaluateHandle((named) => {
        const transfer = new DataTransfer()
        transfer.items.add(new File([], named))
        return transfer
      }, name)
      await page.locator('body').dispatchEvent('dragover', { dataTransfer: files })
      await page.locator('body').dispatchEvent('drop', { dataTransfer: files })
    }
    await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor()
    await drop("Ada's (old) 100% ~")
    const first = page.getByRole('checkbox', { name: "Ada's (old) 100% ~" })
    await first.waitFor()
    expect(await first.isChecked()).toBe(true)
    await page.goto(`${new URL(page.url()).origin}/#/folders/edit.d0c0d0c0`)
    await page.getByRole('tab', { name: 'Place' }).click()
    await page.getByRole('link', { name: 'Add it with another place' }).click()
    const second = page.getByRole('checkbox', { name: 'Documents' })
    await second.waitFor()
    expect([await second.isChecked(), await second.isEnabled()]).toEqual([true, true])
  })
})
