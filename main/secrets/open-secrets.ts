import { readFileSync } from 'node:fs'
import { TidekeepError } from '../../common/errors.ts'
import type { Log, Paths, Secrets } from '../host.ts'
import { openKeychain, systemKeychain, type Keychain } from './keychain.ts'
import { hasSealedFile, openSealedFile } from './sealed-file.ts'
import { secretFailureTexts } from './secret-failure-texts.ts'

/** Options of {@link openSecrets}. */
export interface SecretsOptions {
  readonly paths: Pick<Paths, 'config'>
  /** `TIDEKEEP_PASSPHRASE`, `TIDEKEEP_PASSPHRASE_FILE`, `TIDEKEEP_SECRETS` (`keychain` or `file`). */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
  /** For tests; the system's own by default. */
  readonly keychain?: Keychain
}

/**
 * Chooses where secrets are kept: a sealed file when a passphrase is given (someone chose it), else
 * the system's keychain where it works, else a sealed file with its key beside it. Throws `invalid`
 * (the passphrase file cannot be read, or `TIDEKEEP_SECRETS` is neither word) and `unavailable`
 * (`TIDEKEEP_SECRETS=keychain` and there is none).
 */
export async function openSecrets(options: SecretsOptions): Promise<Secrets> {
  const { env, log } = options
  const passphrase = readPassphrase(env)
  const file = openSealedFile({ directory: options.paths.config, passphrase, log })
  await file.adoptPassphrase().catch((error: unknown) => {
    log.error('secrets not sealed anew', { reason: error instanceof Error ? error.message : String(error) })
  })
  const choice = chosenKind(env)
  if (choice === 'file' || (choice === undefined && passphrase !== undefined)) return file
  const keychain = await openKeychain(options.keychain ?? systemKeychain, log)
  if (keychain === undefined) {
    if (choice === undefined) return file
    throw new TidekeepError({
      code: 'unavailable',
      message: secretFailureTexts.openSecrets.thereIsNoSystemKeychain,
      fix: secretFailureTexts.openSecrets.thereIsNoSystemKeychainFix,
      retry: { kind: 'never' },
    })
  }
  return hasSealedFile(options.paths.config) ? withEarlier(keychain, file) : keychain
}

/** Secrets that were sealed before there was a keychain (a service without a desktop) are still found, and removed with the rest. */
function withEarlier(keychain: Secrets, file: Secrets): Secrets {
  return {
    get: async (name) => (await keychain.get(name)) ?? (await file.get(name)),
    set: (name, value) => keychain.set(name, value),
    remove: async (name) => {
      await keychain.remove(name)
      await file.remove(name)
    },
    describe: () => keychain.describe(),
  }
}

function chosenKind(env: SecretsOptions['env']): 'keychain' | 'file' | undefined {
  const choice = env['TIDEKEEP_SECRETS']
  if (choice === undefined || choice === '') return undefined
  if (choice === 'keychain' || choice === 'file') return choice
  throw new TidekeepError({
    code: 'invalid',
    message: secretFailureTexts.openSecrets.tidekeepSecretsMustBeKeychain({ choice: JSON.stringify(choice) }),
    fix: secretFailureTexts.openSecrets.tidekeepSecretsMustBeKeychainFix,
  })
}

function readPassphrase(env: SecretsOptions['env']): string | undefined {
  const direct = env['TIDEKEEP_PASSPHRASE']
  if (direct !== undefined && direct !== '') return direct
  const path = env['TIDEKEEP_PASSPHRASE_FILE']
  if (path === undefined || path === '') return undefined
  const text = readLine(path)
  if (text !== '') return text
  throw new TidekeepError({
    code: 'invalid',
    message: secretFailureTexts.openSecrets.thePassphraseFileIsEmpty({ path }),
    path,
    fix: secretFailureTexts.openSecrets.thePassphraseFileIsEmptyFix,
  })
}

/** The first line, without its end; a passphrase may begin or end with spaces. */
function readLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/, 1)[0] ?? ''
  } catch (error) {
    throw new TidekeepError({
      code: 'invalid',
      message: secretFailureTexts.openSecrets.thePassphraseFileCannotBe({ path }),
      path,
      fix: secretFailureTexts.openSecrets.thePassphraseFileCannotBeFix,
      cause: error,
    })
  }
}
