import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startHttpTransport, type HttpTransport } from '../../main/service/http-transport.ts'
import { HOW_TO_GET_A_BROWSER, launchBrowser } from '../e2e/browser.ts'
import { createFakeApplication, type FakeApplication } from '../fakes/application.ts'
import { realClock } from '../fakes/real-clock.ts'
import { createFakeHost } from '../fakes/host.ts'

const browser: Browser | undefined = await launchBrowser()
if (browser === undefined) {
  const missing = `not run: attacks from a real browser (${HOW_TO_GET_A_BROWSER})`
  if (process.env['REQUIRE_REAL'] === '1') throw new Error(missing)
  console.log(missing)
}

let application: FakeApplication
let transport: HttpTransport
let attacker: Server
let attackerPort: number
let context: BrowserContext
let page: Page

beforeAll(async () => {
  attacker = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' })
    response.end('<!doctype html><title>attacker</title><body></body>')
  })
  await new Promise<void>((resolve) => attacker.listen(0, resolve))
  attackerPort = (attacker.address() as AddressInfo).port
})
afterAll(async () => {
  attacker.close()
  await browser?.close()
})

beforeEach(async () => {
  if (browser === undefined) return
  const rendererDirectory = mkdtempSync(join(tmpdir(), 'tidekeep-renderer-'))
  writeFileSync(join(rendererDirectory, 'index.html'), '<!doctype html><title>Tidekeep</title><p>CANARY page</p>')
  application = createFakeApplication({ scenario: 'protected' })
  const host = createFakeHost({ clock: realClock, seed: Math.floor(performance.now()) })
  transport = await startHttpTransport({ application, host, rendererDirectory })
  context = await browser.newContext()
  page = await context.newPage()
})
afterEach(async () => {
  await context?.close()
  await transport?.close()
})

describe.runIf(browser !== undefined)('a person who signs in', () => {
  it('ends on an address without the code, and stays signed in', async () => {
    await page.goto(transport.signInUrl())
    expect(page.url()).toBe(`${transport.address}/`)
    expect(await page.evaluate(() => document.referrer)).toBe('')
    expect(await page.evaluate(() => document.cookie)).toBe('')
    expect(await callFromOwnPage()).toBe(200)
    await page.reload()
    expect(await page.title()).toBe('Tidekeep')
  })

  it('finds nothing by going back after signing out', async () => {
    await page.goto(transport.signInUrl())
    await page.evaluate(() =>
      fetch('/api/sign-out', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
    )
    await page.goto(`http://localhost:${attackerPort}/`)
    await page.goBack()
    expect(await page.content()).not.toContain('CANARY')
    expect(await callFromOwnPage()).toBe(401)
  })
})

function callFromOwnPage(): Promise<number> {
  return page.evaluate(async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    return (await fetch('/api/call/status.get', init)).status
  })
}

describe.runIf(browser !== undefined).each([
  ['another site', () => `http://localhost:${attackerPort}/`],
  // Cookies know no ports: the browser sends the session along here, and only the checks stand in the way.
  ['another port of this address', () => `http://127.0.0.1:${attackerPort}/`],
])('a page on %s, while its visitor is signed in,', (_name, address) => {
  it('can neither call, nor listen, nor look', async () => {
    await page.goto(transport.signInUrl())
    await page.goto(address())
    const outcome = await page.evaluate(attack, transport.address)
    expect(outcome).toEqual({
      simplePost: 'no answer to read',
      jsonPost: 'refused',
      events: 'refused',
      script: 'refused',
      image: 'refused',
    })
    await submitForm()
    const framed = await frameText()
    expect(framed).not.toContain('CANARY')
    expect(application.calls).toEqual([])
  })
})

/** Runs in the attacking page: everything a page can send without being let. */
async function attack(target: string): Promise<Record<string, string>> {
  const url = `${target}/api/call/pause.clear`
  const loaded = (element: HTMLElement): Promise<string> =>
    new Promise((resolve) => {
      element.addEventListener('load', () => resolve('loaded'))
      element.addEventListener('error', () => resolve('refused'))
      document.body.append(element)
    })
  const read = async (init: RequestInit): Promise<string> => {
    try {
      const response = await fetch(url, { method: 'POST', credentials: 'include', ...init })
      return response.type === 'opaque' ? 'no answer to read' : `read ${response.status}`
    } catch {
      return 'refused'
    }
  }
  // A POST nobody is asked about may also fail outright where the answer says so (Cross-Origin-Resource-Policy).
  const simple = await read({ mode: 'no-cors', headers: { 'content-type': 'text/plain' }, body: '{}' })
  const events = await new Promise<string>((resolve) => {
    const source = new EventSource(`${target}/api/events`, { withCredentials: true })
    source.addEventListener('status', () => resolve('read'))
    source.addEventListener('error', () => {
      source.close()
      resolve('refused')
    })
  })
  return {
    simplePost: simple === 'refused' ? 'no answer to read' : simple,
    jsonPost: await read({ headers: { 'content-type': 'application/json' }, body: '{}' }),
    events,
    script: await loaded(Object.assign(document.createElement('script'), { src: `${target}/` })),
    image: await loaded(Object.assign(document.createElement('img'), { src: `${target}/` })),
  }
}

/** A form that sends something JSON-like as text, into a frame. */
async function submitForm(): Promise<void> {
  await page.evaluate((target) => {
    document.body.innerHTML = `<iframe name="sink"></iframe>
      <form method="post" target="sink" enctype="text/plain" action="${target}/api/call/pause.clear"><input name='{"a":"' value='"}'></form>`
    return new Promise<void>((resolve) => {
      document.querySelector('iframe')!.addEventListener('load', () => resolve(), { once: true })
      document.querySelector('form')!.submit()
    })
  }, transport.address)
}

async function frameText(): Promise<string> {
  await page.evaluate((target) => {
    document.body.innerHTML = ''
    const frame = document.createElement('iframe')
    frame.src = `${target}/`
    return new Promise<void>((resolve) => {
      frame.addEventListener('load', () => resolve(), { once: true })
      document.body.append(frame)
    })
  }, transport.address)
  const frames = page.frames().filter((frame) => frame !== page.mainFrame())
  return (await Promise.all(frames.map((frame) => frame.content().catch(() => '')))).join('\n')
}

describe.runIf(browser !== undefined)('a name that leads to this computer (DNS rebinding)', () => {
  it('gets nothing, although the browser takes page and service for one origin', async () => {
    await page.goto(transport.signInUrl())
    // Chromium resolves every name below .localhost to loopback by itself, as a rebound name would be.
    const rebound = `http://evil.localhost:${transport.port}`
    const answer = await page.goto(`${rebound}/healthz`)
    expect(answer?.status()).toBe(403)
    expect(await callFromOwnPage()).toBe(403)
    expect(application.calls).toEqual([])
  })
})
