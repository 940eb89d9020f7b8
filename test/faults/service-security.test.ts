import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startHttpTransport, type HttpTransport } from '../../main/service/http-transport.ts'
import { createFakeApplication, type FakeApplication } from '../fakes/application.ts'
import { createFakeHost, type FakeHost } from '../fakes/host.ts'
import { rawRequest, type RawAnswer } from '../fakes/raw-http.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const TOKEN = 'operator-token-canary-0123456789abcdef'
/** Of a server that hangs up soon once it has answered, and on nobody who is only slow. */
const PATIENT = { headersMs: 120_000, requestMs: 120_000, keepAliveMs: 300, checkMs: 50 }

let application: FakeApplication
let host: FakeHost & { readonly clock: VirtualClock }
let transport: HttpTransport
let cookie: string
let outside: string

/** Header lines of an honest client. */
type Lines = readonly string[]

beforeAll(() => {
  const root = mkdtempSync(join(tmpdir(), 'tidekeep-renderer-'))
  outside = join(root, 'outside.html')
  writeFileSync(outside, 'CANARY outside')
  mkdirSync(join(root, 'renderer', 'assets'), { recursive: true })
  writeFileSync(join(root, 'renderer', 'index.html'), '<!doctype html><title>Tidekeep</title>')
  writeFileSync(join(root, 'renderer', 'popup.html'), '<!doctype html><title>Popup</title>')
  writeFileSync(join(root, 'renderer', 'assets', 'app-1a2b.js'), 'export {}')
  writeFileSync(join(root, 'renderer', 'assets', 'app-1a2b.js.map'), 'CANARY source map')
})

beforeEach(async () => {
  application = createFakeApplication({ scenario: 'protected' })
  host = createFakeHost({ clock: new VirtualClock() })
  transport = await start(PATIENT)
  cookie = await signIn()
  return () => transport.close()
})

const start = (patience: typeof PATIENT): Promise<HttpTransport> =>
  startHttpTransport({ application, host, token: TOKEN, rendererDirectory: join(outside, '..', 'renderer'), patience })

const own = (): string => `127.0.0.1:${transport.port}`

function text(line: string, lines: Lines, body = ''): string {
  return `${line}\r\n${lines.join('\r\n')}${lines.length === 0 ? '' : '\r\n'}\r\n${body}`
}

function get(path: string, lines: Lines = [], host = own()): string {
  return text(`GET ${path} HTTP/1.1`, [`Host: ${host}`, `Cookie: ${cookie}`, ...lines])
}

function post(path: string, lines: Lines, body = '{}'): string {
  return text(
    `POST ${path} HTTP/1.1`,
    [`Host: ${own()}`, `Cookie: ${cookie}`, `Content-Length: ${Buffer.byteLength(body)}`, ...lines],
    body,
  )
}

const JSON_LINE = 'Content-Type: application/json'
const call = (lines: Lines = [JSON_LINE], body = '{}'): string => post('/api/call/pause.clear', lines, body)
const send = (raw: string): Promise<RawAnswer> => rawRequest({ port: transport.port, send: raw })

async function signIn(): Promise<string> {
  const url = new URL(transport.signInUrl())
  const answer = await send(text(`GET ${url.pathname}${url.search} HTTP/1.1`, [`Host: ${own()}`]))
  const session = /^set-cookie: ([^;\r]+)/im.exec(answer.headers)?.[1]
  if (answer.status !== 303 || session === undefined) throw new Error(`could not sign in: ${answer.text}`)
  return session
}

function bearer(token: string): string {
  return text('GET / HTTP/1.1', [`Host: ${own()}`, `Authorization: Bearer ${token}`])
}

