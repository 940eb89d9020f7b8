import { readFileSync } from 'node:fs'
import type { AccountState, Accounts } from '../../accounts/accounts.ts'
import type { Context, Input } from '../context.ts'
import { usageError } from '../failure.ts'
import { cliTexts } from '../cli-texts.ts'

/** Keys come from a file, from standard input or from who types: other users of a machine see arguments. */
export async function addS3(context: Context, { options }: Input, accounts: Accounts): Promise<AccountState> {
  const name = (options['name'] as string | undefined) ?? 's3'
  if (!/^[\w-]{1,64}$/.test(name))
    throw usageError(cliTexts.accountKeys.keysAreCalledByLetters, cliTexts.accountKeys.keysAreCalledByLettersFix)
  const file = options['keysFile'] as string | undefined
  const text = file === undefined ? await typed(context, options) : readSecretFile(context, file)
  const [accessKeyId, secretAccessKey, ...more] = text.split(/\s+/).filter((each) => each !== '')
  if (accessKeyId === undefined || secretAccessKey === undefined || more.length > 0)
    throw usageError(cliTexts.accountKeys.anAccessKeyIdAnd, cliTexts.accountKeys.anAccessKeyIdAndFix)
  return accounts.addS3(name, { accessKeyId, secretAccessKey })
}

async function typed({ io }: Context, options: Input['options']): Promise<string> {
  if (options['input'] === false) return io.readInput()
  const id = await io.askSecret(cliTexts.accountKeys.accessKeyId)
  if (id === undefined) return io.readInput()
  return `${id}\n${(await io.askSecret(cliTexts.accountKeys.secretKey)) ?? ''}`
}

/** The content of a file with a secret. Throws a usage error that names the file and nothing in it. */
export function readSecretFile(context: Context, file: string): string {
  const path = context.absolute(file)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw usageError(
      cliTexts.accountKeys.theFileCannotBeRead({ path, code }),
      cliTexts.accountKeys.theFileCannotBeReadFix,
    )
  }
}
