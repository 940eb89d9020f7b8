import { authorText, CONFLICT_KINDS, whatItDid, whatItDoes } from '../../../common/conflict-texts.ts'
import type { ConflictKind } from '../../../common/conflict.ts'
import { formatBytes } from '../../../common/format.ts'
import { conflictMessages } from '../../../common/messages/en/conflicts.ts'
import { textsOf } from '../../../common/messages/texts.ts'
import type { Client, ConflictDetail, ConflictQuery, ConflictSideView, ConflictView } from '../../../common/protocol.ts'
import { withClient } from '../client.ts'
import type { Command, Context, Input } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { findFolder } from '../find-folder.ts'
import type { PairConflicts } from '../pair-conflicts.ts'
import { usageError } from '../failure.ts'
import { printable } from '../printable.ts'
import { table } from '../table.ts'
import { cliTexts } from '../cli-texts.ts'
import { evidenceLines } from './conflict-evidence.ts'

const words = textsOf('conflicts', conflictMessages)

/** `tidekeep conflicts list`. */
export const conflictsList: Command = (context, input) =>
  withClient(context, 'look', async (client) => {
    const { options } = input
    const state = options['resolved'] === true ? 'resolved' : 'unresolved'
    const query = await queryOf(client, context, input)
    const conflicts = await client.call('conflicts.list', { ...query, state, limit: options['limit'] as number })
    const folders = await client.call('folders.list', {})
    const nameOf = (id: string): string => folders.find((folder) => folder.id === id)?.name ?? id
    const pairs = await pairsFor(context, input)
    if (conflicts.length === 0 && pairs.length === 0)
      context.output.line(state === 'resolved' ? cliTexts.conflicts.nothingDecided : cliTexts.conflicts.none)
    else for (const line of table(conflicts.map((each) => rowOf(each, nameOf)))) context.output.line(line)
    const { conflicts: total } = await client.call('conflicts.count', query)
    if (state === 'unresolved' && total > conflicts.length)
      context.output.line(cliTexts.conflicts.andMoreLimit({ total: total - conflicts.length }))
    for (const line of pairs.flatMap(pairLines)) context.output.line(line)
    context.output.result({ type: 'conflicts', state, unresolved: total, conflicts, pairs })
    return EXIT.ok
  })

/** Those of each `sync` of two folders that are not configured; none where a folder is named, or what was decided is asked for. */
async function pairsFor(context: Context, { options }: Input): Promise<readonly PairConflicts[]> {
  if (options['resolved'] === true || options['folder'] !== undefined) return []
  const kind = options['kind'] as ConflictKind | undefined
  const limit = options['limit'] as number
  return context.ports.pairConflicts(await context.host(), { limit, ...(kind === undefined ? {} : { kind }) })
}

function pairLines({ source, target, unresolved, conflicts }: PairConflicts): readonly string[] {
  const rows = conflicts.map((each) => ['', printable(each.path), ...whatOf(each)])
  return [
    cliTexts.conflicts.between({ source: printable(source), target: printable(target) }),
    ...table(rows),
    ...(unresolved > rows.length ? [cliTexts.conflicts.andMoreLimit({ total: unresolved - rows.length })] : []),
    cliTexts.conflicts.betweenFix,
  ]
}

/** `tidekeep conflicts show ID`. */
export const conflictsShow: Command = (context, { args, options }) =>
  withClient(context, 'queue', async (client) => {
    const fetch = options['fetch'] === true
    const detail = await client.call('conflicts.show', { id: args[0] as number, fetch })
    for (const line of linesOf(detail)) context.output.line(line)
    context.output.result({ type: 'conflict', ...detail })
    return EXIT.ok
  })

/** What the options name. */
export async function queryOf(client: Client, context: Context, { options }: Input): Promise<ConflictQuery> {
  const named = options['folder'] as string | undefined
  const folder = named === undefined ? undefined : await findFolder(client, context, named)
  const scope = options['path'] as string | undefined
  const kind = options['kind'] as ConflictKind | undefined
  if (scope !== undefined && folder === undefined)
    throw usageError(cliTexts.conflicts.pathNeedsFolderItIs, cliTexts.conflicts.pathNeedsFolderItIsFix)
  return {
    ...(folder === undefined ? {} : { folderId: folder.id }),
    ...(scope === undefined ? {} : { scope: scope.replaceAll(/^\/+|\/+$/g, '') }),
    ...(kind === undefined ? {} : { kind }),
  }
}

