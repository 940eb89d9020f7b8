import { createHash, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ADA,
  BOB,
  CLIENT_ID,
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

type Form = Readonly<Record<string, string>>
interface Answer {
  readonly error?: string
  readonly access_token?: string
  readonly refresh_token?: string
  readonly device_code?: string
  readonly user_code?: string
}

const SCOPE = 'Files.ReadWrite openid profile offline_access'

async function post(path: string, form: Form): Promise<Answer> {
  const body = new URLSearchParams({ client_id: CLIENT_ID, ...form })
  return (await (await fetch(`${fixture.authority.origin}/${path}`, { method: 'POST', body })).json()) as Answer
}

const token = (form: Form, tenant = 'common'): Promise<Answer> => post(`${tenant}/oauth2/v2.0/token`, form)

/** A code as a browser gets it, and what redeems it. */
async function agree(changes: Form = {}): Promise<{ readonly redeem: Form; readonly page: string }> {
  fixture.authority.browserUser = ADA
  const verifier = randomBytes(32).toString('base64url')
  const redirect = changes['redirect_uri'] ?? 'http://localhost:4567'
  const query = new URLSearchParams({
    client_id: CLIENT_ID,
    response_type: 'code',
    response_mode: 'form_post',
    redirect_uri: redirect,
    scope: SCOPE,
    state: 's',
    code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    ...changes,
  })
  const page = await (
    await fetch(`${fixture.authority.origin}/common/oauth2/v2.0/authorize?${query.toString()}`)
  ).text()
  const code = /name="code" value="([^"]+)"/.exec(page)?.[1] ?? ''
  const grant = { grant_type: 'authorization_code', code_verifier: verifier, redirect_uri: redirect, scope: SCOPE }
  return { redeem: { ...grant, code }, page }
}

describe('the strict authority', () => {
  it('redeems a code once, for who proves that it asked, at the address it went to', async () => {
    const { redeem } = await agree()
    expect((await token(redeem)).access_token).toMatch(/^token-contoso/)
    expect((await token(redeem)).error).toBe('invalid_grant')
    const changes: readonly Form[] = [
      { code_verifier: 'other' },
      { redirect_uri: 'http://localhost:4568' },
      { client_id: SERVICE_ID },
      { code: 'guessed' },
    ]
    for (const change of changes) {
      const fresh = await agree()
      expect((await token({ ...fresh.redeem, ...change })).error, JSON.stringify(change)).toMatch(/^invalid_/)
    }
    const late = await agree()
    fixture.authority.advance(11 * 60_000)
    expect((await token(late.redeem)).error).toBe('invalid_grant')
  })

  it.each<Form>([
    { redirect_uri: 'http://127.0.0.1:4567' },
    { redirect_uri: 'http://localhost:4567/callback' },
    { redirect_uri: 'https://evil.example/' },
    { response_mode: 'query' },
    { code_challenge_method: 'plain' },
    { code_challenge: '' },
    { client_id: '00000000-0000-4000-8000-000000000000' },
  ])('gives no code for %j', async (change) => {
    const { page, redeem } = await agree(change)
    expect(redeem['code']).toBe('')
    expect(page).toContain('"error"')
  })

  it('gives out a device code once, and tells pending, declined, expired and too often apart', async () => {
    fixture.authority.grants.control.intervalS = 0.2
    const begin = async (): Promise<Answer> => post('common/oauth2/v2.0/devicecode', { scope: SCOPE })
    const poll = (code: Answer, grant = 'device_code'): Promise<Answer> =>
      token({ grant_type: grant, device_code: code.device_code ?? '', scope: SCOPE })
    const waits = await begin()
    expect((await poll(waits)).error).toBe('authorization_pending')
    expect((await poll(waits)).error).toBe('slow_down')
    fixture.authority.advance(1_000)
    fixture.authority.grants.enterCode(waits.user_code!, ADA)
    expect((await poll(waits, 'urn:ietf:params:oauth:grant-type:device_code')).refresh_token).toBeDefined()
    fixture.authority.advance(1_000)
    expect((await poll(waits)).error).toBe('bad_verification_code')
    const declined = await begin()
    fixture.authority.grants.enterCode(declined.user_code!, 'declined')
    expect((await poll(declined)).error).toBe('authorization_declined')
    const late = await begin()
    fixture.authority.advance(16 * 60_000)
    expect((await poll(late)).error).toBe('expired_token')
  })

  it('rotates refresh tokens, leaves the one before good, and ends all that were revoked or lay for 90 days', async () => {
    const refresh = (secret: string | undefined, more: Form = {}, tenant = 'common'): Promise<Answer> =>
      token({ grant_type: 'refresh_token', refresh_token: secret ?? '', scope: SCOPE, ...more }, tenant)
    const first = (await token((await agree()).redeem)).refresh_token
    const second = (await refresh(first)).refresh_token
    expect(second).not.toBe(first)
    expect((await refresh(first)).access_token).toBeDefined()
    expect((await refresh(first, { client_id: SERVICE_ID })).error).toBe('invalid_client')
    expect((await refresh(first, { scope: 'Sites.FullControl.All' })).error).toBe('invalid_grant')
    expect((await refresh(first, {}, BOB.tenant)).error).toBe('invalid_grant')
    fixture.authority.advance(91 * 86_400_000)
    expect((await refresh(second)).error).toBe('invalid_grant')
    const fresh = (await token((await agree()).redeem)).refresh_token
    fixture.authority.grants.revoke(ADA.userName)
    expect((await refresh(fresh)).error).toBe('invalid_grant')
  })

  it('lets a program in with its secret, in tenants that allowed it, for all its rights of one resource', async () => {
    const good = {
      grant_type: 'client_credentials',
      client_id: SERVICE_ID,
      client_secret: SERVICE_SECRET,
      scope: 'https://graph.microsoft.com/.default',
    }
    expect((await token(good, 'contoso')).access_token).toMatch(/^token-contoso/)
    expect((await token(good, 'contoso')).refresh_token).toBeUndefined()
    expect((await token(good, 'common')).error).toBe('unauthorized_client')
    expect((await token(good, 'elsewhere')).error).toBe('unauthorized_client')
    expect((await token({ ...good, client_secret: 'x' }, 'contoso')).error).toBe('invalid_client')
    expect((await token({ ...good, scope: 'Files.ReadWrite' }, 'contoso')).error).toBe('invalid_request')
    expect((await token({ grant_type: 'password' })).error).toBe('unsupported_grant_type')
  })
})
