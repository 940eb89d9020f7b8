import { createHash, X509Certificate } from 'node:crypto'
import { isTidekeepError, TidekeepError } from '../../common/errors.ts'
import type { Clock } from '../host.ts'
import { cancelled, onAbort } from '../providers/http/abort-listeners.ts'
import { createHttpClient } from '../providers/http/http-client.ts'
import {
  applicationToken,
  openApplicationClient,
  openPublicClient,
  personOf,
  personScopes,
  type ApplicationKey,
  type SignInPlace,
} from './authority.ts'
import { refusedSignIn } from './failures.ts'
import type { AuthorityConnection } from './network.ts'
import { accountFailureTexts } from './account-failure-texts.ts'

/** What a person is to do now. The address and the code are for them alone: never logged. */
export type SignInPrompt =
  | { readonly kind: 'browser'; readonly url: string }
  | { readonly kind: 'device-code'; readonly url: string; readonly code: string; readonly expiresInMs: number }

/** A person's way of signing in. */
export interface PersonSignIn {
  readonly place: SignInPlace
  readonly driveId: string | undefined
  readonly method: SignInPrompt['kind']
  /** Preselects who signs in again. */
  readonly userName?: string
  /** Called once, when there is something to do. */
  readonly onPrompt: (prompt: SignInPrompt) => void | Promise<void>
  readonly signal: AbortSignal
}

/** Who signed in, and what the library keeps of it: a secret. */
export interface SignedIn {
  readonly identity: string
  readonly userName: string
  /** Where tokens are refreshed. */
  readonly tenant: string
  readonly cache: string
}

/** Microsoft's codes live a quarter of an hour; a browser that nobody looks at is not waited for longer. */
const PATIENCE_MS = 15 * 60_000

/**
 * Signs a person in: with the system's browser, proof key (PKCE) and an answer to a port of this
 * computer, or with a code that is typed on any other device. Throws `unauthenticated` with what
 * to do, `cancelled`, `timeout`, `unavailable`, `throttled`.
 */
export async function signInPerson(clock: Clock, wanted: PersonSignIn): Promise<SignedIn> {
  const ending = new AbortController()
  const signal = AbortSignal.any([wanted.signal, ending.signal])
  const stopTimer = clock.after(PATIENCE_MS, () => ending.abort())
  const { client, connection } = await openPublicClient(wanted.place, { clock, signal })
  const scopes = personScopes(wanted.place, wanted.driveId)
  try {
    const result =
      wanted.method === 'browser'
        ? await byBrowser(client, { scopes, wanted, signal, clock })
        : await byCode(client, { scopes, wanted, signal })
    const { homeAccountId, username, tenantId } = personOf(result)
    // A guest's tokens come from where they signed in, those of others from their own tenant.
    const tenant = wanted.place.tenant === 'common' && tenantId !== '' ? tenantId : wanted.place.tenant
    return { identity: homeAccountId, userName: username, tenant, cache: client.getTokenCache().serialize() }
  } catch (error) {
    if (wanted.signal.aborted) throw cancelled(wanted.signal)
    if (ending.signal.aborted) throw tooLate()
    throw explain(error, connection)
  } finally {
    stopTimer()
  }
}

type PublicClient = Awaited<ReturnType<typeof openPublicClient>>['client']
interface Flow {
  readonly scopes: string[]
  readonly wanted: PersonSignIn
  readonly signal: AbortSignal
}

async function byBrowser(
  client: PublicClient,
  { scopes, wanted, signal, clock }: Flow & { readonly clock: Clock },
): ReturnType<PublicClient['acquireTokenInteractive']> {
  let stopListening = (): void => {}
  try {
    return await client.acquireTokenInteractive({
      scopes,
      successTemplate: accountFailureTexts.signIn.done,
      errorTemplate: accountFailureTexts.signIn.notDone,
      // Whoever is signed in in the browser is not necessarily meant; again, it is who it was.
      ...(wanted.userName === undefined ? { prompt: 'select_account' } : { loginHint: wanted.userName }),
      openBrowser: async (url) => {
        stopListening = onAbort(signal, () => void endListening(url, clock))
        await wanted.onPrompt({ kind: 'browser', url })
      },
    })
  } finally {
    stopListening()
  }
}