describe('an honest client', () => {
  it('reads the page, the assets and the API with its cookie', async () => {
    expect(await send(get('/'))).toMatchObject({ status: 200, body: expect.stringContaining('Tidekeep') as string })
    expect(await send(get('/popup'))).toMatchObject({ status: 200, body: expect.stringContaining('Popup') as string })
    expect((await send(get('/assets/app-1a2b.js'))).headers).toMatch(/content-type: text\/javascript/i)
    expect(await send(call([JSON_LINE, `Origin: http://${own()}`, 'Sec-Fetch-Site: same-origin']))).toMatchObject({
      status: 200,
    })
    expect(application.calls).toHaveLength(1)
  })

  it('is welcome under each loopback name, with the port', async () => {
    for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
      const host = `${name}:${transport.port}`
      expect((await send(get('/healthz', [`Origin: http://${host}`], host))).status).toBe(200)
    }
  })

  it('uses the token of an operator without a cookie', async () => {
    expect((await send(bearer(TOKEN))).status).toBe(200)
  })

  it('reads health, readiness and metrics without either', async () => {
    for (const [path, status] of [
      ['/healthz', 200],
      ['/readyz', 503],
      ['/metrics', 200],
    ] as const) {
      expect((await send(text(`GET ${path} HTTP/1.1`, [`Host: ${own()}`]))).status).toBe(status)
    }
    await application.start()
    expect((await send(text('GET /readyz HTTP/1.1', [`Host: ${own()}`]))).status).toBe(200)
    await application.stop()
  })
})

interface Probe {
  readonly name: string
  readonly send: () => string
  /** The statuses that count as refused; 0 is a connection closed without a word. */
  readonly refusedWith: readonly number[]
}

const probes: Probe[] = []
const probe = (name: string, refusedWith: readonly number[], send: () => string): number =>
  probes.push({ name, send, refusedWith })

// Names a page elsewhere could be reached by, once its DNS answer was rebound to 127.0.0.1.
for (const [name, host] of [
  ['a rebound name', () => 'evil.example'],
  ['a rebound name with our port', () => `evil.example:${transport.port}`],
  ['localhost without a port', () => 'localhost'],
  ['127.0.0.1 without a port', () => '127.0.0.1'],
  ['localhost with another port', () => 'localhost:1'],
  ['0.0.0.0', () => `0.0.0.0:${transport.port}`],
  ['a decimal address', () => `2130706433:${transport.port}`],
  ['a hexadecimal address', () => `0x7f000001:${transport.port}`],
  ['an octal address', () => `0177.0.0.1:${transport.port}`],
  ['a short address', () => `127.1:${transport.port}`],
  ['another loopback address', () => `127.0.0.2:${transport.port}`],
  ['a wildcard DNS service', () => `127.0.0.1.nip.io:${transport.port}`],
  ['a name that begins like ours', () => `localhost.evil.example:${transport.port}`],
  ['a port that goes on as a name', () => `localhost:${transport.port}.evil.example`],
  ['a user name before the host', () => `127.0.0.1:${transport.port}@evil.example`],
  ['a trailing dot', () => `localhost.:${transport.port}`],
  ['upper case', () => `LOCALHOST:${transport.port}`],
  ['a mapped IPv6 address', () => `[::ffff:127.0.0.1]:${transport.port}`],
  ['an empty Host', () => ''],
] as const) {
  probe(`Host: ${name}`, [403], () => get('/', [], host()))
}
probe('no Host at all', [400], () => text('GET / HTTP/1.1', [`Cookie: ${cookie}`]))
probe('two Hosts, the second foreign', [400], () => get('/', ['Host: evil.example']))
probe('two Hosts, the first foreign', [400], () => get('/', [`Host: ${own()}`], 'evil.example'))
probe('two equal Hosts', [400], () => get('/', [`Host: ${own()}`]))
probe('health under a rebound name', [403], () => get('/healthz', [], `evil.example:${transport.port}`))
probe('metrics for another site', [403], () => get('/metrics', ['Sec-Fetch-Site: cross-site']))

