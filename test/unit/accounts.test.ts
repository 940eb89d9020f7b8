import { spawnSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AddPerson } from '../../main/accounts/accounts.ts'
import { readApplicationKey, type SignInPrompt } from '../../main/accounts/sign-in.ts'
import { createOneDriveProvider } from '../../main/providers/onedrive/index.ts'
import { createPool } from '../../main/pool.ts'
import { startSignInServer } from '../fakes/sign-in/server.ts'
import { browse, post } from '../fakes/sign-in/browser.ts'
import {
  BRIEF_LIFE_MS,
  ADA,
  BOB,
  SERVICE_ID,
  SERVICE_SECRET,
  startSignInFixture,
  type SignInFixture,
} from '../fakes/sign-in/harness.ts'

let fixture: SignInFixture
beforeEach(async () => {
  fixture = await startSignInFixture()
})
afterEach(() => fixture.close())

const { signal } = new AbortController()
const REFRESH = 'Token:refresh_token'

function wanted(
  method: SignInPrompt['kind'],
  onPrompt: AddPerson['onPrompt'],
  more: Partial<AddPerson> = {},
): AddPerson {
  return { place: fixture.place, driveId: undefined, method, onPrompt, signal, ...more }
}

/** One call to Graph as that account. */
async function driveOf(name: string, accounts = fixture.accounts): Promise<unknown> {
  const account = await accounts.open(name)
  const path = account.drive.kind === 'me' ? '/me/drive' : `/drives/${account.drive.driveId}`
  const token = await account.tokens.token({ signal })
  const reply = await fetch(`${account.graphOrigin}/v1.0${path}`, { headers: { authorization: `Bearer ${token}` } })
  return ((await reply.json()) as { id?: unknown }).id ?? reply.status
}

/** A certificate and its key, made now: none is kept with the tests. Undefined where nothing can make one. */
function selfSigned(): { readonly privateKey: string; readonly certificate: string } | undefined {
  const args = 'req -x509 -newkey rsa:2048 -nodes -keyout - -out - -days 2 -subj /CN=test'.split(' ')
  const { status, stdout } = spawnSync('openssl', args, { encoding: 'utf8' })
  if (status !== 0) return undefined
  const [privateKey = '', certificate = ''] = stdout.split(/(?=-----BEGIN CERTIFICATE)/)
  return { privateKey, certificate }
}

