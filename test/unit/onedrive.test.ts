import { afterEach, describe, expect, it } from 'vitest'
import { formatLocation, parseLocation } from '../../common/location.ts'
import { createOneDriveProvider } from '../../main/providers/onedrive/index.ts'
import { openTarget } from '../../main/providers/registry.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { FakeTokens, startGraphFixture, type GraphFixture, type GraphFixtureOptions } from '../fakes/graph/harness.ts'
import { createFakeHost } from '../fakes/host.ts'
import { collectBytes, collectEntries, contentOf, hastyClock, memorySecrets, never, rel } from '../fakes/s3/harness.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const absent = { signal: never, metadata: { mtimeNs: 1_000_000_000n }, expect: { kind: 'absent' } } as const
const any = { signal: never, expect: { kind: 'any' } } as const

const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

async function start(options: GraphFixtureOptions = {}): Promise<GraphFixture> {
  const fixture = await startGraphFixture(options)
  cleanUps.push(() => fixture.close())
  return fixture
}

/** Another account on the same server. */
function accountOf(
  fixture: GraphFixture,
  tenant: string,
  driveId: string,
): { provider: TargetProvider; tokens: FakeTokens } {
  const tokens = new FakeTokens(fixture.server, { tenant, ownDriveId: undefined })
  const provider = createOneDriveProvider({
    account: { id: tenant, tokens, drive: { kind: 'drive', driveId }, graphOrigin: fixture.server.origin },
    folder: '',
    deps: { host: fixture.host, pool: undefined as never, secrets: memorySecrets({}) },
  })
  cleanUps.push(() => provider.close())
  return { provider, tokens }
}