probe('an absolute-form target elsewhere', [400], () =>
  text('GET http://evil.example/ HTTP/1.1', [`Host: ${own()}`, `Cookie: ${cookie}`]),
)
probe('an absolute-form target here', [400], () =>
  text(`GET http://${own()}/ HTTP/1.1`, [`Host: ${own()}`, `Cookie: ${cookie}`]),
)
probe('a target that begins with two slashes', [400], () => get('//evil.example/'))
probe('an asterisk target', [400, 405], () => text('OPTIONS * HTTP/1.1', [`Host: ${own()}`]))
probe('CONNECT', [0, 400, 405], () => text('CONNECT evil.example:443 HTTP/1.1', [`Host: ${own()}`]))
probe('HTTP/1.0', [400, 505], () => text('GET / HTTP/1.0', [`Host: ${own()}`, `Cookie: ${cookie}`]))
probe('HTTP/0.9', [0, 400, 505], () => 'GET /\r\n\r\n')
probe('HTTP/2 by prior knowledge', [0, 400, 405], () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
probe('a preflight', [405], () =>
  text('OPTIONS /api/call/pause.clear HTTP/1.1', [
    `Host: ${own()}`,
    'Origin: http://evil.example',
    'Access-Control-Request-Method: POST',
  ]),
)
for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE', 'QUERY', 'PROPFIND']) {
  probe(method, [400, 405], () =>
    text(`${method} /api/call/pause.clear HTTP/1.1`, [`Host: ${own()}`, `Cookie: ${cookie}`]),
  )
}
probe('a method in lower case', [0, 400], () => text('get / HTTP/1.1', [`Host: ${own()}`, `Cookie: ${cookie}`]))
probe('a call by GET', [404], () => get('/api/call/pause.clear'))
probe('a call by GET with a method override header', [404], () =>
  get('/api/call/pause.clear', ['X-HTTP-Method-Override: POST']),
)
probe('a call by GET with a method override in the query', [404], () => get('/api/call/pause.clear?_method=POST'))
probe('a call by HEAD', [404], () =>
  text('HEAD /api/call/pause.clear HTTP/1.1', [`Host: ${own()}`, `Cookie: ${cookie}`]),
)
probe('a sign-out by GET', [404], () => get('/api/sign-out'))

