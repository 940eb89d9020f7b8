import type { Random, Secrets } from '../../host.ts'
import { seal, unseal, type Sealed } from '../../secrets/sealing.ts'

const SECRET_NAME = 'onedrive:upload-sessions'
const KEY_BYTES = 32

/**
 * Addresses of upload sessions are rights to write by themselves, and are remembered between runs: they
 * are sealed with a key of the secret store, so that the state holds nothing that opens anything (I21).
 */
export class SessionSeal {
  readonly #secrets: Pick<Secrets, 'get' | 'set'>
  readonly #random: Random
  #key: Promise<Buffer> | undefined

  constructor(secrets: Pick<Secrets, 'get' | 'set'>, random: Random) {
    this.#secrets = secrets
    this.#random = random
  }

  /** `name` is bound to it: it does not open under another. */
  async close(name: string, address: string): Promise<Sealed> {
    return seal(await this.#open(), name, address)
  }

  /** Undefined for what was not sealed here, or is damaged. */
  async open(name: string, sealed: Sealed): Promise<string | undefined> {
    return unseal(await this.#open(), name, sealed)
  }

  async #open(): Promise<Buffer> {
    this.#key ??= this.#load()
    try {
      return await this.#key
    } catch (error) {
      this.#key = undefined
      throw error
    }
  }

  async #load(): Promise<Buffer> {
    const known = await this.#secrets.get(SECRET_NAME)
    if (known !== undefined && /^[0-9a-f]{64}$/.test(known)) return Buffer.from(known, 'hex')
    const made = this.#random.hex(KEY_BYTES)
    await this.#secrets.set(SECRET_NAME, made)
    return Buffer.from(made, 'hex')
  }
}
