import { TidekeepError } from '../../../common/errors.ts'
import { isKeptPlace } from '../../../common/kept-area.ts'
import type { Entry, MakeWayAction, Outcome, SettleAction } from '../../../common/model.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'
import { metadataOf } from './baseline-entry.ts'
import { fetchOver } from './fetch.ts'
import { expectOf, hereNow, isAsSeen } from './here.ts'
import { folderHere } from './make-local-directory.ts'
import { put } from './put.ts'
import { renameHere } from './rename-here.ts'
import { failedWith, type Run } from './run.ts'
import { hashAtTarget } from './same-content.ts'
import { settle } from './settle-both.ts'

/**
 * A file against a folder: one of them gets the other name on its side, then the other takes its place there. Each step may be
 * cut off: the next time goes on with what is left. Where a side is no longer what was decided about, or the name was
 * taken meanwhile, both are compared anew and nothing is renamed.
 */
export async function makeWay(run: Run, action: MakeWayAction): Promise<Outcome> {
  try {
    const stays = await whatStays(run, action)
    if (action.side === 'local') await renameHere(run, action.local, action.as)
    else await renameThere(run, action)
    const outcome = action.side === 'local' ? await bringHere(run, action, stays) : await bringThere(run, action, stays)
    return { ...outcome, action, ...(isKeptPlace(action.as) ? { keptAside: action.as } : {}) }
  } catch (error) {
    if (!failedWith(error, 'precondition-failed', 'already-exists', 'not-found')) throw error
    return settle(run, asSettle(action))
  }
}

/** What takes the place, as the decision was about it; a name beside it is free on that side, too. Throws `precondition-failed`. */
async function whatStays(run: Run, action: MakeWayAction): Promise<Entry> {
  const { path, as, side } = action
  const now = (at: typeof path) => (side === 'local' ? run.remoteNow(at) : hereNow(run, at))
  const stays = await now(path)
  const isForeseen =
    stays !== undefined && (side === 'local' ? isSame(stays, action.remote) : isAsSeen(stays, action.local))
  const isFree = isKeptPlace(as) || (await now(as)) === undefined
  if (!isForeseen || !isFree) throw otherwise(action)
  return stays
}

/** Gives what is at the target the other name; once more is as good. */
async function renameThere(run: Run, action: MakeWayAction): Promise<void> {
  const { path, as, remote } = action
  const { target } = run.context
  const [there, renamed] = [await run.remoteNow(path), await run.remoteNow(as)]
  // A crash cut this off after the step.
  if (there === undefined && renamed?.kind === remote.kind && isOfSize(renamed, remote)) return
  if (there === undefined || target.features.move === undefined || !isSame(there, remote)) throw otherwise(action)
  const options = { expect: expectOf(there), signal: run.signal }
  if (renamed === undefined) await target.features.move(path, as, options)
  // Or within it, where the target copies and then removes.
  else if (await isCopy(run, there, renamed)) await target.remove(path, options)
  else throw otherwise(action)
}

async function isCopy({ context, signal }: Run, there: Entry, renamed: Entry): Promise<boolean> {
  if (there.kind !== 'file' || renamed.kind !== 'file' || there.size !== renamed.size) return false
  return (await hashAtTarget(context.target, there, signal)) === (await hashAtTarget(context.target, renamed, signal))
}

function bringHere(run: Run, action: MakeWayAction, remote: Entry): Promise<Outcome> {
  if (remote.kind === 'directory') return folderHere(run, action, { remote })
  return fetchOver(run, action, { remote, here: undefined })
}

async function bringThere(run: Run, action: MakeWayAction, here: Entry): Promise<Outcome> {
  const { path, local } = action
  const { features } = run.context.target
  if (here.kind === 'file') return put(run, { kind: 'upload', path, local, expect: { kind: 'absent' } })
  if (features.makeDirectory === undefined) return run.done({ action, method: 'forget', baseline: undefined })
  const remote = await features.makeDirectory(path, metadataOf(local), { signal: run.signal })
  const baseline = run.baselineOf(local, { remote, hash: undefined, verifiedBy: 'checksum' })
  return run.done({ action, method: 'directory', baseline })
}

function isSame(there: Entry, seen: Entry): boolean {
  return there.kind === seen.kind && (there.kind === 'directory' || there.etag === seen.etag)
}

function isOfSize(renamed: Entry, seen: Entry): boolean {
  return renamed.kind === 'directory' || renamed.size === seen.size
}

function otherwise({ path }: MakeWayAction): TidekeepError {
  return new TidekeepError({
    code: 'precondition-failed',
    message: engineFailureTexts.here.isNotWhatItWas({ path }),
    path,
  })
}

function asSettle({ as: _as, side: _side, resolves: _resolves, ...rest }: MakeWayAction): SettleAction {
  return { ...rest, kind: 'settle' }
}