describe('signing in', () => {
  it.each(['browser', 'device-code'] as const)('by %s gives an account whose tokens open the drive', async (method) => {
    const state = await fixture.accounts.addPerson(wanted(method, fixture.answer(ADA)))
    expect(state).toEqual({ name: 'ada', kind: 'onedrive', userName: ADA.userName, state: 'signed-in', owner: 'work' })
    expect(await driveOf('ada')).toBe(ADA.driveId)
    // The next start needs nobody.
    fixture.authority.requests.length = 0
    expect(await driveOf('ADA', fixture.reopen())).toBe(ADA.driveId)
    expect(fixture.authority.requests).not.toContain('Authorize')
  })

  it.each(['browser', 'device-code'] as const)(
    'that is declined in the %s says so and keeps nothing',
    async (method) => {
      const adding = fixture.accounts.addPerson(wanted(method, fixture.answer('declined')))
      await expect(adding).rejects.toMatchObject({ code: 'unauthenticated', message: 'The sign-in was declined.' })
      expect(fixture.accounts.list()).toEqual([])
    },
  )

  it('with a code waits through polls, and ends when the code expires', async () => {
    fixture.authority.grants.control.intervalS = 0.05
    const adding = fixture.accounts.addPerson(wanted('device-code', () => undefined))
    const ended = expect(adding).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringMatching(/not entered in time/),
    })
    await expect.poll(() => fixture.authority.count('Token:device_code')).toBeGreaterThan(2)
    fixture.authority.advance(16 * 60_000)
    await ended
  })

  it('can be given up in either way', async () => {
    for (const method of ['browser', 'device-code'] as const) {
      const giveUp = new AbortController()
      const adding = fixture.accounts.addPerson(wanted(method, () => giveUp.abort(), { signal: giveUp.signal }))
      await expect(adding).rejects.toMatchObject({ code: 'cancelled' })
    }
    expect(fixture.accounts.list()).toEqual([])
  })

  it('is not ended by a strange answer, and takes the code from a form alone', async () => {
    const { authority } = fixture
    authority.browserUser = ADA
    const strange: number[] = []
    const adding = fixture.accounts.addPerson(
      wanted('browser', async ({ url }) => {
        const query = new URL(url).searchParams
        const to = query.get('redirect_uri')!
        const state = query.get('state')!
        for (const fields of [{ code: 'x', state: 'other' }, { code: 'x' }, { error: 'access_denied', state: 'other' }])
          strange.push((await post(to, new URLSearchParams(fields))).status)
        const twice = new URLSearchParams([
          ['code', 'x'],
          ['state', state],
          ['state', state],
        ])
        strange.push((await post(to, twice)).status)
        void browse(url, authority.origin)
      }),
    )
    expect((await adding).name).toBe('ada')
    expect(strange).toEqual([400, 400, 400, 400])
  })

  it('takes no code from an address, where a history or a log would keep it', async () => {
    const adding = fixture.accounts.addPerson(
      wanted('browser', async ({ url }) => {
        const query = new URL(url).searchParams
        const back = new URLSearchParams({ code: 'x', state: query.get('state')! })
        const to = query.get('redirect_uri')!.replace('localhost', '127.0.0.1')
        expect((await fetch(`${to}/?${back.toString()}`)).status).toBe(400)
      }),
    )
    await expect(adding).rejects.toMatchObject({ message: expect.stringMatching(/came in an address/) })
    expect(fixture.authority.count('Token:authorization_code')).toBe(0)
  })

  it('with a code of somebody else fails at the proof key', async () => {
    const { authority } = fixture
    authority.browserUser = ADA
    const adding = fixture.accounts.addPerson(
      wanted('browser', async ({ url }) => {
        const attackers = new URL(url)
        attackers.searchParams.set('code_challenge', 'A'.repeat(43))
        void browse(attackers.href, authority.origin)
      }),
    )
    await expect(adding).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringMatching(/invalid_grant, AADSTS501481/),
    })
  })

  it('tells an unreachable, a throttling and a false authority apart', async () => {
    const { authority } = fixture
    const add = (): Promise<unknown> => fixture.accounts.addPerson(wanted('device-code', fixture.answer(ADA)))
    const headers = { 'retry-after': '7' }
    authority.faults.add({ operation: 'DeviceCode', action: { kind: 'status', status: 429, headers } })
    await expect(add()).rejects.toMatchObject({ code: 'throttled', retry: { kind: 'after', delayMs: 7000 } })
    authority.faults.add({ operation: 'DeviceCode', action: { kind: 'error-in-200' } })
    await expect(add()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/sends no JSON/) })
    authority.faults.add({ operation: 'DeviceCode', action: { kind: 'reset-before' } })
    await expect(add()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/cut the connection/),
    })
    await authority.close()
    await expect(add()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/cannot be reached/),
    })
  })

  it('says what an administrator or the registration has to change', async () => {
    fixture.authority.grants.control.needsConsent = true
    const adding = fixture.accounts.addPerson(wanted('device-code', fixture.answer(ADA)))
    await expect(adding).rejects.toMatchObject({ code: 'unauthenticated', fix: expect.stringMatching(/administrator/) })
    const place = { ...fixture.place, clientId: '00000000-0000-4000-8000-000000000000' }
    const unknown = fixture.accounts.addPerson(wanted('device-code', fixture.answer(ADA), { place }))
    await expect(unknown).rejects.toMatchObject({
      code: 'unauthenticated',
      fix: expect.stringMatching(/microsoftClientId/),
    })
  })
})

