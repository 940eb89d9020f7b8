import { count } from '../../../common/format.ts'
import type { Client, DecidedItem, Decision, ResolvedView, ShownConflict } from '../../../common/protocol.ts'
import { withClient } from '../client.ts'
import type { Command, Context, Input } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { usageError } from '../failure.ts'
import { printable } from '../printable.ts'
import { table } from '../table.ts'
import { queryOf } from './conflicts.ts'

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
    context.output.line(`Opened ${count(done, 'conflict')} of ${items.length} again.`)
    const exitCode = done === items.length ? EXIT.ok : EXIT.someFailed
    context.output.result({ type: 'conflicts-undone', ok: exitCode === EXIT.ok, exitCode, items })
    return exitCode
  })

function decisionOf({ args, options }: Input): Decision {
  const [kind, ids] = args as readonly [string, readonly string[]]
  const as = options['as'] as string | undefined
  if (as !== undefined && (kind !== 'keep-both' || ids.length !== 1))
    throw usageError('--as needs keep-both and exactly one id.', 'For example: keep-both 12 --as "notes (mine).txt".')
  if (kind === 'keep-both') return as === undefined ? { kind } : { kind, as }
  if (kind === 'keep-local' || kind === 'keep-remote' || kind === 'merge') return { kind }
  throw usageError(`${JSON.stringify(kind)} is no decision.`, 'It is keep-local, keep-remote, keep-both or merge.')
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
    throw usageError('Say which conflicts: their ids, or --all.', 'See "tidekeep conflicts list".')
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
    throw usageError(`${JSON.stringify(text)} is no id of a conflict.`, 'See "tidekeep conflicts list".')
  })
}

/** The conflicts of these ids with the versions they have right now. */
async function shown(client: Client, ids: readonly number[]): Promise<readonly ShownConflict[]> {
  const listed = await client.call('conflicts.list', { state: 'unresolved', limit: MOST })
  return ids.map((id) => {
    const conflict = listed.find((each) => each.id === id)
    if (conflict === undefined)
      throw usageError(`Conflict ${id} does not wait for a decision.`, 'See "tidekeep conflicts list".')
    return { id, local: conflict.local.version, remote: conflict.remote.version }
  })
}

function isDone({ outcome }: DecidedItem): boolean {
  return outcome === 'decided' || outcome === 'reopened'
}

function sentences({ dryRun, counts, decided, items }: ResolvedView, isRunning: boolean): readonly string[] {
  const { conflicts, localNewer, remoteNewer } = counts
  if (conflicts === 0 && items.length === 0) return ['There are no such conflicts.']
  const newer = `newer here: ${localNewer}, newer there: ${remoteNewer}`
  if (dryRun) return [`Would decide ${count(conflicts, 'conflict')} (${newer}).`]
  return [
    ...itemLines(items.filter((item) => !isDone(item) || item.renamedTo !== undefined)),
    `Decided ${count(decided, 'conflict')} (${newer}).${isRunning || decided === 0 ? '' : ' It is carried out once the service runs.'}`,
  ]
}

const WHAT: Readonly<Record<DecidedItem['outcome'], string>> = {
  decided: 'decided',
  reopened: 'open again',
  moved: 'changed since, left alone',
  refused: 'left alone',
  failed: 'not decided',
}

function itemLines(items: readonly DecidedItem[]): readonly string[] {
  return table(
    items.map(({ path, outcome, renamedTo, failure }) => {
      const detail = failure === undefined ? (renamedTo ?? '') : `${failure.message} ${failure.fix ?? ''}`.trim()
      return [path, WHAT[outcome], detail].map(printable)
    }),
  )
}
