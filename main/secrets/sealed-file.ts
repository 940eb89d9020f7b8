import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeDirectories } from '../make-directories.ts'
import { TidekeepError } from '../../common/errors.ts'
import { systemCode } from '../../workers/fs/system-code.ts'
import type { Log, Secrets } from '../host.ts'
import { replaceFileDurably } from '../state/durable-file.ts'
import { parseDocument, type SealedDocument } from './sealed-document.ts'
import { KEY_FILE_COST, SCRYPT_COST, deriveKey, seal, unseal, type ScryptCost } from './sealing.ts'
import { failpoint } from '../../workers/failpoint.ts'
import { secretFailureTexts } from './secret-failure-texts.ts'

/** Options of {@link openSealedFile}. */
export interface SealedFileOptions {
  /** Holds `secrets.json` and, without a passphrase, `secrets.key`. */
  readonly directory: string
  /** Undefined: a key file beside the secrets is used, and made when there are no secrets yet. */
  readonly passphrase: string | undefined
  readonly log: Log
  /** For tests, which cannot spend half a second on each key. */
  readonly cost?: ScryptCost
}

const CHECK_NAME = 'tidekeep:check'
const CHECK_VALUE = 'tidekeep'

/** True when secrets were kept in this directory before. */
export function hasSealedFile(directory: string): boolean {
  return existsSync(join(directory, 'secrets.json'))
}

/**
 * Secrets in one file, each sealed with AES-256-GCM under a key from scrypt. Errors of every call:
 * `unauthenticated` (passphrase or key file missing or wrong), `corrupt`, `unsupported`,
 * `forbidden`, `quota-exceeded`. What cannot be opened is never overwritten or deleted.
 */
export function openSealedFile(options: SealedFileOptions): SealedSecrets {
  return new SealedFile(options)
}

/** Secrets in a file, with what only a file can do. */
export interface SealedSecrets extends Secrets {
  /**
   * Seals anew, under the passphrase, what was sealed with the key file before there was one. Does
   * nothing otherwise. Throws and leaves everything as it is when any secret cannot be opened.
   */
  adoptPassphrase(): Promise<void>
}

