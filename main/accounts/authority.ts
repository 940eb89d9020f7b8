import type {
  AccountInfo,
  AuthenticationResult,
  ConfidentialClientApplication,
  PublicClientApplication,
} from '@azure/msal-node'
import { TidekeepError } from '../../common/errors.ts'
import type { Clock } from '../host.ts'
import { signInNeeded } from './failures.ts'
import { AuthorityConnection } from './network.ts'
import { accountFailureTexts } from './account-failure-texts.ts'

/** Where and as what an account signs in. Stays with the account: tokens belong to the application they were given to. */
export interface SignInPlace {
  readonly clientId: string
  /** `https://login.microsoftonline.com`, or that of a national cloud; `http://` on this computer alone. */
  readonly authority: string
  /** `https://graph.microsoft.com`, or that of a national cloud. */
  readonly graphOrigin: string
  /** `common`, `organizations`, `consumers`, or a tenant's id or domain. */
  readonly tenant: string
}

/** What a program without a person proves itself with. */
export type ApplicationKey =
  | { readonly kind: 'secret'; readonly secret: string }
  /** PEM texts. */
  | {
      readonly kind: 'certificate'
      readonly privateKey: string
      readonly certificate: string
      readonly thumbprint: string
    }

/** A token and when it ends, host-clock milliseconds. */
export interface FreshToken {
  readonly token: string
  readonly expiresAtMs: number
}

/** How a token is wanted. `isForced`: the one that is remembered was refused; `claims`: what was asked for then. */
export interface Wanted {
  readonly isForced: boolean
  readonly claims?: string
}

/** Where the library keeps what it knows between calls. */
export interface CacheText {
  load(): Promise<string>
  save(text: string): Promise<void>
}

const DEFAULT_GRAPH = 'https://graph.microsoft.com'

/** The rights a person is asked for: their own files, or all they can reach where another drive is named. */
export function personScopes({ graphOrigin }: Pick<SignInPlace, 'graphOrigin'>, driveId: string | undefined): string[] {
  const right = driveId === undefined ? 'Files.ReadWrite' : 'Files.ReadWrite.All'
  // Where no resource is named it is Graph's, and answers may name none then either.
  return [graphOrigin === DEFAULT_GRAPH ? right : `${graphOrigin}/${right}`]
}

/** One application of the library and the connection it talks over. The library is loaded here, when someone signs in. */
export async function openPublicClient(
  place: SignInPlace,
  parts: { readonly clock: Clock; readonly signal: AbortSignal; readonly cache?: CacheText },
): Promise<{ readonly client: PublicClientApplication; readonly connection: AuthorityConnection }> {
  const { PublicClientApplication } = await import('@azure/msal-node')
  const connection = new AuthorityConnection({ ...parts, authority: place.authority })
  const { cache } = parts
  const client = new PublicClientApplication({
    auth: authOf(place),
    system: { networkClient: connection, loggerOptions: SILENT },
    ...(cache === undefined ? {} : { cache: { cachePlugin: pluginOf(cache) } }),
  })
  return { client, connection }
}

/** An application that signs in as itself, in one tenant. */
export async function openApplicationClient(
  place: SignInPlace,
  key: ApplicationKey,
  parts: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<{ readonly client: ConfidentialClientApplication; readonly connection: AuthorityConnection }> {
  const { ConfidentialClientApplication } = await import('@azure/msal-node')
  const connection = new AuthorityConnection({ ...parts, authority: place.authority })
  const proof =
    key.kind === 'secret'
      ? { clientSecret: key.secret }
      : {
          clientCertificate: {
            thumbprintSha256: key.thumbprint,
            privateKey: key.privateKey,
            x5c: key.certificate,
          },
        }
  const client = new ConfidentialClientApplication({
    auth: { ...authOf(place), ...proof },
    system: { networkClient: connection, loggerOptions: SILENT },
  })
  return { client, connection }
}

/** A token of the application itself. Throws what the connection or `explain` makes of a failure. */
export async function applicationToken(
  client: ConfidentialClientApplication,
  { graphOrigin }: SignInPlace,
  { isForced, claims }: Wanted,
): Promise<FreshToken> {
  const result = await client.acquireTokenByClientCredential({
    scopes: [`${graphOrigin}/.default`],
    skipCache: isForced,
    ...(claims === undefined ? {} : { claims }),
  })
  return tokenOf(result)
}

/** The token of a person without asking them. Throws `unauthenticated` where nothing is remembered of them. */
export async function silentToken(
  client: PublicClientApplication,
  { identity, scopes, name }: { readonly identity: string; readonly scopes: string[]; readonly name: string },
  { isForced, claims }: Wanted,
): Promise<FreshToken> {
  const accounts = await client.getTokenCache().getAllAccounts()
  const account = accounts.find(({ homeAccountId }) => homeAccountId === identity)
  if (account === undefined) throw signInNeeded(name)
  const result = await client.acquireTokenSilent({
    account,
    scopes,
    forceRefresh: isForced,
    ...(claims === undefined ? {} : { claims }),
  })
  return tokenOf(result)
}

/** Who signed in. */
export function personOf(result: AuthenticationResult | null): AccountInfo {
  const account = result?.account
  if (account === undefined || account === null || account.homeAccountId === '')
    throw new TidekeepError({ code: 'unavailable', message: accountFailureTexts.authority.microsoftsSignInServiceDid })
  return account
}

/** The library logs user names and addresses; nothing of that is wanted. */
const SILENT = { loggerCallback: (): void => {}, piiLoggingEnabled: false }

/** It insists on https; what goes to this computer itself is put back by the connection. */
function authOf({ clientId, authority, tenant }: SignInPlace): {
  clientId: string
  authority: string
  knownAuthorities: string[]
} {
  const { host } = new URL(authority)
  return { clientId, authority: `https://${host}/${encodeURIComponent(tenant)}`, knownAuthorities: [host] }
}

function pluginOf(cache: CacheText): {
  beforeCacheAccess(context: TokenCacheContextLike): Promise<void>
  afterCacheAccess(context: TokenCacheContextLike): Promise<void>
} {
  return {
    beforeCacheAccess: async ({ tokenCache }) => tokenCache.deserialize(await cache.load()),
    afterCacheAccess: async ({ tokenCache, cacheHasChanged }) => {
      if (cacheHasChanged) await cache.save(tokenCache.serialize())
    },
  }
}

interface TokenCacheContextLike {
  readonly cacheHasChanged: boolean
  readonly tokenCache: { serialize(): string; deserialize(text: string): void }
}

function tokenOf(result: AuthenticationResult | null): FreshToken {
  if (result === null || result.accessToken === '' || result.expiresOn === null)
    throw new TidekeepError({
      code: 'unavailable',
      message: accountFailureTexts.authority.microsoftsSignInServiceAnswered,
    })
  return { token: result.accessToken, expiresAtMs: result.expiresOn.getTime() }
}
