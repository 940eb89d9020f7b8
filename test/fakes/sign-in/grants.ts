import { createHash, createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto'
import type { TokenIssuer } from '../graph/tokens.ts'
import { SignInFailure, type FormRequest, type Person, type Registration } from './types.ts'

const CODE_MS = 600_000
const DEVICE_CODE_MS = 900_000
const REFRESH_MS = 90 * 86_400_000
const RESERVED = new Set(['openid', 'profile', 'offline_access'])
const TENANTS_OF_ALL = new Set(['common', 'organizations', 'consumers'])

interface Code {
  readonly person: Person
  readonly clientId: string
  readonly redirectUri: string
  readonly scope: string
  readonly challenge: string
  readonly untilMs: number
  isUsed: boolean
}

interface DeviceCode {
  readonly clientId: string
  readonly scope: string
  readonly userCode: string
  readonly untilMs: number
  answer: Person | 'declined' | undefined
  lastPollMs: number
  isUsed: boolean
}

interface Refresh {
  readonly person: Person
  readonly clientId: string
  readonly scopes: readonly string[]
  untilMs: number
}

/** What the strictness of {@link Grants} can be asked to do. */
export interface GrantControl {
  lifetimeMs: number
  /** Seconds between polls; sooner is refused. */
  intervalS: number
  /** Consent is missing: every token request is refused with AADSTS65001. */
  needsConsent: boolean
  /** Answers carry no resource in their scopes, as personal accounts' do. */
  shortScopes: boolean
}

/** The grants of OAuth as Microsoft's authority gives them, each checked. Nothing is given twice. */
export class Grants {
  readonly control: GrantControl = { lifetimeMs: 3_600_000, intervalS: 0.02, needsConsent: false, shortScopes: false }
  /** Every secret that was handed out, by what it is: for tests that look for them elsewhere. */
  readonly handedOut: { readonly what: string; readonly secret: string }[] = []
  readonly #registrations: ReadonlyMap<string, Registration>
  readonly #tokens: TokenIssuer
  readonly #now: () => number
  readonly #origin: () => string
  readonly #codes = new Map<string, Code>()
  readonly #deviceCodes = new Map<string, DeviceCode>()
  readonly #refreshes = new Map<string, Refresh>()

  constructor(parts: {
    registrations: readonly Registration[]
    tokens: TokenIssuer
    now: () => number
    origin: () => string
  }) {
    this.#registrations = new Map(parts.registrations.map((each) => [each.clientId, each]))
    this.#tokens = parts.tokens
    this.#now = parts.now
    this.#origin = parts.origin
  }

  /** `/authorize`, after the person agreed: the code that goes to the redirect address. */
  authorize({ tenant, form }: FormRequest, person: Person): { code: string; redirectUri: string; state: string } {
    const clientId = this.#publicClient(form).clientId
    const redirectUri = form.get('redirect_uri') ?? ''
    const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined
    // Any port, but this host and this path: 127.0.0.1 is another address.
    if (url?.protocol !== 'http:' || url.hostname !== 'localhost' || url.pathname !== '/')
      throw new SignInFailure('invalid_request', 50011)
    if (form.get('response_type') !== 'code' || form.get('response_mode') !== 'form_post')
      throw new SignInFailure('unsupported_response_type', 700054)
    const challenge = form.get('code_challenge') ?? ''
    if (form.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge))
      throw new SignInFailure('invalid_request', 501491)
    this.#checkTenant(tenant, person)
    const code = this.#secret('authorization code')
    const scope = form.get('scope') ?? ''
    const untilMs = this.#now() + CODE_MS
    this.#codes.set(code, { person, clientId, redirectUri, scope, challenge, untilMs, isUsed: false })
    return { code, redirectUri, state: form.get('state') ?? '' }
  }

  /** `/devicecode`. */
  deviceCode({ form }: FormRequest): object {
    const { clientId } = this.#publicClient(form)
    const deviceCode = this.#secret('device code')
    const userCode = randomBytes(5).toString('hex').toUpperCase().slice(0, 9)
    const scope = form.get('scope') ?? ''
    const untilMs = this.#now() + DEVICE_CODE_MS
    const pending = { clientId, scope, userCode, untilMs, answer: undefined, lastPollMs: 0, isUsed: false }
    this.#deviceCodes.set(deviceCode, pending)
    const uri = `${this.#origin()}/devicelogin`
    const message = `To sign in, open ${uri} and enter the code ${userCode}.`
    const { intervalS: interval } = this.control
    return { user_code: userCode, device_code: deviceCode, verification_uri: uri, expires_in: 900, interval, message }
  }

  /** A person typed a code on the page for it. */
  enterCode(userCode: string, answer: Person | 'declined'): void {
    const found = [...this.#deviceCodes.values()].find((each) => each.userCode === userCode)
    if (found === undefined) throw new Error(`nobody was given the code ${userCode}`)
    found.answer = answer
  }

  /** `/token`. */
  token(request: FormRequest): object {
    const { form } = request
    if (this.control.needsConsent) throw new SignInFailure('invalid_grant', 65001, { suberror: 'consent_required' })
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.#redeem(request)
      case 'device_code':
      case 'urn:ietf:params:oauth:grant-type:device_code':
        return this.#poll(request)
      case 'refresh_token':
        return this.#refresh(request)
      case 'client_credentials':
        return this.#application(request)
      default:
        throw new SignInFailure('unsupported_grant_type', 70003)
    }
  }

  /** Password changed, administrator revoked, device lost: nothing of this person refreshes any more. */
  revoke(userName: string): void {
    for (const [secret, { person }] of this.#refreshes) if (person.userName === userName) this.#refreshes.delete(secret)
  }

  #redeem({ tenant, form }: FormRequest): object {
    const { clientId } = this.#publicClient(form)
    const code = this.#codes.get(form.get('code') ?? '')
    if (code === undefined || code.isUsed || code.clientId !== clientId) throw new SignInFailure('invalid_grant', 54005)
    code.isUsed = true
    if (code.untilMs <= this.#now()) throw new SignInFailure('invalid_grant', 70008)
    if (form.get('redirect_uri') !== code.redirectUri) throw new SignInFailure('invalid_client', 50011)
    const proof = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    if (proof !== code.challenge) throw new SignInFailure('invalid_grant', 501481)
    this.#checkTenant(tenant, code.person)
    return this.#answer(code.person, clientId, form.get('scope') ?? code.scope)
  }

  #poll({ form }: FormRequest): object {
    const { clientId } = this.#publicClient(form)
    const code = this.#deviceCodes.get(form.get('device_code') ?? '')
    if (code === undefined || code.clientId !== clientId || code.isUsed)
      throw new SignInFailure('bad_verification_code', 70018)
    const now = this.#now()
    if (code.untilMs <= now) throw new SignInFailure('expired_token', 70020)
    // A tenth is forgiven: timers are not exact.
    const isTooSoon = now - code.lastPollMs < this.control.intervalS * 900 - 5
    code.lastPollMs = now
    if (isTooSoon) throw new SignInFailure('slow_down', 70021)
    if (code.answer === undefined) throw new SignInFailure('authorization_pending', 70016)
    code.isUsed = true
    if (code.answer === 'declined') throw new SignInFailure('authorization_declined', 70017)
    return this.#answer(code.answer, clientId, code.scope)
  }

  #refresh({ tenant, form }: FormRequest): object {
    const { clientId } = this.#publicClient(form)
    const refresh = this.#refreshes.get(form.get('refresh_token') ?? '')
    if (refresh === undefined || refresh.clientId !== clientId) throw new SignInFailure('invalid_grant', 50173)
    if (refresh.untilMs <= this.#now()) throw new SignInFailure('invalid_grant', 700082)
    this.#checkTenant(tenant, refresh.person)
    const wanted = scopesOf(form.get('scope') ?? '')
    if (wanted.some((scope) => !RESERVED.has(scope) && !refresh.scopes.includes(scope)))
      throw new SignInFailure('invalid_grant', 65001, { suberror: 'consent_required' })
    return this.#answer(refresh.person, clientId, form.get('scope') ?? '')
  }

  #application({ tenant, form }: FormRequest): object {
    const client = this.#registrations.get(form.get('client_id') ?? '')
    if (client === undefined || TENANTS_OF_ALL.has(tenant)) throw new SignInFailure('unauthorized_client', 700016)
    if (client.tenants?.includes(tenant) !== true) throw new SignInFailure('unauthorized_client', 700016)
    this.#checkProof(client, tenant, form)
    const scope = form.get('scope') ?? ''
    // MSAL adds nothing here: one resource, all rights its administrators gave.
    if (!/^https?:\/\/[^ ]+\/\.default$/.test(scope.replaceAll(/ ?(openid|profile|offline_access)/g, '').trim()))
      throw new SignInFailure('invalid_request', 1002012)
    const { lifetimeMs } = this.control
    const token = this.#tokens.issue({ tenant, ownDriveId: undefined }, lifetimeMs)
    this.handedOut.push({ what: 'access token', secret: token })
    return { token_type: 'Bearer', expires_in: Math.floor(lifetimeMs / 1000), access_token: token }
  }

  #checkProof(client: Registration, tenant: string, form: URLSearchParams): void {
    const assertion = form.get('client_assertion')
    if (assertion === null) {
      if (client.secret === undefined || form.get('client_secret') !== client.secret)
        throw new SignInFailure('invalid_client', 7000215, { status: 401 })
      return
    }
    if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
      throw new SignInFailure('invalid_request', 700024)
    if (client.certificate === undefined || !isSigned(assertion, client.certificate, client.clientId, tenant))
      throw new SignInFailure('invalid_client', 700027, { status: 401 })
  }

  #publicClient(form: URLSearchParams): Registration {
    const client = this.#registrations.get(form.get('client_id') ?? '')
    if (client === undefined) throw new SignInFailure('unauthorized_client', 700016)
    if (client.secret !== undefined || client.certificate !== undefined)
      throw new SignInFailure('invalid_client', 7000218, { status: 401 })
    return client
  }

  #checkTenant(tenant: string, person: Person): void {
    if (tenant !== person.tenant && !TENANTS_OF_ALL.has(tenant)) throw new SignInFailure('invalid_grant', 50020)
  }

  #answer(person: Person, clientId: string, scope: string): object {
    const scopes = scopesOf(scope)
    const { lifetimeMs, shortScopes } = this.control
    const { tenant, driveId: ownDriveId } = person
    const token = this.#tokens.issue({ tenant, ownDriveId }, lifetimeMs)
    this.handedOut.push({ what: 'access token', secret: token })
    const told = scopes.filter((each) => !RESERVED.has(each))
    return {
      token_type: 'Bearer',
      scope: (shortScopes ? told.map((each) => each.replace(/^https?:\/\/.*\//, '')) : told).join(' '),
      expires_in: Math.floor(lifetimeMs / 1000),
      access_token: token,
      ...(scopes.includes('offline_access') ? { refresh_token: this.#newRefresh(person, clientId, scopes) } : {}),
      ...(scopes.includes('openid') ? { id_token: this.#idToken(person, clientId) } : {}),
      client_info: encode({ uid: person.objectId, utid: tenant }),
    }
  }

  /** The one before stays good: an answer may be lost. */
  #newRefresh(person: Person, clientId: string, scopes: readonly string[]): string {
    const secret = this.#secret('refresh token')
    this.#refreshes.set(secret, { person, clientId, scopes, untilMs: this.#now() + REFRESH_MS })
    return secret
  }

  #idToken({ userName, objectId, tenant }: Person, clientId: string): string {
    const nowS = Math.floor(this.#now() / 1000)
    const claims = {
      oid: objectId,
      tid: tenant,
      sub: objectId,
      preferred_username: userName,
      name: userName,
      ver: '2.0',
    }
    const times = { iat: nowS, nbf: nowS, exp: nowS + 3600 }
    const body = { ...claims, ...times, aud: clientId, iss: `${this.#origin()}/${tenant}/v2.0` }
    return `${encode({ alg: 'none', typ: 'JWT' })}.${encode(body)}.`
  }

  #secret(what: string): string {
    const secret = randomBytes(24).toString('hex')
    this.handedOut.push({ what, secret })
    return secret
  }
}

function scopesOf(scope: string): readonly string[] {
  return scope.split(' ').filter((each) => each !== '')
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function isSigned(
  assertion: string,
  certificate: { readonly thumbprint: string; readonly pem: string },
  clientId: string,
  tenant: string,
): boolean {
  const [header = '', claims = '', signature = ''] = assertion.split('.')
  const read = (part: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  const { alg, 'x5t#S256': thumbprint } = read(header)
  const { aud, iss, sub } = read(claims)
  if (iss !== clientId || sub !== clientId || !String(aud).includes(`/${tenant}/`)) return false
  const wanted = Buffer.from(certificate.thumbprint, 'hex')
  if (!Buffer.from(String(thumbprint), 'base64url').equals(wanted)) return false
  const key = createPublicKey(new X509Certificate(certificate.pem).publicKey.export({ type: 'spki', format: 'pem' }))
  const padding = alg === 'PS256' ? { padding: 6, saltLength: 32 } : {}
  return verify('sha256', Buffer.from(`${header}.${claims}`), { key, ...padding }, Buffer.from(signature, 'base64url'))
}
