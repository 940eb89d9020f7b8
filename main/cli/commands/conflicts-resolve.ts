import type { Client, DecidedItem, Decision, ResolvedView, ShownConflict } from '../../../common/protocol.ts'
import { withClient } from '../client.ts'
import type { Command, Context, Input } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { usageError } from '../failure.ts'
import { printable } from '../printable.ts'
import { table } from '../table.ts'
import { queryOf } from './conflicts.ts'
import { cliTexts } from '../cli-texts.ts'

const MOST = 10_000

/** `tidekeep conflicts resolve DECISION [ID...]`. */
export const conflictsResolve: Command = (context, input) => {
  const decision = decisionOf(input)
  const dryRun = input.options['dryRun'] === true
  return withClient(context, dryRun ? 'look' : 'queue', async (client, isRunning) => {
    const resolved = await resolve(client, context, input, { decision, dryRun })
    for (const item of resolved.items) context.output.event({ type: 'conflict-decided', ...item })
    for (const line of sentences(resolved, isRunning)) context.output.line(line)
    const exitCode = dryRun || resolved.items.every(isDone) ? EXIT.ok : EXIT.someFailed
    context.output.result({ type: 'conflicts-resolved', ok: exitCode === EXIT.ok, exitCode, ...resolved })
    return exitCode
  })
}

/** `tidekeep conflicts undo ID...`. */
export const conflictsUndo: Command = (context, input) =>
  withClient(context, 'queue', async (client) => {
    const { items } = await client.call('conflicts.undo', { ids: idsOf(input.args[0] as readonly string[]) })
    const done = items.filter(isDone).length
    for (const line of itemLines(items)) context.output.line(line)
    context.output.line(cliTexts.conflictsResolve.openedOfAgain({ done, items: items.length }))
    const exitCode = done === items.length ? EXIT.ok : EXIT.someFailed
    context.output.result({ type: 'conflicts-undone', ok: exitCode === EXIT.ok, exitCode, items })
    return exitCode
  })

function decisionOf({ args, options }: Input): Decision {
  const [kind, ids] = args as readonly [string, readonly string[]]
  const as = options['as'] as string | undefined
  if (as !== undefined && (kind !== 'keep-both' || ids.length !== 1))
    throw usageError(cliTexts.conflictsResolve.asNeedsKeepBothAnd, cliTexts.conflictsResolve.asNeedsKeepBothAndFix)
  if (kind === 'keep-both') return as === undefined ? { kind } : { kind, as }
  if (kind === 'keep-local' || kind === 'keep-remote' || kind === 'merge') return { kind }
  throw usageError(
    cliTexts.conflictsResolve.isNoDecision({ kind: JSON.stringify(kind) }),
    cliTexts.conflictsResolve.isNoDecisionFix,
  )
}

async function resolve(
  client: Client,
  context: Context,
  input: Input,
  how: { readonly decision: Decision; readonly dryRun: boolean },
): Promise<ResolvedView> {
  const ids = idsOf(input.args[1] as readonly string[])
  const isAll = input.options['all'] === true
  if (isAll === ids.length > 0)
    throw usageError(
      cliTexts.conflictsResolve.sayWhichConflictsTheirIds,
      cliTexts.conflictsResolve.sayWhichConflictsTheirIdsFix,
    )
  if (!isAll) return client.call('conflicts.resolve', { ...how, conflicts: await shown(client, ids) })
  const pattern = input.options['pattern'] as string | undefined
  const query = { ...(await queryOf(client, context, input)), ...(pattern === undefined ? {} : { pattern }) }
  const counted = await client.call('conflicts.resolve', { ...how, query, dryRun: true })
  if (how.dryRun || counted.counts.conflicts === 0) return counted
  return client.call('conflicts.resolve', { ...how, query, seen: counted.counts.seen })
}

function idsOf(typed: readonly string[]): readonly number[] {
  return typed.map((text) => {
    if (/^\d{1,15}$/.test(text)) return Number(text)
    throw usageError(
      cliTexts.conflictsResolve.isNoIdOfA({ text: JSON.stringify(text) }),
      cliTexts.conflictsResolve.sayWhichConflictsTheirIdsFix,
    )
  })
}

/** The conflicts of these ids with the versions they have right now. */
async function shown(client: Client, ids: readonly number[]): Promise<readonly ShownConflict[]> {
  const listed = await client.call('conflicts.list', { state: 'unresolved', limit: MOST })
  return ids.map((id) => {
    const conflict = listed.find((each) => each.id === id)
    if (conflict === undefined)
      throw usageError(
        cliTexts.conflictsResolve.conflictDoesNotWaitFor({ id }),
        cliTexts.conflictsResolve.sayWhichConflictsTheirIdsFix,
      )
    return { id, local: conflict.local.version, remote: conflict.remote.version }
  })
}

function isDone({ outcome }: DecidedItem): boolean {
  return outcome === 'decided' || outcome === 'reopened'
}

function sentences({ dryRun, counts, decided, items }: ResolvedView, isRunning: boolean): readonly string[] {
  const { conflicts, localNewer, remoteNewer, againstFolder } = counts
  if (conflicts === 0 && items.length === 0) return [cliTexts.conflictsResolve.thereAreNoSuchConflicts]
  const newer = cliTexts.conflictsResolve.newerHereNewerThere({ localNewer, remoteNewer })
  if (dryRun)
    return [
      cliTexts.conflictsResolve.wouldDecide({ n: conflicts, newer }),
      ...(againstFolder === 0 || conflicts === 1
        ? []
        : [cliTexts.conflictsResolve.againstFolder({ n: againstFolder })]),
    ]
  return [
    ...itemLines(items.filter((item) => !isDone(item) || item.renamedTo !== undefined)),
    `${cliTexts.conflictsResolve.decided({ n: decided, newer })}${isRunning || decided === 0 ? '' : cliTexts.conflictsResolve.itIsCarriedOutOnce}`,
  ]
}

const WHAT: Readonly<Record<DecidedItem['outcome'], string>> = cliTexts.conflictsResolve.outcomes

function itemLines(items: readonly DecidedItem[]): readonly string[] {
  return table(
    items.map(({ path, outcome, renamedTo, failure }) => {
      const detail = failure === undefined ? (renamedTo ?? '') : `${failure.message} ${failure.fix ?? ''}`.trim()
      return [path, WHAT[outcome], detail].map(printable)
    }),
  )
}