for (const [name, origin] of [
  ['null', () => 'null'],
  ['another site', () => 'http://evil.example'],
  ['our address as a prefix', () => `http://${own()}.evil.example`],
  ['our address as a suffix', () => `http://evil-${own()}`],
  ['https', () => `https://${own()}`],
  ['another port', () => 'http://127.0.0.1:1'],
  ['no port', () => 'http://127.0.0.1'],
  ['another of our names than Host', () => `http://localhost:${transport.port}`],
  ['an extension', () => 'chrome-extension://abcdefghijklmnop'],
  ['empty', () => ''],
] as const) {
  probe(`Origin: ${name}`, [403], () => call([JSON_LINE, `Origin: ${origin()}`]))
}
probe('two Origins', [400], () => call([JSON_LINE, `Origin: http://${own()}`, 'Origin: http://evil.example']))
probe('Sec-Fetch-Site: cross-site', [403], () => call([JSON_LINE, 'Sec-Fetch-Site: cross-site']))
probe('Sec-Fetch-Site: same-site (another port)', [403], () => call([JSON_LINE, 'Sec-Fetch-Site: same-site']))
probe('two Sec-Fetch-Site', [400], () => call([JSON_LINE, 'Sec-Fetch-Site: none', 'Sec-Fetch-Site: cross-site']))
probe('an embedding page elsewhere', [403], () => get('/', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Dest: iframe']))
probe('an event stream for another site', [403], () => get('/api/events', ['Sec-Fetch-Site: cross-site']))

for (const type of [
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/json, text/plain',
  'text/plain; application/json',
  'application/json-patch+json',
  '',
]) {
  probe(`a body of type "${type}"`, [415], () => call([`Content-Type: ${type}`]))
}
probe('a body without a type', [415], () => call([]))
probe('a beacon without a type', [415], () =>
  text('POST /api/sign-out HTTP/1.1', [`Host: ${own()}`, `Cookie: ${cookie}`, 'Content-Length: 0']),
)
probe('a body that is not JSON', [400], () => call([JSON_LINE], '{"a":'))
probe('a GET with a body', [400], () => get('/', ['Content-Length: 4']) + 'abcd')
probe('an unknown call', [400], () => post('/api/call/engine.format', [JSON_LINE]))
probe('a call named like an inherited member', [400, 404], () => post('/api/call/constructor', [JSON_LINE]))
probe('a call named __proto__', [400, 404], () => post('/api/call/__proto__', [JSON_LINE]))
probe('parameters that pollute', [400], () => call([JSON_LINE], '{"__proto__":{"admin":true}}'))

const anonymous = (lines: Lines): string => text('GET / HTTP/1.1', [`Host: ${own()}`, ...lines])
probe('no cookie', [401], () => anonymous([]))
probe('a made-up cookie', [401], () => anonymous([`Cookie: tidekeep-${transport.port}=${'0'.repeat(64)}`]))
probe('the cookie of another service', [401], () => anonymous([`Cookie: ${cookie.replace(/-\d+=/, '-1=')}`]))
probe('the token as a cookie', [401], () => anonymous([`Cookie: tidekeep-${transport.port}=${TOKEN}`]))
probe('the token as a password', [401], () =>
  anonymous([`Authorization: Basic ${Buffer.from(`:${TOKEN}`).toString('base64')}`]),
)
probe('an empty token', [401], () => anonymous(['Authorization: Bearer ']))
probe('the beginning of the token', [401], () => bearer(TOKEN.slice(0, -1)))
probe('the token and more', [401], () => bearer(`${TOKEN}0`))
probe('two tokens', [400], () => anonymous([`Authorization: Bearer ${TOKEN}`, 'Authorization: Bearer x']))
probe('a bad token beside a good cookie', [401], () => get('/', ['Authorization: Bearer wrong']))
for (const name of ['token', 'access_token', 'code', 'key', 'session']) {
  probe(`a secret as ?${name}=`, [400], () => get(`/?${name}=${TOKEN}`))
}
probe('a secret as ?TOKEN= of the event stream', [400], () => get(`/api/events?topics=status&TOKEN=${TOKEN}`))
probe('an empty sign-in code', [401], () => anonymous([]).replace('GET /', 'GET /sign-in?code='))
probe('a sign-in by POST', [401, 404], () =>
  text('POST /sign-in HTTP/1.1', [`Host: ${own()}`, JSON_LINE, 'Content-Length: 2'], '{}'),
)

for (const path of [
  '/../outside.html',
  '/%2e%2e/outside.html',
  '/..%2foutside.html',
  '/assets/../../outside.html',
  '/assets/%2e%2e/%2e%2e/outside.html',
  '/assets/..%5c..%5coutside.html',
  '/assets\\..\\..\\outside.html',
  '/./index.html',
  '/assets//app-1a2b.js',
  '/index.html%00.js',
  '/.env',
  '/assets/app-1a2b.js.map',
  '/file:///etc/passwd',
  `/${'a'.repeat(5000)}`,
]) {
  probe(`the path ${path.slice(0, 60)}`, [400, 404], () => get(path))
}

probe('both lengths (request smuggling)', [400], () => call([JSON_LINE, 'Transfer-Encoding: chunked']))
probe('two lengths', [400], () => call([JSON_LINE, 'Content-Length: 5']))
probe('a negative length', [400], () =>
  text('POST /api/call/pause.clear HTTP/1.1', [`Host: ${own()}`, JSON_LINE, 'Content-Length: -1']),
)
probe('a folded header', [400, 403], () => text('GET / HTTP/1.1', [`Host: ${own()}`, 'Cookie: a', ` ; ${cookie}`]))
probe('a header with a NUL', [400], () => get('/', ['X-Odd: a\0b']))
probe('a blank before the colon', [400], () => text('GET / HTTP/1.1', [`Host : ${own()}`, `Cookie: ${cookie}`]))
probe('a bare line feed', [400], () => `GET / HTTP/1.1\nHost: ${own()}\nCookie: ${cookie}\n\n`)
probe('a WebSocket upgrade from elsewhere', [0, 400, 403], () =>
  get('/', [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Origin: http://evil.example',
  ]),
)
probe('a WebSocket upgrade from here', [0, 400], () =>
  get('/', [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    `Origin: http://${own()}`,
  ]),
)

describe(`${probes.length} probes`, () => {
  it.each(probes)('refuses $name', async ({ send: raw, refusedWith }) => {
    const answer = await send(raw())
    expect(refusedWith).toContain(answer.status)
    expect(application.calls).toEqual([])
    expect(answer.text).not.toMatch(/CANARY|access-control-|x-powered-by|^server:/im)
    expect(answer.text).not.toMatch(/evil\.example/)
    expect(answer.text).not.toContain(TOKEN)
    expect(answer.text).not.toMatch(/\n\s+at .*:\d+/)
  })

  it('are more than the sixty the design asks for', () => {
    expect(probes.length).toBeGreaterThanOrEqual(60)
  })
})

describe('every answer', () => {
  it('carries the security headers, refusals included', async () => {
    const answers = await Promise.all([
      send(get('/')),
      send(get('/nowhere')),
      send(get('/', [], 'evil.example')),
      send(anonymous([])),
      send(call()),
      send(get('/healthz')),
    ])
    for (const { headers } of answers) {
      expect(headers).toMatch(/content-security-policy: default-src 'none'; script-src 'self'/i)
      expect(headers).toMatch(/x-content-type-options: nosniff/i)
      expect(headers).toMatch(/cross-origin-opener-policy: same-origin/i)
      expect(headers).toMatch(/cross-origin-resource-policy: same-origin/i)
      expect(headers).toMatch(/permissions-policy: /i)
      expect(headers).toMatch(/referrer-policy: no-referrer/i)
      expect(headers).toMatch(/cache-control: no-store/i)
    }
  })
})

describe('signing in', () => {
  it('leads away from the address with the code, with a cookie only this origin gets', async () => {
    const url = new URL(transport.signInUrl())
    const answer = await send(text(`GET ${url.pathname}${url.search} HTTP/1.1`, [`Host: ${own()}`]))
    expect(answer.status).toBe(303)
    expect(answer.headers).toMatch(/^location: \/$/im)
    expect(answer.headers).toMatch(/^set-cookie: tidekeep-\d+=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/im)
  })

  it('works once for each code', async () => {
    const url = new URL(transport.signInUrl())
    const raw = text(`GET ${url.pathname}${url.search} HTTP/1.1`, [`Host: ${own()}`])
    expect((await send(raw)).status).toBe(303)
    const second = await send(raw)
    expect(second.status).toBe(401)
    expect(second.headers).not.toMatch(/set-cookie/i)
  })

  it('does not use a code up on HEAD, which previews send', async () => {
    const url = new URL(transport.signInUrl())
    const target = `${url.pathname}${url.search}`
    expect((await send(text(`HEAD ${target} HTTP/1.1`, [`Host: ${own()}`, 'Connection: close']))).status).toBe(405)
    expect((await send(text(`GET ${target} HTTP/1.1`, [`Host: ${own()}`]))).status).toBe(303)
  })

  it('gives ten minutes for the first code and one for later ones', async () => {
    const fresh = await startHttpTransport({ application, host, rendererDirectory: '/nonexistent' })
    try {
      const statusOf = async (link: string): Promise<number> => {
        const url = new URL(link)
        const raw = text(`GET ${url.pathname}${url.search} HTTP/1.1`, [`Host: ${url.host}`])
        return (await rawRequest({ port: fresh.port, send: raw })).status
      }
      const first = fresh.signInUrl()
      await host.clock.advance(9 * 60_000)
      expect(await statusOf(first)).toBe(303)
      const [soon, late] = [fresh.signInUrl(), fresh.signInUrl()]
      await host.clock.advance(59_000)
      expect(await statusOf(soon)).toBe(303)
      await host.clock.advance(2_000)
      expect(await statusOf(late)).toBe(401)
    } finally {
      await fresh.close()
    }
  })

  it('never adopts a session that was chosen for the user (fixation)', async () => {
    const planted = `tidekeep-${transport.port}=${'a'.repeat(64)}`
    const url = new URL(transport.signInUrl())
    const answer = await send(
      text(`GET ${url.pathname}${url.search} HTTP/1.1`, [`Host: ${own()}`, `Cookie: ${planted}`]),
    )
    expect(answer.headers).not.toContain('a'.repeat(64))
    expect((await send(text('GET / HTTP/1.1', [`Host: ${own()}`, `Cookie: ${planted}`]))).status).toBe(401)
  })

  it('is for the user who runs the service, and does not use the code up for others', async () => {
    let userId = process.getuid!() + 1
    const shared = await startHttpTransport({
      application,
      host,
      rendererDirectory: '/nonexistent',
      peerUser: async () => userId,
    })
    try {
      const url = new URL(shared.signInUrl())
      const raw = text(`GET ${url.pathname}${url.search} HTTP/1.1`, [`Host: ${url.host}`])
      expect((await rawRequest({ port: shared.port, send: raw })).status).toBe(403)
      userId = process.getuid!()
      expect((await rawRequest({ port: shared.port, send: raw })).status).toBe(303)
    } finally {
      await shared.close()
    }
  })

  it('ends after twelve idle hours', async () => {
    await host.clock.advance(11 * 3_600_000)
    expect((await send(get('/'))).status).toBe(200)
    await host.clock.advance(13 * 3_600_000)
    expect((await send(get('/'))).status).toBe(401)
  })
})

describe('signing out', () => {
  it('ends the session, tells the browser to forget, and leaves nothing to go back to', async () => {
    expect((await send(get('/'))).headers).toMatch(/cache-control: no-store/i)
    const out = await send(post('/api/sign-out', [JSON_LINE]))
    expect(out.status).toBe(200)
    expect(out.headers).toMatch(/clear-site-data: "cache", "storage"/i)
    expect(out.headers).toMatch(/set-cookie: tidekeep-\d+=; .*Max-Age=0/i)
    expect((await send(get('/'))).status).toBe(401)
    expect((await send(call())).status).toBe(401)
  })

  it('ends the event streams of that session and of no other', async () => {
    const other = await signIn()
    const events = get('/api/events?topics=status')
    const mine = rawRequest({ port: transport.port, send: events })
    let received = ''
    let hangUp = (): void => undefined
    const theirs = rawRequest({
      port: transport.port,
      send: async (socket, stopped) => {
        socket.on('data', (chunk: string) => (received += chunk))
        socket.write(events.replace(cookie, other))
        await new Promise<void>((resolve) => (hangUp = resolve))
        expect(stopped()).toBe(false)
        socket.destroy()
      },
    })
    await expect.poll(() => received).toContain('event: status')
    await expect.poll(() => application.calls.length).toBe(2)
    await send(post('/api/sign-out', [JSON_LINE]))
    expect((await mine).body).toContain('event: status')
    expect((await send(get('/').replace(cookie, other))).status).toBe(200)
    hangUp()
    expect((await theirs).status).toBe(200)
  })
})

describe('guessing', () => {
  it('is over for a minute after ten wrong tokens, for right ones, too, while open windows go on', async () => {
    for (let guess = 0; guess < 9; guess++) expect((await send(bearer(`guess-${guess}`))).status).toBe(401)
    expect((await send(bearer('guess-9'))).status).toBe(429)
    const locked = await send(bearer(TOKEN))
    expect(locked.status).toBe(429)
    expect(locked.headers).toMatch(/^retry-after: 60$/im)
    expect((await send(get('/'))).status).toBe(200)
    await host.clock.advance(60_001)
    expect((await send(bearer(TOKEN))).status).toBe(200)
  })

  it('counts wrong sign-in codes, and does not use a right one up while locked', async () => {
    const url = new URL(transport.signInUrl())
    for (let guess = 0; guess < 10; guess++) {
      await send(text(`GET /sign-in?code=${guess} HTTP/1.1`, [`Host: ${own()}`]))
    }
    const raw = text(`GET ${url.pathname}${url.search} HTTP/1.1`, [`Host: ${own()}`])
    expect((await send(raw)).status).toBe(429)
  })

  it('cannot be done on the behalf of others: pages elsewhere and stale cookies count for nothing', async () => {
    for (let guess = 0; guess < 30; guess++) {
      await send(
        text('GET / HTTP/1.1', [`Host: ${own()}`, 'Sec-Fetch-Site: cross-site', 'Authorization: Bearer wrong']),
      )
      await send(text('GET / HTTP/1.1', [`Host: ${own()}`, `Cookie: tidekeep-${transport.port}=stale`]))
    }
    expect((await send(bearer(TOKEN))).status).toBe(200)
  })
})

describe('patience', () => {
  async function impatient(patience: Partial<typeof PATIENT>): Promise<void> {
    await transport.close()
    transport = await start({ ...PATIENT, ...patience })
  }

  it('hangs up on headers that trickle in (slowloris)', async () => {
    await impatient({ headersMs: 300 })
    const answer = await rawRequest({
      port: transport.port,
      send: async (socket, stopped) => {
        socket.write(`GET / HTTP/1.1\r\nHost: ${own()}\r\n`)
        for (let line = 0; !stopped(); line++) {
          socket.write(`X-${line}: a\r\n`)
          await new Promise((resolve) => setTimeout(resolve, 25))
        }
      },
    })
    expect([0, 408]).toContain(answer.status)
  })

  it('hangs up on a body that trickles in', async () => {
    await impatient({ headersMs: 1_500, requestMs: 1_500 })
    cookie = await signIn()
    const answer = await rawRequest({
      port: transport.port,
      send: async (socket, stopped) => {
        socket.write(
          text('POST /api/call/pause.clear HTTP/1.1', [
            `Host: ${own()}`,
            `Cookie: ${cookie}`,
            JSON_LINE,
            'Content-Length: 100000',
          ]),
        )
        while (!stopped()) {
          socket.write(' ')
          await new Promise((resolve) => setTimeout(resolve, 25))
        }
      },
    })
    expect([0, 400, 408]).toContain(answer.status)
    expect(application.calls).toEqual([])
  })

  it('hangs up on a connection that says nothing', async () => {
    await impatient({ headersMs: 300 })
    const answer = await rawRequest({ port: transport.port, send: async () => undefined })
    expect([0, 408]).toContain(answer.status)
  })
})

describe('size', () => {
  it('stops reading a 100 MB header almost at once', async () => {
    const answer = await rawRequest({
      port: transport.port,
      send: (socket, stopped) => flood(socket, stopped, `GET / HTTP/1.1\r\nHost: ${own()}\r\nX: `),
    })
    expect([0, 431]).toContain(answer.status)
    expect(answer.bytesSent).toBeLessThan(20_000_000)
  })

  it('refuses a 100 MB body by its length, before reading it', async () => {
    const head = text('POST /api/call/pause.clear HTTP/1.1', [
      `Host: ${own()}`,
      `Cookie: ${cookie}`,
      JSON_LINE,
      'Content-Length: 100000000',
    ])
    const answer = await rawRequest({ port: transport.port, send: (socket, stopped) => flood(socket, stopped, head) })
    expect([0, 413]).toContain(answer.status)
    expect(answer.bytesSent).toBeLessThan(20_000_000)
    expect(application.calls).toEqual([])
  })

  it('refuses a chunked 100 MB body without holding it', async () => {
    const head = text('POST /api/call/pause.clear HTTP/1.1', [
      `Host: ${own()}`,
      `Cookie: ${cookie}`,
      JSON_LINE,
      'Transfer-Encoding: chunked',
    ])
    const answer = await rawRequest({
      port: transport.port,
      send: (socket, stopped) => flood(socket, stopped, head, `10000\r\n${' '.repeat(65_536)}\r\n`),
    })
    expect([0, 413]).toContain(answer.status)
    expect(answer.bytesSent).toBeLessThan(20_000_000)
    expect(application.calls).toEqual([])
  })
})

/** Writes up to 100 MB, waiting for the socket, until the server hangs up. */
async function flood(
  socket: import('node:net').Socket,
  stopped: () => boolean,
  head: string,
  block = 'a'.repeat(65_536),
): Promise<void> {
  socket.write(head)
  for (let sent = 0; sent < 100_000_000 && !stopped() && !socket.destroyed; sent += block.length) {
    if (!socket.write(block)) {
      await Promise.race([
        new Promise((resolve) => socket.once('drain', resolve)),
        new Promise((resolve) => socket.once('close', resolve)),
      ])
    }
  }
}

describe('secrets', () => {
  it('never reach the log, whatever is refused', async () => {
    const code = new URL(transport.signInUrl()).searchParams.get('code')!
    await send(bearer(`${TOKEN}-nearly`))
    await send(get(`/?token=${TOKEN}`, [`Referer: http://${own()}/sign-in?code=${code}`]))
    await send(call([JSON_LINE], `{"x":"${TOKEN}"}`))
    application.failNext('pause.clear', new Error(`boom ${'x'.repeat(10)}`))
    const broken = await send(call())
    expect(broken.status).toBe(500)
    expect(broken.body).not.toContain('boom')
    const log = JSON.stringify(host.log.lines)
    for (const secret of [TOKEN, code, cookie.split('=')[1]!]) expect(log).not.toContain(secret)
  })
})

describe('the rest of the network', () => {
  // Linux answers for all of 127.0.0.0/8: what listens to every address listens to these, too.
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((each) => !each.internal && each.family === 'IPv4')
    .map(({ address }) => address)
    .concat(process.platform === 'linux' ? ['127.0.0.2'] : [])
  afterAll(() => {
    if (addresses.length === 0) console.log('not run: connecting over a network address (this machine has none)')
  })

  it('cannot connect at all', async () => {
    if (addresses.length === 0 && process.env['REQUIRE_REAL'] === '1')
      throw new Error('this machine has no network address')
    for (const host of addresses) {
      await expect(rawRequest({ port: transport.port, host, send: get('/healthz') })).rejects.toThrow('ECONNREFUSED')
    }
  })
})
