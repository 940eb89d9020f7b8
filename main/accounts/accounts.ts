import { TidekeepError } from '../../common/errors.ts'
import type { Host, Secrets } from '../host.ts'
import { paceOf } from '../providers/onedrive/account-pace.ts'
import type { OneDriveAccount, OneDriveAccounts } from '../providers/onedrive/account.ts'
import { openAccountFiles, accountFileName, type AccountRecord, type OneDriveRecord } from '../state/account-files.ts'
import type { ApplicationKey, SignInPlace } from './authority.ts'
import { unknownAccount } from './failures.ts'
import { openTokenSource } from './renewal.ts'
import { signInApplication, signInPerson, type PersonSignIn } from './sign-in.ts'
import { AccountTokens } from './tokens.ts'
import { Vault, type OpenRecord } from './vault.ts'
import { accountFailureTexts } from './account-failure-texts.ts'

/** Where all personal Microsoft accounts are. */
const CONSUMER_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** An account as lists show it. */
export interface AccountState {
  readonly name: string
  readonly kind: AccountRecord['kind']
  /** Empty where there is none. */
  readonly userName: string
  readonly state: 'signed-in' | 'sign-in-needed'
  /** Of a Microsoft account: whose drive it is. */
  readonly owner?: 'personal' | 'work' | 'program'
  /** Until when the service asked to be left in peace, host-clock milliseconds. */
  readonly waitUntilMs?: number
}

/** A sign-in of a person, under a name. Without a name it is made from who signs in. */
export interface AddPerson extends PersonSignIn {
  readonly name?: string
}

/** A program's own access to one drive. */
export interface AddApplication {
  readonly name: string
  readonly place: SignInPlace
  readonly driveId: string
  readonly key: ApplicationKey
  readonly signal: AbortSignal
}

/** The accounts of this installation. */
export interface Accounts extends OneDriveAccounts {
  list(): readonly AccountState[]
  /** The record of a Microsoft account. Throws `unauthenticated` where there is none. */
  find(name: string): OneDriveRecord
  /**
   * Signs a person in and keeps the account. The same person again: the account goes on where it stopped.
   * Throws `already-exists` when the name is another's, and what signing in throws.
   */
  addPerson(wanted: AddPerson): Promise<AccountState>
  addApplication(wanted: AddApplication): Promise<AccountState>
  /** Keys of an S3 store, kept under a name. */
  addS3(name: string, keys: { readonly accessKeyId: string; readonly secretAccessKey: string }): Promise<AccountState>
  /** Whether keys of an S3 store are kept under exactly that name. */
  hasKeys(name: string): Promise<boolean>
  /** Accounts of this process whose service asked to be left in peace, and until when, host-clock milliseconds. Reads no file. */
  waits(): readonly { readonly name: string; readonly untilMs: number }[]
  /** Forgets the account and all its secrets. Throws `not-found`. */
  remove(name: string): Promise<void>
}

/** Reads and writes what is in the configuration directory; talks to nobody before a token is wanted. */
export function createAccounts(host: Pick<Host, 'clock' | 'random' | 'paths'>, secrets: Secrets): Accounts {
  return new InstallationAccounts(host, secrets)
}

class InstallationAccounts implements Accounts {
  readonly #host: Pick<Host, 'clock' | 'random' | 'paths'>
  readonly #secrets: Secrets
  readonly #files
  readonly #vault: Vault
  readonly #opened = new Map<string, { readonly identity: string; readonly tokens: AccountTokens }>()

  constructor(host: Pick<Host, 'clock' | 'random' | 'paths'>, secrets: Secrets) {
    this.#host = host
    this.#secrets = secrets
    this.#files = openAccountFiles(host.paths.config)
    this.#vault = new Vault(this.#files, secrets)
  }

