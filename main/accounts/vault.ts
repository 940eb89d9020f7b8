import { randomBytes } from 'node:crypto'
import type { Secrets } from '../host.ts'
import { seal, unseal } from '../secrets/sealing.ts'
import { accountFileName, type AccountFiles, type OneDriveRecord } from '../state/account-files.ts'
import { signInNeeded } from './failures.ts'

/** A record without what the vault adds. */
export type OpenRecord = Omit<OneDriveRecord, 'sealed' | 'format' | 'version' | 'kind'>

/**
 * What an account knows, in its file, under a key in the secret store: keychains take no more than
 * 2,560 bytes on Windows, and a token cache is larger. Without the key the file is noise, so removing the key
 * forgets the tokens wherever copies of the file went.
 */
export class Vault {
  readonly #files: AccountFiles
  readonly #secrets: Secrets

  constructor(files: AccountFiles, secrets: Secrets) {
    this.#files = files
    this.#secrets = secrets
  }

  /** The Microsoft account of that name. Throws what reading its file throws. */
  find(name: string): OneDriveRecord | undefined {
    const record = this.#files.read(name)
    return record?.kind === 'onedrive' ? record : undefined
  }

  /** Throws `unauthenticated` when the key is gone or does not fit. */
  async open(record: OneDriveRecord): Promise<string> {
    const key = await this.#secrets.get(keyName(record.name))
    const text = key === undefined ? undefined : unseal(Buffer.from(key, 'base64'), boundTo(record), record.sealed)
    if (text === undefined) throw signInNeeded(record.name)
    return text
  }

  /** Saves an account that someone just signed in to. */
  async save(record: OpenRecord, secret: string): Promise<void> {
    const name = keyName(record.name)
    let key = await this.#secrets.get(name)
    if (key === undefined) {
      key = randomBytes(32).toString('base64')
      await this.#secrets.set(name, key)
    }
    this.#write(record, key, secret)
  }

  /**
   * Saves what a sign-in became meanwhile. Does nothing where the account was removed or someone
   * signed in again: what was read before must not undo that.
   */
  async update(
    record: OneDriveRecord,
    change: { readonly secret: string; readonly needsSignIn: boolean },
  ): Promise<void> {
    const key = await this.#secrets.get(keyName(record.name))
    const found = this.find(record.name)
    if (key === undefined || found?.generation !== record.generation || found.identity !== record.identity) return
    this.#write({ ...found, needsSignIn: change.needsSignIn }, key, change.secret)
  }

  /** Forgets the account and its key. */
  async remove(name: string): Promise<void> {
    this.#files.remove(name)
    await this.#secrets.remove(keyName(name))
  }

  #write(record: OpenRecord, key: string, secret: string): void {
    const sealed = seal(Buffer.from(key, 'base64'), boundTo(record), secret)
    this.#files.write({ ...record, format: 'tidekeep-account', version: 1, kind: 'onedrive', sealed })
  }
}

function keyName(name: string): string {
  return `account:${accountFileName(name)}`
}

/** Tokens that were moved to another account's file do not open there (I24). */
function boundTo({ name, identity }: OpenRecord): string {
  return `${accountFileName(name)} ${identity}`
}
