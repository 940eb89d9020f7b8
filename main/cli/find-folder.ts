import { similarTo } from '../../common/similar.ts'
import type { Client, FolderView } from '../../common/protocol.ts'
import type { Context } from './context.ts'
import { EXIT } from './exit-codes.ts'
import { CommandError, usageError } from './failure.ts'
import { cliTexts } from './cli-texts.ts'

/** By id, name or path. Throws `not-found`, or a usage error when a name fits several. */
export async function findFolder(client: Client, context: Context, named: string): Promise<FolderView> {
  const folders = await client.call('folders.list', {})
  const byId = folders.find((each) => each.id === named)
  if (byId !== undefined) return byId
  const found = folders.filter((each) => each.name === named || each.path === context.absolute(named))
  if (found.length === 1) return found[0]!
  if (found.length > 1)
    throw usageError(
      cliTexts.findFolder.fitsSeveralFolders({ named: JSON.stringify(named) }),
      cliTexts.findFolder.fitsSeveralFoldersFix,
    )
  const { thereIsNoFolderFix: fix } = cliTexts.findFolder
  const near = [
    ...new Set(
      similarTo(
        named,
        folders.map(({ name }) => name),
      ),
    ),
  ]
  throw new CommandError(EXIT.fatal, {
    code: 'not-found',
    message: cliTexts.findFolder.thereIsNoFolder({ named: JSON.stringify(named) }),
    fix: near.length === 0 ? fix : `${cliTexts.parsing.meant({ names: near.join(', ') })} ${fix}`,
  })
}