describe('tokens', () => {
  it('are refreshed once for any number that wait, and the newest refresh token is kept', async () => {
    fixture.authority.grants.control.lifetimeMs = BRIEF_LIFE_MS
    await fixture.signIn(ADA)
    const { tokens } = await fixture.accounts.open('ada')
    const all = await Promise.all(Array.from({ length: 50 }, () => tokens.token({ signal })))
    expect(new Set(all).size).toBe(1)
    expect(fixture.authority.count(REFRESH)).toBe(1)
    // The refresh token of that answer is what the next start uses.
    fixture.authority.advance(89 * 86_400_000)
    expect(await driveOf('ada', fixture.reopen())).not.toBe(undefined)
    fixture.authority.advance(89 * 86_400_000)
    expect(await (await fixture.reopen().open('ada')).tokens.token({ signal })).toMatch(/^token-contoso/)
  })

  it('that are good are asked for once, whatever form the scopes have in the answer', async () => {
    fixture.authority.grants.control.shortScopes = true
    await fixture.signIn(ADA)
    const { tokens } = await fixture.accounts.open('ada')
    for (let count = 0; count < 100; count++) await tokens.token({ signal })
    expect(fixture.authority.count(REFRESH)).toBeLessThanOrEqual(1)
  })

  it('survive an answer that was lost: the refresh token before still counts', async () => {
    fixture.authority.grants.control.lifetimeMs = BRIEF_LIFE_MS
    await fixture.signIn(ADA)
    fixture.authority.faults.add({ operation: REFRESH, action: { kind: 'reset-after' } })
    const { tokens } = await fixture.accounts.open('ada')
    await expect(tokens.token({ signal })).rejects.toMatchObject({ code: 'unavailable' })
    expect(await tokens.token({ signal })).toMatch(/^token-contoso/)
  })

  it('that Graph refused are never given out again', async () => {
    await fixture.signIn(ADA)
    const { tokens } = await fixture.accounts.open('ada')
    const first = await tokens.token({ signal })
    tokens.expired('another')
    expect(await tokens.token({ signal })).toBe(first)
    tokens.expired(first, '{"access_token":{"nbf":{"essential":true}}}')
    expect(await tokens.token({ signal })).not.toBe(first)
    expect(fixture.authority.count(REFRESH)).toBe(1)
  })

  it('end with a sentence when the sign-in was revoked, and the authority is not asked again until somebody signs in', async () => {
    fixture.authority.grants.control.lifetimeMs = BRIEF_LIFE_MS
    await fixture.signIn(ADA)
    const { tokens } = await fixture.accounts.open('ada')
    await tokens.token({ signal })
    fixture.authority.grants.revoke(ADA.userName)
    for (let count = 0; count < 5; count++) {
      await expect(tokens.token({ signal })).rejects.toMatchObject({
        code: 'unauthenticated',
        retry: { kind: 'after-sign-in' },
        fix: 'Sign in again with "tidekeep account sign-in ada".',
      })
    }
    expect(fixture.authority.count(REFRESH)).toBe(2)
    expect(fixture.reopen().list()).toMatchObject([{ name: 'ada', state: 'sign-in-needed' }])
    await fixture.signIn(ADA)
    expect(await tokens.token({ signal })).toMatch(/^token-contoso/)
    expect(fixture.accounts.list()).toMatchObject([{ name: 'ada', state: 'signed-in' }])
  })

  it('that come late do not undo a sign-in that happened meanwhile', async () => {
    fixture.authority.grants.control.lifetimeMs = BRIEF_LIFE_MS
    await fixture.signIn(ADA)
    const stored = (): string => readFileSync(join(fixture.host.paths.config, 'accounts', 'account-ada.json'), 'utf8')
    let meanwhile = ''
    const run = async (): Promise<void> => {
      await fixture.signIn(ADA)
      meanwhile = stored()
    }
    fixture.authority.faults.add({ operation: REFRESH, action: { kind: 'run', run } })
    await (await fixture.accounts.open('ada')).tokens.token({ signal })
    expect(meanwhile).not.toBe('')
    expect(stored()).toBe(meanwhile)
  })

  it('of one that gives up do not end the refresh of the others', async () => {
    fixture.authority.grants.control.lifetimeMs = BRIEF_LIFE_MS
    await fixture.signIn(ADA)
    const { tokens } = await fixture.accounts.open('ada')
    const giveUp = new AbortController()
    const [first, second] = [tokens.token({ signal: giveUp.signal }), tokens.token({ signal })]
    giveUp.abort()
    await expect(first).rejects.toMatchObject({ code: 'cancelled' })
    expect(await second).toMatch(/^token-contoso/)
  })
})

