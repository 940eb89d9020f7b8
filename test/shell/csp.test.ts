import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallName, Handlers } from '../../common/protocol.ts'
import { loadStaticFiles } from '../../main/service/static-files.ts'
import { createSchemeHandler } from '../../main/shell/scheme.ts'
import { HOW_TO_GET_A_BROWSER, launchBrowser, PATIENCE_MS } from '../e2e/browser.ts'
import { createFakeApplication } from '../fakes/application.ts'
import {
  type Attacker,
  breachesOf,
  expectStopped,
  PAGE_ATTACKS,
  startAttacker,
  WATCH_BREACHES,
} from '../fixtures/page-attacks.ts'
import { ROOT } from './start-fake.ts'

/** The very answers of `app://tidekeep`, over http, since only Electron's browser knows that scheme. */
async function servePages(): Promise<{ readonly origin: string; readonly server: Server }> {
  const handle = createSchemeHandler(await loadStaticFiles(join(ROOT, 'out', 'renderer')))
  const server = createServer((request, response) => {
    const reply = handle(new Request(`app://tidekeep${request.url ?? '/'}`))
    response.writeHead(reply.status, Object.fromEntries(reply.headers))
    reply.arrayBuffer().then(
      (body) => response.end(Buffer.from(body)),
      (error: unknown) => response.destroy(error as Error),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const browser = await launchBrowser()
if (browser === undefined) {
  console.log(`not run: content security policy in Chromium (${HOW_TO_GET_A_BROWSER})`)
  it('has a browser to try the policy in', () => expect(process.env['REQUIRE_REAL']).not.toBe('1'))
} else {
  describePolicy(browser)
}

function describePolicy(browser: Browser): void {
  describe('the content security policy of app://, in a real Chromium', () => {
    let pages: Awaited<ReturnType<typeof servePages>>
    let victim: Page
    let attacker: Attacker

    beforeAll(async () => {
      pages = await servePages()
      attacker = await startAttacker()
      victim = await openPage('index.html')
    })
    afterAll(async () => {
      await browser.close()
      pages.server.close()
      attacker.close()
    })

    /** A page with the desktop's bridge, and every breach of its policy written down. */
    async function openPage(name: string): Promise<Page> {
      const application = createFakeApplication({ scenario: 'busy' })
      const page = await browser.newPage()
      page.setDefaultTimeout(PATIENCE_MS)
      await page.exposeFunction('answer', (call: CallName, params: never) =>
        (application.handlers as unknown as Record<string, Handlers['status.get']>)[call]?.(params, {
          transport: 'ipc',
        }),
      )
      await page.addInitScript(`${WATCH_BREACHES}
        window.tidekeep = { call: (name, params) => answer(name, params), subscribe: (topic, listener) => { if (topic === 'status') answer('status.get', {}).then(listener); return () => {} } }
      `)
      await page.goto(`${pages.origin}/${name}`)
      await page.waitForSelector('#root > *')
      return page
    }

    it.each([
      ['folders', 'Folders'],
      ['activity', 'Activity'],
      ['settings', 'Settings'],
      ['about', 'About'],
      ['add', 'What should be kept safe?'],
    ] as const)('is not breached once by the window at #/%s in normal use', async (route, heading) => {
      await victim.evaluate((hash) => (location.hash = hash), `#/${route}`)
      await victim.getByRole('heading', { level: 1, name: heading }).waitFor()
      expect(await breachesOf(victim)).toEqual([])
    })

    it('is not breached once by the popup in normal use', async () => {
      const popup = await openPage('popup.html')
      await popup.waitForLoadState('networkidle')
      expect(await breachesOf(popup)).toEqual([])
      await popup.close()
    })

    it.each(PAGE_ATTACKS)('stops %s', (_what, attack) => expectStopped(victim, attack, attacker))
  })
}
