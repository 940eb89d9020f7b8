import { TidekeepError } from '../../../common/errors.ts'
import type { DeleteAction, Outcome } from '../../../common/model.ts'
import { download } from './download.ts'
import { lookAgain } from './here.ts'
import { hasFolders } from './objects-below.ts'
import { failedWith, keepFor, keptOf, type Run } from './run.ts'
import { isAgreedFile } from './same-content.ts'

/** A folder at the target that is not empty yet may be about to be; one that stays so holds what is not ours. */
const EMPTYING_ATTEMPTS = 4

/** Removes what is gone at the source and unchanged at the target; what is removed is kept. */
export async function remove(run: Run, action: DeleteAction): Promise<Outcome> {
  const { context, options, signal } = run
  if (run.isOthers(action.path)) return run.done({ action, method: 'forget', baseline: undefined })
  // The scan may be minutes old, and an ignored file is not a deleted one: only what is really gone is removed.
  // Where a target has no folders, a folder here does not take the place of a file there.
  const presence = await context.presence(action.path, hasFolders(context.target) ? undefined : action.base.kind)
  if (presence === 'left-out') return run.done({ action, method: 'forget', baseline: undefined })
  // Made again: the target still holds what was agreed on, and the next look compares with that.
  if (presence === 'carried') return run.done({ action, method: 'forget', baseline: action.base })
  await context.delta?.removing(action.path, action.base, signal)
  const isFolder = action.base.kind === 'directory'
  const keep = isFolder ? undefined : keepFor(context, action)
  // A decision that was taken back since this began ended what the deletion stands on.
  if (context.isAgreedOn?.(action.base.path) === false) throw lookAgain(action.path)
  try {
    const kept = await context.target.remove(action.path, {
      expect: isFolder ? { kind: 'directory' } : action.expect,
      signal,
      ...(keep === undefined ? {} : { keep }),
    })
    return run.done({ action, method: 'delete', baseline: undefined, ...keptOf(action.base, kept) })
  } catch (error) {
    if (!failedWith(error, 'precondition-failed')) throw error
    const again = await removeAgreed(run, action)
    if (again !== undefined) return again
    const isTaken = isFolder && (await run.remoteNow(action.path))?.kind === 'file'
    if (isFolder && !isTaken && (options.attempts ?? 0) < EMPTYING_ATTEMPTS) throw notEmptyYet(error)
    if (run.isTwoWay && !isTaken) return bringEdited(run, action)
    // Someone else changed it, or put something in it: it is no longer ours to delete.
    return run.done({ action, method: 'forget', baseline: undefined, keptAside: action.path })
  }
}

/** Two-way: an edit at the target beats a deletion here. A folder that is not empty is met by the next look at both sides. */
async function bringEdited(run: Run, action: DeleteAction): Promise<Outcome> {
  const { path, base, expect } = action
  const remote = await run.remoteNow(path)
  if (remote?.kind !== 'file') return run.done({ action, method: 'forget', baseline: undefined })
  return download(run, { kind: 'download', path, remote, base, expect })
}

/**
 * Removes the very file that was agreed on under the etag it has by now: of a move that a crash cut
 * off, the old name. Undefined where it is another file, or none.
 */
async function removeAgreed(run: Run, action: DeleteAction): Promise<Outcome | undefined> {
  const { path, base, expect } = action
  const remote = expect.kind === 'etag' && base.kind === 'file' ? await run.remoteNow(path) : undefined
  if (remote?.etag === undefined || (expect.kind === 'etag' && remote.etag === expect.etag)) return undefined
  const { context, signal } = run
  try {
    if (!(await isAgreedFile(context, { base, remote }, signal))) return undefined
    const { etag } = remote
    const keep = keepFor(context, { base: undefined })
    const how = { expect: { kind: 'etag', etag }, signal, ...(keep === undefined ? {} : { keep }) } as const
    return run.done({
      action,
      method: 'delete',
      baseline: undefined,
      ...keptOf(base, await context.target.remove(path, how)),
    })
  } catch (error) {
    if (failedWith(error, 'precondition-failed', 'not-found')) return undefined
    throw error
  }
}

function notEmptyYet(error: TidekeepError): TidekeepError {
  return new TidekeepError({ code: error.code, message: error.message, retry: { kind: 'backoff' }, cause: error })
}
