import { similarTo } from '../../common/similar.ts'
import { openAccountFiles } from '../state/account-files.ts'
import { cliTexts } from './cli-texts.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { CommandError } from './failure.ts'

/**
 * Throws `unauthenticated` (exit code 12) where no keys were ever saved under a name that was typed. Keys whose
 * record is lost are enough; a record whose keys are lost is for whoever asks for them to tell.
 */
export async function requireKeys(context: Context, name: string): Promise<void> {
  const names = openAccountFiles(context.paths.config)
    .list()
    .flatMap((account) => (account.kind === 's3' ? [account.name] : []))
  if (names.includes(name)) return
  const accounts = await context.ports.accounts(await context.host(), context.io.env)
  if (await accounts.hasKeys(name)) return
  const near = similarTo(name, names)
  const { thereAreNoKeysOf, thereAreNoKeysOfFix: fix } = cliTexts.account
  throw new CommandError(EXIT.auth, {
    code: 'unauthenticated',
    message: thereAreNoKeysOf({ name: JSON.stringify(name) }),
    fix: near.length === 0 ? fix : `${cliTexts.parsing.meant({ names: near.join(', ') })} ${fix}`,
  })
}