function rowOf(conflict: ConflictView, nameOf: (id: string) => string): readonly string[] {
  return [String(conflict.id), printable(nameOf(conflict.folderId)), printable(conflict.path), ...whatOf(conflict)]
}

/** How both sides differ, and what became of that. */
function whatOf(conflict: Omit<ConflictView, 'id' | 'folderId'>): readonly string[] {
  const { kind, state, resolution, newer, local, remote } = conflict
  const how = resolution === undefined ? CONFLICT_KINDS[kind] : whatItDid(resolution.kind, conflict)
  const sizes = cliTexts.conflicts.sizes({ here: sizeText(local), there: sizeText(remote) })
  const later =
    newer === 'neither' ? '' : newer === 'local' ? cliTexts.conflicts.newerHere : cliTexts.conflicts.newerThere
  const detail =
    resolution === undefined ? (state === 'resolving' ? cliTexts.conflicts.decidedOnItsWay : later) : undoText(conflict)
  return [how, sizes, detail]
}

function undoText({ undoable, resolution }: Pick<ConflictView, 'undoable' | 'resolution'>): string {
  const renamed =
    resolution?.renamedTo === undefined ? '' : cliTexts.conflicts.now({ path: printable(resolution.renamedTo) })
  return [renamed, undoable === true ? cliTexts.conflicts.canBeUndone : ''].filter((part) => part !== '').join(', ')
}

function linesOf({ conflict, names, evidence, merge, copyName, choices, advice }: ConflictDetail): readonly string[] {
  const { id, path, kind, local, remote, newer, state } = conflict
  const decide = (kindOf: string, what: string): string =>
    cliTexts.conflicts.tidekeepConflictsResolve({ kindOf, id, what })
  return [
    `${printable(path)}: ${CONFLICT_KINDS[kind]}`,
    ...table([
      [
        cliTexts.conflicts.here,
        printable(names.local),
        ...sideCells(local),
        newer === 'local' ? cliTexts.conflicts.newer : '',
      ],
      [
        cliTexts.conflicts.there,
        printable(names.remote),
        ...sideCells(remote),
        newer === 'remote' ? cliTexts.conflicts.newer : '',
      ],
    ]),
    ...evidenceLines(evidence),
    ...mergeLines(evidence, merge),
    ...(advice === undefined
      ? []
      : [cliTexts.conflicts.advice({ resolution: advice.resolution, reason: advice.reason })]),
    ...(state === 'resolving' ? [cliTexts.conflicts.itIsDecidedAndOn] : []),
    ...(state === 'open' && choices.length === 0 ? [words.noChoice] : []),
    ...choices.map((choice) =>
      decide(
        choice,
        choice === 'keep-both'
          ? `${whatItDoes(choice, conflict)} (${printable(copyName)})`
          : whatItDoes(choice, conflict),
      ),
    ),
  ]
}

/** Texts only: nobody expects others to be merged. */
function mergeLines({ kind }: ConflictDetail['evidence'], merge: ConflictDetail['merge']): readonly string[] {
  if (merge.isPossible) return [cliTexts.conflicts.theChangesOfBothCan]
  return kind === 'text' ? [words.noMerge({ why: merge.why })] : []
}

function sizeText({ kind, size }: Pick<ConflictSideView, 'kind' | 'size'>): string {
  return kind === 'directory' ? cliTexts.conflicts.folder : formatBytes(size)
}

function sideCells({ kind, size, mtimeMs, changedBy }: ConflictSideView): readonly string[] {
  const when = mtimeMs === undefined ? '' : `${new Date(mtimeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`
  return [kind === 'directory' ? cliTexts.conflicts.folder : formatBytes(size), when, printable(authorText(changedBy))]
}
