import { TidekeepError } from '../../../common/errors.ts'
import { isKeptPlace } from '../../../common/kept-area.ts'
import type { Entry, MakeWayAction, Outcome, SettleAction } from '../../../common/model.ts'
import { failpoint } from '../../../workers/failpoint.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'
import { metadataOf } from './baseline-entry.ts'
import { fetchOver } from './fetch.ts'
import { expectOf, hereNow, isAsSeen } from './here.ts'
import { folderHere } from './make-local-directory.ts'
import { hasFolders, isCopy, lookFor, moveBelow } from './objects-below.ts'
import { put } from './put.ts'
import { renameHere } from './rename-here.ts'
import { failedWith, keepFor, type Run } from './run.ts'
import { settle, settleBoth } from './settle-both.ts'

/**
 * A file against a folder: one of them gets the other name on its side, then the other takes its place there. Each step may be
 * cut off: the next time goes on with what is left. Where a side is no longer what was decided about, or the name was
 * taken meanwhile, both are compared anew and nothing is renamed.
 */
export async function makeWay(run: Run, action: MakeWayAction): Promise<Outcome> {
  try {
    const stays = await whatStays(run, action)
    failpoint('execute.make-way.before')
    if (action.side === 'local') await renameHere(run, action.local, action.as)
    else await renameThere(run, action)
    failpoint('execute.make-way.after')
    const outcome = action.side === 'local' ? await bringHere(run, action, stays) : await bringThere(run, action, stays)
    return { ...outcome, action, ...(isKeptPlace(action.as) ? { keptAside: action.as } : {}) }
  } catch (error) {
    if (!failedWith(error, 'precondition-failed', 'already-exists', 'not-found')) throw error
    await putBackThere(run, action)
    return settle(run, asSettle(action))
  }
}

/** Of what lies below a name there, some may be away already: decided anew, it is decided of all of it. */
async function putBackThere(run: Run, { path, side, as, remote }: MakeWayAction): Promise<void> {
  const { target } = run.context
  if (side === 'local' || remote.kind === 'file' || hasFolders(target)) return
  await moveBelow(target, { from: as, to: path }, run.signal).catch((error: unknown) => {
    // What has another in its place by now stays an earlier version.
    if (!failedWith(error, 'precondition-failed', 'already-exists')) throw error
  })
}

/** What takes the place, as the decision was about it; a name beside it is free on that side, too. Throws `precondition-failed`. */
async function whatStays(run: Run, action: MakeWayAction): Promise<Entry> {
  const { path, as, side } = action
  const { target } = run.context
  const now = (at: typeof path, kind: Entry['kind'] = 'file') =>
    side === 'local' ? lookFor(target, { path: at, kind }, run.signal) : hereNow(run, at)
  const stays = await now(path, action.remote.kind)
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
  if (remote.kind === 'directory' && !hasFolders(target)) return moveBelow(target, { from: path, to: as }, run.signal)
  const [there, renamed] = [await run.remoteNow(path), await run.remoteNow(as)]
  // A crash cut this off after the step.
  if (there === undefined && renamed?.kind === remote.kind && isOfSize(renamed, remote)) return
  if (there === undefined || target.features.move === undefined || !isSame(there, remote)) throw otherwise(action)
  const options = { expect: expectOf(there), signal: run.signal }
  if (renamed === undefined) await target.features.move(path, as, options)
  // Or within it, where the target copies and then removes.
  else if (await isCopy(target, [there, renamed], run.signal)) await target.remove(path, options)
  else throw otherwise(action)
}

async function bringHere(run: Run, action: MakeWayAction, remote: Entry): Promise<Outcome> {
  const { path, as } = action
  const { target } = run.context
  if (hasFolders(target))
    return remote.kind === 'directory'
      ? folderHere(run, action, { remote })
      : fetchOver(run, action, { remote, here: undefined })
  if (remote.kind === 'file') {
    // What lies below its name there is of the folder that was put away here: it would be against the file that comes.
    await moveBelow(target, { from: path, to: as }, run.signal)
    return fetchOver(run, action, { remote, here: undefined })
  }
  await removeOwn(run, action)
  const made = await folderHere(run, action, { remote: { ...remote, mtimeNs: action.local.mtimeNs } })
  // Of folders, nothing is agreed on with a target that has none.
  return { ...made, baseline: undefined }
}

/** Beside what lies below its name, a store of objects may hold the file itself: as it was agreed on, it goes there as it went here. */
async function removeOwn(run: Run, action: MakeWayAction): Promise<void> {
  const { path } = action
  const own = await run.remoteNow(path)
  const base = agreedBase(run, action)
  // Any other was never looked at: it is against the folder, by the next look.
  if (own?.kind !== 'file' || base?.kind !== 'file' || own.etag === undefined || own.etag !== base.remote.etag) return
  const expect = expectOf(own)
  const keep = keepFor(run.context, { base, expect })
  await run.context.target.remove(path, { expect, signal: run.signal, ...(keep === undefined ? {} : { keep }) })
}

/** A decision that was taken back since may have ended what was agreed on. */
function agreedBase({ context }: Run, { path, base }: MakeWayAction): MakeWayAction['base'] {
  return context.isAgreedOn?.(path) === false ? undefined : base
}

async function bringThere(run: Run, action: MakeWayAction, here: Entry): Promise<Outcome> {
  const { path, local } = action
  const { features } = run.context.target
  if (here.kind === 'file') {
    const own = hasFolders(run.context.target) ? undefined : await run.remoteNow(path)
    if (own?.kind === 'file')
      return settleBoth(run, asSettle(action), { local: here, remote: own, base: agreedBase(run, action) })
    return put(run, { kind: 'upload', path, local, expect: { kind: 'absent' } })
  }
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
