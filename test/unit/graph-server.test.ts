import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Drive } from '../fakes/graph/drive.ts'
import { quickXorBase64 } from '../fakes/graph/quick-xor.ts'
import { startGraphServer, type GraphServer } from '../fakes/graph/server.ts'

let server: GraphServer
let personal: Drive
let library: Drive
let token: string
beforeAll(async () => {
  server = await startGraphServer()
  personal = server.addDrive({ id: 'p1', kind: 'personal', tenant: 'contoso' })
  library = server.addDrive({ id: 'l1', kind: 'documentLibrary', tenant: 'contoso' })
  token = server.tokens.issue({ tenant: 'contoso', ownDriveId: 'p1' })
})
afterAll(async () => server.close())

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly json: Readonly<Record<string, unknown>>
}

async function ask(
  method: string,
  path: string,
  more: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const isRaw = more.body instanceof Uint8Array
  const isAbsolute = path.startsWith('http')
  const reply = await fetch(isAbsolute ? path : `${server.origin}/v1.0${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(isAbsolute && !path.startsWith(server.origin) ? {} : { authorization: `Bearer ${token}` }),
      ...(more.body === undefined ? {} : { 'content-type': isRaw ? 'application/octet-stream' : 'application/json' }),
      ...more.headers,
    },
    ...(more.body === undefined
      ? {}
      : { body: isRaw ? (more.body as Uint8Array<ArrayBuffer>) : JSON.stringify(more.body) }),
  })
  const text = await reply.text()
  return {
    status: reply.status,
    headers: reply.headers,
    json: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const codeOf = ({ json }: Answer): string => (json['error'] as { code: string }).code

async function session(path: string, body: object = {}, headers: Record<string, string> = {}): Promise<string> {
  const begun = await ask('POST', `${path}:/createUploadSession`, { body, headers })
  expect(begun.status).toBe(200)
  return begun.json['uploadUrl'] as string
}

describe('the strict Graph server', () => {
  it('refuses requests without a token, and tokens nobody gave out', async () => {
    for (const authorization of ['', 'Bearer made-up', token])
      expect((await ask('GET', '/me/drive', { headers: { authorization } })).status).toBe(401)
  })

  it.each([
    'a:b',
    'a*b',
    'CON',
    'com7',
    '.lock',
    'desktop.ini',
    '~$x',
    'x_vti_y',
    'a|b',
    'x?',
    '<',
    'forms',
    ' x',
    'y ',
  ])('refuses the name %j', async (name) => {
    const made = await ask('POST', '/me/drive/root/children', { body: { name, folder: {} } })
    expect(made.status).toBe(400)
  })

  it('tells no names apart that differ by case, and refuses both at once', async () => {
    await ask('PUT', '/me/drive/root:/Case.txt:/content', { body: bytes('x') })
    expect((await ask('GET', '/me/drive/root:/cASE.TXT')).json['name']).toBe('Case.txt')
    const clash = await ask('PUT', '/me/drive/root:/CASE.txt:/content?@microsoft.graph.conflictBehavior=fail', {
      body: bytes('y'),
    })
    expect([clash.status, codeOf(clash)]).toEqual([409, 'nameAlreadyExists'])
  })

  it('takes percent-encoded paths and refuses what should be encoded', async () => {
    await ask('PUT', '/me/drive/root:/a%23b%25%20c.txt:/content', { body: bytes('x') })
    expect(personal.find(personal.root, ['a#b% c.txt'])).toBeDefined()
    expect((await ask('GET', '/me/drive/root:/bad%zz')).status).toBe(400)
  })

  it('holds If-Match against eTag and cTag, and moves the eTag with every change but the cTag only with content', async () => {
    const made = await ask('PUT', '/me/drive/root:/tags.txt:/content', { body: bytes('1') })
    const { id, eTag, cTag } = made.json as Record<string, string>
    const patched = await ask('PATCH', `/me/drive/items/${id}`, {
      body: { name: 'tags2.txt' },
      headers: { 'if-match': eTag! },
    })
    expect([patched.status, patched.json['cTag']]).toEqual([200, cTag])
    expect(patched.json['eTag']).not.toBe(eTag)
    const stale = await ask('DELETE', `/me/drive/items/${id}`, { headers: { 'if-match': eTag! } })
    expect([stale.status, codeOf(stale)]).toEqual([412, 'resourceModified'])
    expect((await ask('DELETE', `/me/drive/items/${id}`, { headers: { 'if-match': cTag! } })).status).toBe(204)
  })

  it('wants fragments in order, of 320 KiB, of one total, without a token', async () => {
    const step = 327_680
    const url = await session('/me/drive/root:/fragments.bin')
    const total = step * 2 + 5
    const put = (start: number, size: number, of = total, headers = {}): Promise<Answer> =>
      ask('PUT', url, {
        body: new Uint8Array(size),
        headers: { 'content-range': `bytes ${start}-${start + size - 1}/${of}`, ...headers },
      })
    expect((await put(0, step, total, { authorization: `Bearer ${token}` })).status).toBe(401)
    expect((await put(0, step - 1)).status).toBe(400)
    expect((await put(step, step)).status).toBe(416)
    expect((await put(0, step)).json['nextExpectedRanges']).toEqual([`${step}-`])
    expect((await put(0, step)).status).toBe(416)
    expect((await put(step, step, total + 1)).status).toBe(400)
    expect((await put(step, step)).status).toBe(202)
    expect((await ask('GET', url)).json['nextExpectedRanges']).toEqual([`${step * 2}-`])
    expect((await put(step * 2, 5)).status).toBe(201)
    expect((await ask('GET', url)).status).toBe(404)
    expect(personal.find(personal.root, ['fragments.bin'])?.bytes.length).toBe(total)
  })

  it('ends sessions after a while, and on demand', async () => {
    const url = await session('/me/drive/root:/expired.bin')
    expect((await ask('DELETE', url)).status).toBe(204)
    expect((await ask('GET', url)).status).toBe(404)
    const other = await session('/me/drive/root:/expired.bin')
    server.advance(3_600_000)
    token = server.tokens.issue({ tenant: 'contoso', ownDriveId: 'p1' })
    expect((await ask('GET', other)).status).toBe(404)
  })

  it('defers a commit as its kind of drive does', async () => {
    const url = await session('/drives/l1/root:/deferred.bin', { deferCommit: true })
    const headers = { 'content-range': 'bytes 0-3/4' }
    expect((await ask('PUT', url, { body: bytes('four'), headers })).status).toBe(202)
    expect(library.find(library.root, ['deferred.bin'])).toBeUndefined()
    expect((await ask('POST', url)).status).toBe(201)
    const own = await session('/me/drive/root:/deferred.bin', { deferCommit: true })
    expect((await ask('PUT', own, { body: bytes('four'), headers })).status).toBe(202)
    expect((await ask('POST', own)).status).toBe(400)
    const body = { name: 'deferred.bin', '@microsoft.graph.sourceUrl': own }
    expect((await ask('PUT', '/me/drive/root', { body })).status).toBe(201)
  })

  it('gives content away only at an address of another host that is over after a while', async () => {
    const made = await ask('PUT', '/me/drive/root:/content.txt:/content', { body: bytes('0123456789') })
    expect(made.json['file']).toMatchObject({ hashes: { quickXorHash: quickXorBase64(bytes('0123456789')) } })
    const away = await ask('GET', '/me/drive/root:/content.txt:/content')
    const url = away.headers.get('location')!
    expect([away.status, url.startsWith(server.storageOrigin)]).toEqual([302, true])
    expect((await fetch(url, { headers: { range: 'bytes=2-4' } })).headers.get('content-range')).toBe('bytes 2-4/10')
    expect((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
    server.storage.expireDownloads()
    expect((await fetch(url)).status).toBe(401)
  })

  it('copies in its own time, and tells at a monitor without a token', async () => {
    await ask('PUT', '/me/drive/root:/source.txt:/content', { body: bytes('copied') })
    const copying = await ask('POST', '/me/drive/root:/source.txt:/copy', { body: { name: 'copy.txt' } })
    const monitor = copying.headers.get('location')!
    expect([copying.status, personal.find(personal.root, ['copy.txt'])]).toEqual([202, undefined])
    expect((await ask('GET', monitor)).json['status']).toBe('inProgress')
    expect((await ask('GET', monitor)).json['status']).toBe('completed')
    expect(personal.find(personal.root, ['copy.txt'])?.bytes.toString()).toBe('copied')
  })

  it('keeps versions, and a recycle bin', async () => {
    for (const text of ['one', 'two']) await ask('PUT', '/me/drive/root:/v.txt:/content', { body: bytes(text) })
    const listed = await ask('GET', '/me/drive/root:/v.txt:/versions')
    const versions = listed.json['value'] as { id: string; size: number }[]
    expect(versions.length).toBe(2)
    expect((await ask('POST', `/me/drive/root:/v.txt:/versions/${versions[1]!.id}/restoreVersion`)).status).toBe(204)
    const item = personal.find(personal.root, ['v.txt'])!
    expect(item.bytes.toString()).toBe('one')
    await ask('DELETE', '/me/drive/root:/v.txt')
    expect((await ask('GET', '/me/drive/root:/v.txt')).status).toBe(404)
    expect((await ask('POST', `/drives/p1/items/${item.id}/restore`)).status).toBe(200)
    expect((await ask('GET', '/me/drive/root:/v.txt')).status).toBe(200)
  })

  it('gives the content of an earlier version at an address of its own, for a while, and never that of the present one', async () => {
    for (const text of ['one', 'two', 'three'])
      await ask('PUT', '/me/drive/root:/w.txt:/content', { body: bytes(text) })
    const { id } = personal.find(personal.root, ['w.txt'])!
    const versions = `/drives/p1/items/${encodeURIComponent(id)}/versions`
    const listed = (await ask('GET', versions)).json['value'] as { id: string; size: number }[]
    expect(listed.map(({ size }) => size)).toEqual([5, 3, 3])
    expect((await ask('GET', `${versions}/${listed[0]!.id}/content`)).status).toBe(400)
    expect((await ask('GET', `${versions}/made-up/content`)).status).toBe(404)
    const led = await ask('GET', `${versions}/${listed[2]!.id}/content`)
    const address = led.headers.get('location')!
    expect([led.status, await (await fetch(address)).text()]).toEqual([302, 'one'])
    server.storage.expireDownloads()
    expect((await fetch(address)).status).toBe(401)
    expect((await ask('GET', `${versions}/${listed[1]!.id}`)).status).toBe(400)
  })

  it('tells changes once, deleted items as deleted, and refuses tokens that are too old', async () => {
    const latest = await ask('GET', '/me/drive/root/delta?token=latest')
    expect(latest.json['value']).toEqual([])
    await ask('PUT', '/me/drive/root:/delta.txt:/content', { body: bytes('d') })
    await ask('DELETE', '/me/drive/root:/source.txt')
    const link = latest.json['@odata.deltaLink'] as string
    const told = (await ask('GET', link)).json['value'] as Record<string, unknown>[]
    expect(told.map(({ name, deleted }) => [name, deleted !== undefined])).toEqual([
      ['delta.txt', false],
      ['source.txt', true],
    ])
    expect(told.every(({ parentReference }) => (parentReference as { path?: string }).path === undefined)).toBe(true)
    personal.expireTokens()
    const gone = await ask('GET', link)
    expect([gone.status, codeOf(gone), gone.headers.get('location') !== null]).toEqual([410, 'resyncRequired', true])
    const sub = library.createFolder(library.root, 'sub')
    expect((await ask('GET', `/drives/l1/items/${sub.id}/delta`)).status).toBe(400)
  })

  it('rewrites Office files in libraries, and nowhere else', async () => {
    for (const [drive, isRewritten] of [
      ['l1', true],
      ['p1', false],
    ] as const) {
      const made = await ask('PUT', `/drives/${drive}/root:/r.docx:/content`, { body: bytes('office') })
      expect(Number(made.json['size']) !== 6).toBe(isRewritten)
    }
  })
})