  list(): readonly AccountState[] {
    const waits = new Map(this.waits().map(({ name, untilMs }) => [name, untilMs]))
    return this.#files.list().map((record) => {
      const waitUntilMs = waits.get(accountFileName(record.name))
      return { ...stateOf(record), ...(waitUntilMs === undefined ? {} : { waitUntilMs }) }
    })
  }

  waits(): ReturnType<Accounts['waits']> {
    const { clock } = this.#host
    return [...this.#opened].flatMap(([name, { tokens }]) => {
      const waitMs = paceOf(tokens, clock).askedToWaitMs
      return waitMs > 0 ? [{ name, untilMs: clock.now() + waitMs }] : []
    })
  }

  find(name: string): OneDriveRecord {
    const record = this.#vault.find(name)
    if (record === undefined) throw unknownAccount(name)
    return record
  }

  async open(accountId: string): Promise<OneDriveAccount> {
    const { name, identity, driveId, graphOrigin } = this.find(accountId)
    return {
      id: name,
      tokens: this.#tokensOf(name, identity),
      drive: driveId === undefined ? { kind: 'me' } : { kind: 'drive', driveId },
      graphOrigin,
    }
  }

  async addPerson(wanted: AddPerson): Promise<AccountState> {
    const { place, driveId, name } = wanted
    if (name !== undefined) this.#refuseOther(name, 'onedrive')
    const signedIn = await signInPerson(this.#host.clock, wanted)
    const { identity, userName, tenant, cache } = signedIn
    const chosen = name ?? this.#nameFor(userName, identity)
    this.#refuseOther(chosen, 'onedrive', identity)
    const drive = driveId === undefined ? {} : { driveId }
    const { clientId, authority, graphOrigin } = place
    const where = { clientId, authority, graphOrigin, tenant }
    const record = { ...where, name: chosen, access: 'person', userName, identity, ...drive } as const
    return this.#keep(record, cache)
  }

  async addApplication({ name, place, driveId, key, signal }: AddApplication): Promise<AccountState> {
    const identity = `application ${place.tenant} ${place.clientId} ${driveId}`
    this.#refuseOther(name, 'onedrive', identity)
    await signInApplication(this.#host.clock, place, { key, signal })
    return this.#keep({ ...place, name, access: 'application', userName: '', identity, driveId }, JSON.stringify(key))
  }

  async addS3(
    name: string,
    keys: { readonly accessKeyId: string; readonly secretAccessKey: string },
  ): Promise<AccountState> {
    this.#refuseOther(name, 's3')
    await this.#secrets.set(`s3:${name}`, JSON.stringify(keys))
    const record = { format: 'tidekeep-account', version: 1, kind: 's3', name } as const
    this.#files.write(record)
    return stateOf(record)
  }

  async hasKeys(name: string): Promise<boolean> {
    return (await this.#secrets.get(`s3:${name}`)) !== undefined
  }

  async remove(name: string): Promise<void> {
    // One whose file is damaged can be removed, too: that is how to begin anew.
    if (!this.#files.has(name)) {
      throw new TidekeepError({
        code: 'not-found',
        message: accountFailureTexts.accounts.thereIsNoAccount({ name }),
        fix: accountFailureTexts.accounts.thereIsNoAccountFix,
      })
    }
    const record = this.#files.list().find((each) => accountFileName(each.name) === accountFileName(name))
    if (record?.kind === 's3') await this.#secrets.remove(`s3:${record.name}`)
    await this.#vault.remove(name)
    this.#opened.get(accountFileName(name))?.tokens.forget()
    this.#opened.delete(accountFileName(name))
  }

  #tokensOf(name: string, identity: string): AccountTokens {
    const key = accountFileName(name)
    const known = this.#opened.get(key)
    if (known?.identity === identity) return known.tokens
    const { clock } = this.#host
    const tokens = new AccountTokens(openTokenSource({ clock, vault: this.#vault, name, identity }))
    this.#opened.set(key, { identity, tokens })
    return tokens
  }

  async #keep(record: Omit<OpenRecord, 'generation' | 'needsSignIn'>, secret: string): Promise<AccountState> {
    const generation = this.#host.random.hex(8)
    await this.#vault.save({ ...record, generation, needsSignIn: false }, secret)
    this.#opened.get(accountFileName(record.name))?.tokens.forget()
    return stateOf(this.find(record.name))
  }

  /** A name stays with who has it: folders are kept under it, and must not end up in another drive. */
  #refuseOther(name: string, kind: AccountRecord['kind'], identity?: string): void {
    const record = this.#files.read(name)
    if (record === undefined) return
    if (record.kind === kind && (record.kind === 's3' || identity === undefined || record.identity === identity)) return
    throw new TidekeepError({
      code: 'already-exists',
      message: accountFailureTexts.accounts.theAccountBelongsToSomebody({ name }),
      fix: accountFailureTexts.accounts.theAccountBelongsToSomebodyFix({ name }),
    })
  }

  /** That of the account this person has already, else what stands before the @, with a number where it is taken. */
  #nameFor(userName: string, identity: string): string {
    const records = this.#files.list()
    const same = records.find((record) => record.kind === 'onedrive' && record.identity === identity)
    if (same !== undefined) return same.name
    const [local = ''] = userName.toLowerCase().split('@')
    const plain =
      local
        .replaceAll(/[^a-z0-9._-]+/g, '-')
        .replace(/^[^a-z0-9]+/, '')
        .slice(0, 40) || 'onedrive'
    for (let count = 1; ; count++) {
      const name = count === 1 ? plain : `${plain}-${count}`
      if (this.#files.read(name) === undefined) return name
    }
  }
}

function stateOf(record: AccountRecord): AccountState {
  const { name, kind } = record
  if (record.kind === 's3') return { name, kind, userName: '', state: 'signed-in' }
  const state = record.needsSignIn ? 'sign-in-needed' : 'signed-in'
  return { name, kind, userName: record.userName, state, owner: ownerOf(record) }
}

function ownerOf({ access, tenant, identity }: OneDriveRecord): NonNullable<AccountState['owner']> {
  if (access === 'application') return 'program'
  return tenant === CONSUMER_TENANT || identity.endsWith(`.${CONSUMER_TENANT}`) ? 'personal' : 'work'
}
