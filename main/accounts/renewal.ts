import type { Clock } from '../host.ts'
import type { OneDriveRecord } from '../state/account-files.ts'
import {
  applicationToken,
  openApplicationClient,
  openPublicClient,
  personScopes,
  silentToken,
  type ApplicationKey,
  type FreshToken,
  type Wanted,
} from './authority.ts'
import { refusedSignIn, signInNeeded, unknownAccount, type Refusal } from './failures.ts'
import { explain } from './sign-in.ts'
import type { TokenSource } from './tokens.ts'
import type { Vault } from './vault.ts'

/** How one account gets tokens without a person: from what its vault holds, and what the authority makes of it. */
export function openTokenSource(parts: {
  readonly clock: Clock
  readonly vault: Vault
  readonly name: string
  readonly identity: string
}): TokenSource {
  const { clock, vault, name, identity } = parts
  const current = (): OneDriveRecord | undefined => {
    const record = vault.find(name)
    return record?.identity === identity ? record : undefined
  }
  return {
    clock,
    generation: () => current()?.generation,
    gone: () => unknownAccount(name),
    acquire: async (wanted) => {
      const record = current()
      if (record === undefined) throw unknownAccount(name)
      return record.access === 'person'
        ? personToken({ clock, vault, record }, wanted)
        : ownToken({ clock, vault, record }, wanted)
    },
  }
}

interface Renewal {
  readonly clock: Clock
  readonly vault: Vault
  readonly record: OneDriveRecord
}

async function personToken({ clock, vault, record }: Renewal, wanted: Wanted): Promise<FreshToken> {
  let text = await vault.open(record)
  const { signal } = new AbortController()
  const cache = {
    load: async () => text,
    // Saved before the token is used: a rotated refresh token that is lost may be the last good one.
    save: async (changed: string) => {
      text = changed
      await vault.update(record, { secret: text, needsSignIn: false })
    },
  }
  const { client, connection } = await openPublicClient(record, { clock, signal, cache })
  const { identity, name } = record
  try {
    return await silentToken(client, { identity, name, scopes: personScopes(record, record.driveId) }, wanted)
  } catch (error) {
    const { refusal, failure } = connection
    if (failure !== undefined) throw failure
    if (refusal === undefined && !isInteractionRequired(error)) throw explain(error, connection)
    await vault.update(record, { secret: text, needsSignIn: true })
    throw endOf(name, refusal)
  }
}

async function ownToken({ clock, vault, record }: Renewal, wanted: Wanted): Promise<FreshToken> {
  const text = await vault.open(record)
  const { signal } = new AbortController()
  const key = JSON.parse(text) as ApplicationKey
  const { client, connection } = await openApplicationClient(record, key, { clock, signal })
  try {
    return await applicationToken(client, record, wanted)
  } catch (error) {
    if (connection.refusal !== undefined) await vault.update(record, { secret: text, needsSignIn: true })
    throw explain(error, connection)
  }
}

function isInteractionRequired(error: unknown): boolean {
  const code = (error as { readonly errorCode?: unknown } | null)?.errorCode
  return typeof code === 'string' && /^(invalid_grant|no_tokens_found|interaction_required|login_required)$/.test(code)
}

/** What the application itself is refused is told as it is; everything else means: sign in again. */
function endOf(name: string, refusal: Refusal | undefined): Error {
  const isApplications = refusal !== undefined && /^(invalid_client|unauthorized_client)$/.test(refusal.error)
  return isApplications ? refusedSignIn(refusal) : signInNeeded(name)
}
