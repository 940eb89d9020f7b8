import { createAccounts, type Accounts } from '../../../main/accounts/accounts.ts'
import type { SignInPlace } from '../../../main/accounts/authority.ts'
import type { SignInPrompt } from '../../../main/accounts/sign-in.ts'
import type { Clock, Secrets } from '../../../main/host.ts'
import { createOneDriveProvider } from '../../../main/providers/onedrive/index.ts'
import type { TargetProvider } from '../../../main/providers/provider.ts'
import { startGraphServer, type GraphServer } from '../graph/server.ts'
import { createFakeHost, type FakeHost } from '../host.ts'
import { realClock } from '../real-clock.ts'
import { memorySecrets, memorySessions } from '../s3/harness.ts'
import { browse } from './browser.ts'
import { startSignInServer, type Person, type SignInServer } from './server.ts'

export const CLIENT_ID = '11111111-2222-4333-8444-555555555555'
export const SERVICE_ID = '99999999-2222-4333-8444-555555555555'
export const SERVICE_SECRET = 'service~secret~0123456789abcdef'

/** Less than what Tidekeep keeps in reserve, so that a token counts as used up at once; and much more than a slow computer takes to use it. */
export const BRIEF_LIFE_MS = 240_000

/** Two people of two tenants, and their drives. */
export const ADA: Person = {
  userName: 'ada@contoso.example',
  objectId: 'oid-ada',
  tenant: 'contoso',
  driveId: 'drive-ada',
}
export const BOB: Person = {
  userName: 'bob@fabrikam.example',
  objectId: 'oid-bob',
  tenant: 'fabrikam',
  driveId: 'drive-bob',
}

/** An authority, the Graph server its tokens open, and the accounts of one installation. */
export interface SignInFixture {
  readonly graph: GraphServer
  readonly authority: SignInServer
  readonly host: FakeHost
  readonly secrets: Secrets
  readonly accounts: Accounts
  readonly place: SignInPlace
  /** What a person at a browser, or with a telephone, does with what they are shown. */
  answer(person: Person | 'declined'): (prompt: SignInPrompt) => void
  /** Signs in with a device code. */
  signIn(person: Person, name?: string): Promise<void>
  /** The accounts as another process, or the next start, sees them. */
  reopen(): Accounts
  close(): Promise<void>
}

/** Starts both servers. `clock`: real time by default. */
export async function startSignInFixture(clock: Clock = realClock): Promise<SignInFixture> {
  const graph = await startGraphServer()
  for (const { driveId, tenant } of [ADA, BOB]) graph.addDrive({ id: driveId, kind: 'business', tenant })
  const authority = await startSignInServer({
    tokens: graph.tokens,
    registrations: [
      { clientId: CLIENT_ID },
      { clientId: SERVICE_ID, secret: SERVICE_SECRET, tenants: ['contoso', 'fabrikam'] },
    ],
  })
  const host = createFakeHost({ clock })
  const secrets = memorySecrets({})
  const reopen = (): Accounts => createAccounts(host, secrets)
  const accounts = reopen()
  const place = { clientId: CLIENT_ID, authority: authority.origin, graphOrigin: graph.origin, tenant: 'common' }
  const answer: SignInFixture['answer'] = (person) => (prompt) => {
    if (prompt.kind === 'device-code') return authority.grants.enterCode(prompt.code, person)
    authority.browserUser = person === 'declined' ? undefined : person
    void browse(prompt.url, authority.origin)
  }
  return {
    graph,
    authority,
    host,
    secrets,
    accounts,
    place,
    answer,
    reopen,
    signIn: async (person, name) => {
      const wanted = { place, driveId: undefined, method: 'device-code', signal: new AbortController().signal } as const
      await accounts.addPerson({ ...wanted, onPrompt: answer(person), ...(name === undefined ? {} : { name }) })
    },
    close: async () => {
      await authority.close()
      await graph.close()
    },
  }
}

/** The drive of an account as a folder's target is opened, without decorators. */
export async function openDrive({ accounts, host, secrets }: SignInFixture, name: string): Promise<TargetProvider> {
  const account = await accounts.open(name)
  // No call of these tests needs a thread.
  const pool = undefined as never
  return createOneDriveProvider({ account, folder: '', deps: { host, pool, secrets, sessions: memorySessions() } })
}