describe('accounts', () => {
  it('are listed without a secret, and nothing on disk holds one in the clear', async () => {
    await fixture.signIn(ADA)
    await fixture.signIn(BOB, 'work')
    expect(fixture.accounts.list().map(({ name, userName }) => [name, userName])).toEqual([
      ['ada', ADA.userName],
      ['work', BOB.userName],
    ])
    const directory = join(fixture.host.paths.config, 'accounts')
    const texts = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'))
    for (const { secret } of fixture.authority.grants.handedOut)
      expect(texts.filter((text) => text.includes(secret))).toEqual([])
    expect(texts.every((text) => text.length > 2_560)).toBe(true)
  })

  it('keep their name from another person, and lend it to nobody', async () => {
    await fixture.signIn(ADA, 'home')
    await expect(fixture.signIn(BOB, 'home')).rejects.toMatchObject({ code: 'already-exists' })
    expect(await driveOf('home')).toBe(ADA.driveId)
    await fixture.signIn(ADA)
    expect(fixture.accounts.list().map(({ name }) => name)).toEqual(['home'])
  })

  it('that were removed forget their tokens, also those in memory and those a refresh under way brings', async () => {
    fixture.authority.grants.control.lifetimeMs = BRIEF_LIFE_MS
    await fixture.signIn(ADA)
    const { tokens } = await fixture.accounts.open('ada')
    const refreshing = tokens.token({ signal })
    await fixture.accounts.remove('ada')
    await refreshing.catch(() => undefined)
    await expect(tokens.token({ signal })).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(fixture.reopen().open('ada')).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(fixture.accounts.list()).toEqual([])
    expect(await fixture.secrets.get('account:ada')).toBeUndefined()
    await expect(fixture.accounts.remove('ada')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('whose file is damaged say so, are left alone, and can be removed to begin anew', async () => {
    await fixture.signIn(ADA)
    await fixture.signIn(BOB)
    const path = join(fixture.host.paths.config, 'accounts', 'account-ada.json')
    writeFileSync(path, 'no account')
    await expect(fixture.reopen().open('ada')).rejects.toMatchObject({ code: 'corrupt' })
    expect(readFileSync(path, 'utf8')).toBe('no account')
    expect(await driveOf('bob', fixture.reopen())).toBe(BOB.driveId)
    await fixture.accounts.remove('ada')
    await fixture.signIn(ADA)
    expect(await driveOf('ada')).toBe(ADA.driveId)
    const newer = JSON.stringify({ format: 'tidekeep-account', version: 2 })
    writeFileSync(path, newer)
    await expect(fixture.reopen().open('ada')).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('whose tokens were put into the file of another open nothing', async () => {
    await fixture.signIn(ADA)
    await fixture.signIn(BOB)
    await fixture.secrets.set('account:bob', (await fixture.secrets.get('account:ada'))!)
    const path = (name: string): string => join(fixture.host.paths.config, 'accounts', `account-${name}.json`)
    const { sealed } = JSON.parse(readFileSync(path('ada'), 'utf8')) as { sealed: object }
    const bob = JSON.parse(readFileSync(path('bob'), 'utf8')) as object
    writeFileSync(path('bob'), JSON.stringify({ ...bob, sealed }))
    const { tokens } = await fixture.reopen().open('bob')
    await expect(tokens.token({ signal })).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('of a program sign in by themselves, each in its tenant, and say so when the secret is refused', async () => {
    const add = (name: string, tenant: string, driveId: string, secret = SERVICE_SECRET): Promise<unknown> =>
      fixture.accounts.addApplication({
        name,
        driveId,
        place: { ...fixture.place, clientId: SERVICE_ID, tenant },
        key: { kind: 'secret', secret },
        signal,
      })
    await add('one', 'contoso', ADA.driveId)
    await add('two', 'fabrikam', BOB.driveId)
    expect([await driveOf('one'), await driveOf('two')]).toEqual([ADA.driveId, BOB.driveId])
    await expect(add('three', 'contoso', ADA.driveId, 'wrong')).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringMatching(/secret or certificate/),
    })
    await expect(add('four', 'elsewhere', ADA.driveId)).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(fixture.accounts.list().map(({ name }) => name)).toEqual(['one', 'two'])
  })

  it('of a program prove themselves with a certificate', async () => {
    const key = selfSigned()
    if (key === undefined) {
      if (process.env['REQUIRE_REAL'] === '1') throw new Error('openssl is needed')
      return console.log('not run: signing in with a certificate (there is no openssl)')
    }
    const thumbprint = createHash('sha256').update(new X509Certificate(key.certificate).raw).digest('hex')
    const authority = await startSignInServer({
      tokens: fixture.graph.tokens,
      registrations: [
        { clientId: SERVICE_ID, certificate: { thumbprint, pem: key.certificate }, tenants: ['contoso'] },
      ],
    })
    const add = (name: string, text: string): Promise<unknown> =>
      fixture.accounts.addApplication({
        name,
        driveId: ADA.driveId,
        place: { ...fixture.place, authority: authority.origin, clientId: SERVICE_ID, tenant: 'contoso' },
        key: readApplicationKey(text, 'certificate', 'key.pem'),
        signal,
      })
    try {
      await add('cert', `${key.privateKey}\n${key.certificate}`)
      expect(await driveOf('cert', fixture.reopen())).toBe(ADA.driveId)
      const other = selfSigned()!
      await expect(add('other', `${other.privateKey}\n${other.certificate}`)).rejects.toMatchObject({
        code: 'unauthenticated',
      })
      expect(() => readApplicationKey(key.privateKey, 'certificate', 'key.pem')).toThrow(/must hold a certificate/)
    } finally {
      await authority.close()
    }
  })

  it('of two tenants are never mixed in 10,000 calls, while tokens expire, are refused and revoked', async () => {
    const { graph, authority } = fixture
    await fixture.signIn(ADA)
    await fixture.signIn(BOB)
    const pool = createPool({ threads: 1 })
    const providers = await Promise.all(
      ['ada', 'bob'].map(async (name) => {
        const account = await fixture.accounts.open(name)
        const { host, secrets } = fixture
        return createOneDriveProvider({ account, folder: '', deps: { host, pool, secrets } })
      }),
    )
    let done = 0
    const failures = new Set<string>()
    for (let round = 0; round < 50; round++) {
      if (round % 7 === 3) graph.tokens.revokeAll()
      if (round % 11 === 5) authority.grants.control.lifetimeMs = round % 2 === 0 ? BRIEF_LIFE_MS : 3_600_000
      await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          providers[index % 2]!.stat(`f${index}` as never, { signal })
            .catch((error: { code: string }) => void failures.add(error.code))
            .then(() => done++),
        ),
      )
    }
    await Promise.all(providers.map((provider) => provider.close()))
    await pool.close()
    expect(done).toBe(10_000)
    expect([...failures]).toEqual(['not-found'])
    expect(graph.mixUps).toEqual([])
    const drives = new Set(graph.requests.map(({ path }) => /^\/drives\/([^/:]+)/.exec(path)?.[1]))
    expect(drives).toEqual(new Set([ADA.driveId, BOB.driveId, undefined]))
    console.log(`${graph.requests.length} requests of two tenants, ${authority.requests.length} sign-ins: 0 mixed`)
  })
})
