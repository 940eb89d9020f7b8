import { isTidekeepError } from '../../../common/errors.ts'
import type { Action, Entry, Outcome } from '../../../common/model.ts'
import type { TargetProvider } from '../../providers/provider.ts'
import { changedMeanwhile, expectOf } from './here.ts'
import { withItsCtime } from './local-content.ts'
import { put } from './put.ts'
import { failedWith, type Run } from './run.ts'

/** Attempts to replace a name: whatever else gives the same file a name or takes one moves its ctime. */
const TURNS = 3

/** By `device:inode`, the last replacement of a name of the same file: one at a time, as each moves the ctime of all its names. */
const underWay = new WeakMap<TargetProvider, Map<string, Promise<unknown>>>()

/** A path of both sides, where the target's is a name of the source's own file. */
interface OneFile {
  readonly local: Entry
  readonly remote: Entry
}

/** Whether the target's file is the source's own under a second name: however it compares, it is no copy. */
export async function isSourceItself({ context, signal }: Run, local: Entry, remote: Entry): Promise<boolean> {
  const inode = local.identity?.inode
  if (inode === undefined || local.kind !== 'file' || remote.kind !== 'file') return false
  return (await context.target.features.isLinkTo?.(remote, { inode, signal })) === true
}

/**
 * Puts a copy of the source's file where the target has a second name of it. That name is kept nowhere: among earlier versions it would
 * still be the source, and follow each edit of it. Throws `changed` or `precondition-failed` where either side has something else by now.
 */
export async function putApart(run: Run, action: Action, one: OneFile): Promise<Outcome> {
  const { target } = run.context
  const files = underWay.get(target) ?? new Map<string, Promise<unknown>>()
  underWay.set(target, files)
  const inode = one.local.identity!.inode
  const before = files.get(inode)
  const replaced = before === undefined ? replace(run, action, one) : before.then(() => replaceNow(run, action, one))
  const ended = replaced.catch(() => undefined)
  files.set(inode, ended)
  try {
    return await replaced
  } finally {
    if (files.get(inode) === ended) files.delete(inode)
  }
}

/** After something that may have moved the times of what was found. */
async function replaceNow(run: Run, action: Action, one: OneFile, turn = 1): Promise<Outcome> {
  const remote = await run.remoteNow(action.path)
  if (remote === undefined || !(await isSourceItself(run, one.local, remote)))
    throw changedMeanwhile(action.path, undefined)
  return replace(run, action, { ...one, remote }, turn)
}

async function replace(run: Run, action: Action, one: OneFile, turn = 1): Promise<Outcome> {
  const local = await withItsCtime(run.context.root, one.local)
  try {
    const upload = { kind: 'upload', path: action.path, local, expect: expectOf(one.remote) } as const
    return { ...(await asLeft(run, local, await put(run, upload, undefined, 'dropped'))), action }
  } catch (error) {
    if (turn === TURNS || !failedWith(error, 'changed', 'precondition-failed')) throw error
    return replaceNow(run, action, one, turn + 1)
  }
}

/** Losing a name has moved the ctime of the source's file: it is agreed on as it is now, where it still is what was copied. Otherwise the next look compares it. */
async function asLeft(run: Run, local: Entry, outcome: Outcome): Promise<Outcome> {
  const { baseline } = outcome
  const left = await withItsCtime(run.context.root, local)
  if (baseline === undefined || left.identity === undefined || left === local) return outcome
  try {
    if ((await run.hash(left)) !== baseline.contentHash) return outcome
  } catch (error) {
    if (!isTidekeepError(error)) throw error
    return outcome
  }
  return { ...outcome, baseline: { ...baseline, identity: left.identity } }
}
