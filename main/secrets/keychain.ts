import { randomUUID } from 'node:crypto'
import { AsyncEntry } from '@napi-rs/keyring'
import { TidekeepError } from '../../common/errors.ts'
import type { Log, Secrets } from '../host.ts'
import { secretFailureTexts } from './secret-failure-texts.ts'

/** The part of keytar's interface that is used; the system's keychain, or a test's. */
export interface Keychain {
  getPassword(service: string, account: string): Promise<string | null>
  setPassword(service: string, account: string, password: string): Promise<void>
  deletePassword(service: string, account: string): Promise<boolean>
}

const SERVICE = 'app.tidekeep'
/** A keychain that shows a dialog nobody sees must not keep the program from starting. */
const PATIENCE_MS = 10_000

/**
 * The keychain of the desktop: macOS Keychain, Windows Credential Manager, or on Linux the Secret
 * Service and nothing else: left to itself the library falls back to the kernel's keyring, which is
 * memory and empty after a reboot. Its keytar-compatible functions cannot be pinned, its entries can.
 */
export const systemKeychain: Keychain = {
  getPassword: async (service, account) => (await entry(service, account).getPassword(deadline())) ?? null,
  setPassword: (service, account, password) => entry(service, account).setPassword(password, deadline()),
  deletePassword: (service, account) => entry(service, account).deletePassword(deadline()),
}

function entry(service: string, account: string): AsyncEntry {
  return new AsyncEntry(service, account, { linux: { store: 'secret-service' } })
}

function deadline(): AbortSignal {
  return AbortSignal.timeout(PATIENCE_MS)
}

/**
 * The keychain as {@link Secrets}, after a round trip of a value proved that it keeps what it is
 * given; undefined where it does not.
 */
export async function openKeychain(keychain: Keychain, log: Log): Promise<Secrets | undefined> {
  const account = `probe-${randomUUID()}`
  const value = randomUUID()
  try {
    await keychain.setPassword(SERVICE, account, value)
    const found = await keychain.getPassword(SERVICE, account)
    const wasThere = await keychain.deletePassword(SERVICE, account)
    if (found === value && wasThere) return new KeychainSecrets(keychain)
    log.info('keychain not used', { reason: 'it did not give back what it was given' })
  } catch (error) {
    log.info('keychain not used', { reason: error instanceof Error ? error.message : String(error) })
  }
  return undefined
}

class KeychainSecrets implements Secrets {
  readonly #keychain: Keychain

  constructor(keychain: Keychain) {
    this.#keychain = keychain
  }

  get(name: string): Promise<string | undefined> {
    return translated(async () => (await this.#keychain.getPassword(SERVICE, name)) ?? undefined)
  }

  set(name: string, value: string): Promise<void> {
    return translated(() => this.#keychain.setPassword(SERVICE, name, value))
  }

  remove(name: string): Promise<void> {
    return translated(async () => {
      await this.#keychain.deletePassword(SERVICE, name)
    })
  }

  describe(): string {
    return secretFailureTexts.keychain.described
  }
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw new TidekeepError({
      code: 'unavailable',
      message: secretFailureTexts.keychain.theSystemKeychainDidNot,
      fix: secretFailureTexts.keychain.theSystemKeychainDidNotFix,
      cause: error,
    })
  }
}