describe('a OneDrive location', () => {
  it.each([
    ['onedrive://ada', 'ada', ''],
    ['onedrive://ada/', 'ada', ''],
    ['onedrive://work-1/Backups/Laptop', 'work-1', 'Backups/Laptop'],
    ['ONEDRIVE://ada/50% & more #1/', 'ada', '50% & more #1'],
  ])('%s', (raw, account, folder) => {
    const location = parseLocation(raw, (path) => path)
    expect(location).toEqual({ scheme: 'onedrive', account, folder })
    expect(parseLocation(formatLocation(location), (path) => path)).toEqual(location)
  })

  it.each([
    'onedrive:',
    'onedrive://',
    'onedrive:///x',
    'onedrive://a b/x',
    'onedrive://-/x',
    'onedrive://ada/../x',
    'onedrive://ada/a//b',
  ])('refuses %s', (raw) => {
    expect(() => parseLocation(raw, (path) => path)).toThrow(/cannot be used/)
  })

  it('asks for a sign-in where nobody is signed in', async () => {
    const deps = { host: createFakeHost(), pool: undefined as never, secrets: memorySecrets({}) }
    await expect(openTarget('onedrive://ada/x', {}, deps)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

describe('names in OneDrive', () => {
  it('never lets a name take the place of one that differs by case only, and says so', async () => {
    const { provider, drive } = await start({ clock: hastyClock })
    await provider.put(rel('Docs/README'), contentOf('one'), absent)
    for (const expectation of ['absent', 'any'] as const) {
      const put = provider.put(rel('Docs/Readme'), contentOf('two'), { ...absent, expect: { kind: expectation } })
      await expect(put).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining('"README"') as string,
      })
    }
    await expect(provider.put(rel('docs/other'), contentOf('x'), absent)).rejects.toMatchObject({ code: 'invalid' })
    await expect(provider.features.makeDirectory!(rel('DOCS'), { mtimeNs: 0n }, any)).rejects.toMatchObject({
      code: 'invalid',
    })
    await expect(provider.stat(rel('Docs/readme'), any)).rejects.toMatchObject({ code: 'not-found' })
    await provider.remove(rel('Docs/readme'), any)
    expect(drive.find(drive.root, ['Docs', 'README'])?.bytes.toString()).toBe('one')
    // Renaming by case alone is no collision.
    await provider.features.move!(rel('Docs/README'), rel('Docs/readme'), any)
    const listed = await collectEntries(provider.list(rel(''), any))
    expect(listed.map(({ path }) => path)).toEqual(['Docs', 'Docs/readme'])
  })

  it('refuses a path that is too long for OneDrive before anything is sent', async () => {
    const { provider, server } = await start()
    const path = rel(Array.from({ length: 50 }, () => 'folder-name').join('/'))
    await expect(provider.put(path, contentOf('x'), absent)).rejects.toMatchObject({ code: 'invalid' })
    expect(server.requests).toEqual([])
  })

  it('shows notebooks as what cannot be carried, and never reads them', async () => {
    const { provider, drive } = await start()
    drive.createPackage(drive.root, 'Notes')
    const [entry] = await collectEntries(provider.list(rel(''), any))
    expect(entry).toMatchObject({ path: 'Notes', kind: 'special' })
    await expect(collectBytes(provider.read(rel('Notes'), any))).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('a new folder in OneDrive', () => {
  it('is looked for and made once, however many files need it at once', async () => {
    const { server, provider } = await start()
    const paths = Array.from({ length: 12 }, (_, at) => rel(`new/inner/f${at}`))
    await Promise.all(paths.map((path) => provider.put(path, contentOf(path), absent)))
    expect(server.count('CreateFolder')).toBe(2)
    // Each of the two, the root, and the file that is looked for before it is put.
    expect(server.count('GetItem')).toBeLessThanOrEqual(3)
    await Promise.all([
      provider.features.makeDirectory!(rel('other'), { mtimeNs: 0n }, any),
      ...['a', 'b'].map((name) => provider.put(rel(`other/${name}`), contentOf(name), absent)),
    ])
    expect(server.count('CreateFolder')).toBe(3)
  })
})

describe('the pace of an account', () => {
  it('keeps to a Retry-After exactly, for everything the account does, and for no other account', async () => {
    const clock = new VirtualClock()
    const fixture = await start({ clock })
    const { server, provider } = fixture
    const other = server.addDrive({ id: 'drive2', kind: 'business', tenant: 'fabrikam' })
    const { provider: theirs } = accountOf(fixture, 'fabrikam', other.id)
    await provider.put(rel('a'), contentOf('x'), absent)
    server.forget()
    const action = {
      kind: 'status',
      status: 429,
      code: 'activityLimitReached',
      headers: { 'retry-after': '7' },
    } as const
    server.faults.add({ operation: 'GetItem', action })
    await expect(provider.stat(rel('a'), any)).rejects.toMatchObject({
      code: 'throttled',
      retry: { kind: 'after', delayMs: 7000 },
    })
    const looks = [provider.stat(rel('a'), any), fixture.open().stat(rel('a'), any)]
    expect(await theirs.stat(rel(''), any)).toMatchObject({ kind: 'directory' })
    await clock.advance(6999)
    expect(server.requests.filter(({ path }) => path.includes('drive1') || path.includes('/me/')).length).toBe(1)
    await clock.advance(1)
    await expect.poll(() => server.count('GetItem')).toBeGreaterThan(2)
    await Promise.all(looks)
  })

  it.each([
    ['a date', new Date(Date.now() + 60_000).toUTCString(), 'after'],
    ['an absurd time', '1000000000', 'after'],
    ['a negative time', '-5', 'backoff'],
    ['junk', 'soon', 'backoff'],
  ])('takes a Retry-After that is %s', async (_name, header, kind) => {
    const { server, provider } = await start({ clock: hastyClock })
    const action = {
      kind: 'status',
      status: 503,
      headers: { 'retry-after': header, date: new Date().toUTCString() },
    } as const
    server.faults.add({ operation: 'GetDrive', action })
    const error = await provider.stat(rel('a'), any).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'throttled', retry: { kind } })
    const { retry } = error as { retry: { kind: string; delayMs?: number } }
    if (retry.kind === 'after') expect(retry.delayMs).toBeLessThanOrEqual(15 * 60_000)
  })

  it('spreads requests out as a limit comes near', async () => {
    const waits: number[] = []
    const clock = { ...hastyClock, monotonic: () => 0, sleep: async (delayMs: number) => void waits.push(delayMs) }
    const { server, provider } = await start({ clock })
    server.rateLimit = { limit: 100, remaining: 10, resetS: 20 }
    for (let round = 0; round < 3; round++) await provider.stat(rel(''), any)
    // Ten requests are left for twenty seconds.
    expect(waits.at(-1)).toBeGreaterThanOrEqual(2000)
  })
})

describe('fetching a file that was just looked at', () => {
  it('asks once where it is, and never gives another version for the one that was looked at', async () => {
    const { server, provider, drive } = await start()
    await provider.put(rel('a'), contentOf('first'), absent)
    const { etag = '' } = await provider.stat(rel('a'), any)
    server.forget()
    const read = () => collectBytes(provider.read(rel('a'), { signal: never, expect: { kind: 'etag', etag } }))
    expect((await read()).toString()).toBe('first')
    expect(server.requests.map(({ operation }) => operation)).toEqual(['Download'])
    // Once only: what was looked at is not remembered for ever.
    await read()
    expect(server.count('GetItem')).toBe(1)
    await provider.stat(rel('a'), any)
    drive.replaceContent(drive.find(drive.root, ['a'])!, Buffer.from('other'))
    await expect(read()).rejects.toMatchObject({ code: 'precondition-failed' })
  })
})

describe('sign-in', () => {
  it('asks for a new token once when one is refused, and hands a claims challenge on', async () => {
    const { server, provider, tokens } = await start()
    await provider.stat(rel(''), any)
    server.tokens.revokeAll()
    await provider.stat(rel(''), any)
    expect(tokens.refreshes).toBe(2)
    const claims = Buffer.from('{"access_token":{}}').toString('base64')
    const headers = { 'www-authenticate': `Bearer realm="", error="insufficient_claims", claims="${claims}"` }
    server.faults.add({ operation: 'GetItem', action: { kind: 'status', status: 401, headers } })
    await provider.stat(rel(''), any)
    expect(tokens.claims).toEqual(['{"access_token":{}}'])
  })

  it('ends with "sign in again" when there is no new token, after one request', async () => {
    const { server, provider, tokens } = await start()
    await provider.stat(rel(''), any)
    server.tokens.revokeAll()
    server.forget()
    tokens.isSignedOut = true
    await expect(provider.stat(rel(''), any)).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(server.requests.length).toBe(1)
  })

  it('never reaches the drive of another tenant, whatever it is called', async () => {
    const fixture = await start()
    await fixture.provider.put(rel('same-name'), contentOf('contoso'), absent)
    const other = fixture.server.addDrive({ id: 'drive2', kind: 'personal', tenant: 'fabrikam' })
    const { provider: theirs } = accountOf(fixture, 'fabrikam', other.id)
    await theirs.put(rel('same-name'), contentOf('fabrikam'), absent)
    expect(fixture.bytes('same-name')?.toString()).toBe('contoso')
    expect(other.find(other.root, ['same-name'])?.bytes.toString()).toBe('fabrikam')
    expect(fixture.server.mixUps).toEqual([])
    // The server would tell: this account is pointed at a drive that is not its own.
    const { provider: confused } = accountOf(fixture, 'fabrikam', fixture.drive.id)
    await expect(confused.stat(rel('same-name'), any)).rejects.toMatchObject({ code: 'forbidden' })
    expect(fixture.server.mixUps.length).toBe(1)
  })

  it('sends no token to a storage host, and follows no page to another place than Graph', async () => {
    const { server, provider } = await start()
    await provider.put(rel('a'), contentOf('content'), absent)
    await collectBytes(provider.read(rel('a'), any))
    const storage = server.requests.filter(({ isStorage }) => isStorage)
    expect(storage.map(({ operation }) => operation)).toEqual(['UploadFragment', 'Download'])
    expect(storage.some(({ headers }) => 'authorization' in headers)).toBe(false)
    expect(server.requests.every(({ headers }) => headers['user-agent']?.startsWith('NONISV|Tidekeep|') === true)).toBe(
      true,
    )
  })
})

describe('what a drive tells of itself', () => {
  it('is its room, asked for each time', async () => {
    const { provider, drive } = await start({ quirks: { quotaBytes: 1000 } })
    expect(await provider.features.freeBytes!(any)).toBe(1000)
    drive.createFile(drive.root, 'other', Buffer.alloc(400))
    expect(await provider.features.freeBytes!(any)).toBe(600)
    await expect(provider.put(rel('big'), contentOf(Buffer.alloc(700)), absent)).rejects.toMatchObject({
      code: 'quota-exceeded',
    })
  })

  it('proves an old personal file by its SHA-1, and a file without any digest by reading it back', async () => {
    const old = await start({ clock: hastyClock, kind: 'personal', quirks: { noQuickXor: true } })
    expect(await old.provider.put(rel('a'), contentOf('x'), absent)).toMatchObject({ verifiedBy: 'checksum' })
    const bare = await start({ clock: hastyClock, kind: 'business', quirks: { noQuickXor: true } })
    expect(await bare.provider.put(rel('a'), contentOf('x'), absent)).toMatchObject({ verifiedBy: 'read-back' })
    const late = await start({ clock: hastyClock, quirks: { lateHashes: 2 } })
    expect(await late.provider.put(rel('a'), contentOf('x'), absent)).toMatchObject({ verifiedBy: 'checksum' })
    expect(late.server.count('Download')).toBe(0)
  })
})
