import type { ConflictRule } from '../../../common/conflict.ts'
import type { FolderRulesView } from '../../../common/protocol.ts'
import { withClient } from '../client.ts'
import type { Command, Context } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { findFolder } from '../find-folder.ts'
import { printable } from '../printable.ts'
import { table } from '../table.ts'
import { cliTexts } from '../cli-texts.ts'

/** `tidekeep conflicts rules`. */
export const rulesList: Command = (context) =>
  withClient(context, 'look', async (client) => tell(context, await client.call('conflicts.rules', {})))

/** `tidekeep conflicts rules add FOLDER PATTERN DECISION`. */
export const rulesAdd: Command = (context, { args }) =>
  withClient(context, 'settings', async (client) => {
    const [named, pattern, resolution] = args as readonly [string, string, ConflictRule['resolution']]
    const { id: folderId } = await findFolder(client, context, named)
    return tell(context, await client.call('conflicts.addRule', { folderId, rule: { pattern, resolution } }))
  })

/** `tidekeep conflicts rules remove FOLDER PATTERN`. */
export const rulesRemove: Command = (context, { args }) =>
  withClient(context, 'settings', async (client) => {
    const [named, pattern] = args as readonly [string, string]
    const { id: folderId } = await findFolder(client, context, named)
    return tell(context, await client.call('conflicts.removeRule', { folderId, pattern }))
  })

function tell(context: Context, folders: readonly FolderRulesView[]): number {
  const rows = folders.flatMap(({ name, rules }) =>
    rules.map(({ pattern, resolution }) => [printable(name), printable(pattern), resolution]),
  )
  if (rows.length === 0) context.output.line(cliTexts.conflictsRules.thereAreNoRulesEvery)
  for (const line of table(rows)) context.output.line(line)
  context.output.result({ type: 'conflict-rules', folders })
  return EXIT.ok
}