class SealedFile implements SealedSecrets {
  readonly #options: SealedFileOptions
  readonly #path: string
  readonly #keyPath: string
  /** By salt: a file that another process made anew has another key. */
  readonly #keysBySalt = new Map<string, Promise<Buffer>>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: SealedFileOptions) {
    this.#options = options
    this.#path = join(options.directory, 'secrets.json')
    this.#keyPath = join(options.directory, 'secrets.key')
  }

  get(name: string): Promise<string | undefined> {
    return this.#inTurn(async () => {
      const document = this.#read()
      const sealed = document?.entries.find((entry) => entry.name === name)?.sealed
      if (document === undefined || sealed === undefined) return undefined
      const value = unseal(await this.#keyOf(document), name, sealed)
      if (value === undefined) throw this.#damagedEntry(name)
      return value
    })
  }

  set(name: string, value: string): Promise<void> {
    return this.#inTurn(async () => {
      const document = this.#read() ?? (await this.#newDocument())
      const key = await this.#keyOf(document)
      const others = document.entries.filter((entry) => entry.name !== name)
      this.#write({ ...document, entries: [...others, { name, sealed: seal(key, name, value) }] })
    })
  }

  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const document = this.#read()
      const others = document?.entries.filter((entry) => entry.name !== name) ?? []
      if (document === undefined || others.length === document.entries.length) return
      await this.#keyOf(document)
      this.#write({ ...document, entries: others })
    })
  }

  adoptPassphrase(): Promise<void> {
    return this.#inTurn(async () => {
      const old = this.#options.passphrase === undefined ? undefined : this.#read()
      if (old?.key !== 'machine') return
      const oldKey = await this.#keyOf(old)
      const next = await this.#newDocument()
      const key = await this.#keyOf(next)
      const entries = old.entries.map(({ name, sealed }) => {
        const value = unseal(oldKey, name, sealed)
        if (value === undefined) throw this.#damagedEntry(name)
        return { name, sealed: seal(key, name, value) }
      })
      this.#write({ ...next, entries })
    })
  }

  describe(): string {
    return this.#isMachineSealed()
      ? secretFailureTexts.sealedFile.describedByKey
      : secretFailureTexts.sealedFile.describedByPassphrase
  }

  /** What the file says, not what was asked for: the two differ until the passphrase is adopted. */
  #isMachineSealed(): boolean {
    try {
      const document = this.#read()
      if (document !== undefined) return document.key === 'machine'
    } catch {
      // Damaged or out of reach: every call says so; here only the intention is known.
    }
    return this.#options.passphrase === undefined
  }

  #read(): SealedDocument | undefined {
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw unreachable(this.#path, error)
    }
    this.#tighten(this.#path)
    return parseDocument(text, this.#path)
  }

  #write(document: SealedDocument): void {
    try {
      makeDirectories(dirname(this.#path))
      failpoint('secret.seal.before')
      replaceFileDurably(this.#path, `${JSON.stringify(document, null, 2)}\n`)
      failpoint('secret.seal.after')
    } catch (error) {
      throw unreachable(this.#path, error)
    }
  }

  async #newDocument(): Promise<SealedDocument> {
    const key = this.#options.passphrase === undefined ? 'machine' : 'passphrase'
    if (key === 'machine' && !existsSync(this.#keyPath)) this.#makeMachineKey()
    const salt = randomBytes(16).toString('base64')
    const cost = this.#options.cost ?? (key === 'machine' ? KEY_FILE_COST : SCRYPT_COST)
    const scrypt = { N: cost.N, r: cost.r, p: cost.p, salt }
    const derived = await this.#derive(key, scrypt)
    const check = seal(derived, CHECK_NAME, CHECK_VALUE)
    return { format: 'tidekeep-secrets', version: 1, key, scrypt, check, entries: [] }
  }

  /** The key of a document, checked. Throws `unauthenticated`. */
  async #keyOf(document: SealedDocument): Promise<Buffer> {
    const key = await this.#derive(document.key, document.scrypt)
    if (unseal(key, CHECK_NAME, document.check) !== CHECK_VALUE) throw this.#wrongKey(document.key)
    return key
  }

  #derive(kind: SealedDocument['key'], scrypt: SealedDocument['scrypt']): Promise<Buffer> {
    const known = this.#keysBySalt.get(scrypt.salt)
    if (known !== undefined) return known
    const { N, r, p, salt } = scrypt
    const derived = deriveKey(this.#passphrase(kind), Buffer.from(salt, 'base64'), { N, r, p })
    this.#keysBySalt.set(salt, derived)
    derived.catch(() => this.#keysBySalt.delete(salt))
    return derived
  }

  #passphrase(kind: SealedDocument['key']): string {
    if (kind === 'passphrase') {
      if (this.#options.passphrase !== undefined) return this.#options.passphrase
      throw unauthenticated(secretFailureTexts.sealedFile.needsPassphrase({ path: this.#path }), {
        path: this.#path,
        fix: secretFailureTexts.sealedFile.setTidekeepPassphraseOrTidekeep,
      })
    }
    try {
      const text = readFileSync(this.#keyPath, 'utf8').trim()
      this.#tighten(this.#keyPath)
      return text
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreachable(this.#keyPath, error)
      throw unauthenticated(secretFailureTexts.sealedFile.keyMissing({ path: this.#keyPath }), {
        path: this.#keyPath,
        fix: secretFailureTexts.sealedFile.putItBackOrMove({ path: this.#path }),
      })
    }
  }

  #makeMachineKey(): void {
    try {
      makeDirectories(this.#options.directory)
      replaceFileDurably(this.#keyPath, `${randomBytes(32).toString('hex')}\n`)
    } catch (error) {
      throw unreachable(this.#keyPath, error)
    }
  }

  /** A file that others can read (copied by hand, restored) is closed to them again. */
  #tighten(path: string): void {
    if (process.platform === 'win32' || (statSync(path).mode & 0o077) === 0) return
    this.#options.log.warn('secrets file was readable by others', { path })
    chmodSync(path, 0o600)
  }

  #wrongKey(kind: SealedDocument['key']): TidekeepError {
    return kind === 'machine'
      ? unauthenticated(secretFailureTexts.sealedFile.wrongKey({ keyPath: this.#keyPath, path: this.#path }), {
          path: this.#keyPath,
          fix: secretFailureTexts.sealedFile.putBackTheKeyFile,
        })
      : unauthenticated(secretFailureTexts.sealedFile.wrongPassphrase({ path: this.#path }), {
          path: this.#path,
          fix: secretFailureTexts.sealedFile.setTidekeepPassphraseToThe,
        })
  }

  #damagedEntry(name: string): TidekeepError {
    return new TidekeepError({
      code: 'corrupt',
      message: secretFailureTexts.sealedFile.theSecretInIsDamaged({ name: JSON.stringify(name), path: this.#path }),
      path: this.#path,
      fix: secretFailureTexts.sealedFile.theSecretInIsDamagedFix,
      retry: { kind: 'never' },
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }
}

function unauthenticated(message: string, more: { readonly path: string; readonly fix: string }): TidekeepError {
  return new TidekeepError({ code: 'unauthenticated', message, ...more, retry: { kind: 'never' } })
}

function unreachable(path: string, error: unknown): TidekeepError {
  const code = systemCode(error)
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  return new TidekeepError({
    code: isFull ? 'quota-exceeded' : 'forbidden',
    message: secretFailureTexts.sealedFile.notSaved({ isFull, path }),
    path,
    fix: secretFailureTexts.sealedFile.notSavedFix({ isFull }),
    cause: error,
  })
}