/** The library listens until it is answered: so it gets an answer. */
async function endListening(authorizeUrl: string, clock: Clock): Promise<void> {
  const query = new URL(authorizeUrl).searchParams
  const { port } = new URL(query.get('redirect_uri') ?? '')
  const body = new URLSearchParams({ error: 'access_denied', state: query.get('state') ?? '' })
  const bytes = Buffer.from(body.toString())
  const client = createHttpClient({ origin: `http://127.0.0.1:${port}`, clock, connections: 1 })
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(bytes.length) }
  const { signal } = new AbortController()
  await client
    .send({ method: 'POST', path: '/', headers, signal, body: { kind: 'bytes', bytes } })
    // Answered already.
    .catch(() => undefined)
  await client.close()
}

function byCode(
  client: PublicClient,
  { scopes, wanted, signal }: Flow,
): ReturnType<PublicClient['acquireTokenByDeviceCode']> {
  const request: Parameters<PublicClient['acquireTokenByDeviceCode']>[0] = {
    scopes,
    deviceCodeCallback: ({ userCode, verificationUri, expiresIn }) =>
      void wanted.onPrompt({
        kind: 'device-code',
        url: verificationUri,
        code: userCode,
        expiresInMs: expiresIn * 1000,
      }),
  }
  const stopListening = onAbort(signal, () => (request.cancel = true))
  return client.acquireTokenByDeviceCode(request).finally(stopListening)
}

/** Tries a program's key. Throws as {@link signInPerson} does. */
export async function signInApplication(
  clock: Clock,
  place: SignInPlace,
  { key, signal }: { readonly key: ApplicationKey; readonly signal: AbortSignal },
): Promise<void> {
  const { client, connection } = await openApplicationClient(place, key, { clock, signal })
  try {
    await applicationToken(client, place, { isForced: true })
  } catch (error) {
    if (signal.aborted) throw cancelled(signal)
    throw explain(error, connection)
  }
}

/** What the library threw, in this program's words. It is not kept as the cause: it repeats what it was given. */
export function explain(
  error: unknown,
  { failure, refusal }: Pick<AuthorityConnection, 'failure' | 'refusal'>,
): TidekeepError {
  if (failure !== undefined) return failure
  if (isTidekeepError(error)) return error
  if (refusal !== undefined) return refusedSignIn(refusal)
  const code = (error as { readonly errorCode?: unknown } | null)?.errorCode
  return refusedSignIn({ error: typeof code === 'string' ? code : '', numbers: [] })
}

/**
 * Reads a program's key: a certificate with its private key in PEM, or else one line with a secret.
 * Throws `invalid` without repeating what it was given.
 */
export function readApplicationKey(text: string, kind: ApplicationKey['kind'], path: string): ApplicationKey {
  if (kind === 'secret') {
    const secret = text.trim()
    if (secret !== '' && !/\s/.test(secret)) return { kind, secret }
    throw unreadableKey(path, accountFailureTexts.signIn.oneSecret)
  }
  const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text)?.[0]
  const privateKey = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[^-]+-----END (?:RSA |EC )?PRIVATE KEY-----/.exec(
    text,
  )?.[0]
  if (certificate === undefined || privateKey === undefined) throw unreadableKey(path, accountFailureTexts.signIn.pem)
  try {
    const thumbprint = createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex')
    return { kind, certificate, privateKey, thumbprint }
  } catch {
    throw unreadableKey(path, accountFailureTexts.signIn.certificate)
  }
}

function unreadableKey(path: string, why: string): TidekeepError {
  return new TidekeepError({
    code: 'invalid',
    message: accountFailureTexts.signIn.theFile({ path, why }),
    path,
    fix: accountFailureTexts.signIn.theFileFix,
  })
}

function tooLate(): TidekeepError {
  return new TidekeepError({
    code: 'timeout',
    message: accountFailureTexts.signIn.nobodySignedInWithinA,
    fix: accountFailureTexts.signIn.nobodySignedInWithinAFix,
  })
}
