import { isTidekeepError } from '../../../common/errors.ts'
import type { DownloadAction, Entry, MoveLocalAction, Outcome, RelPath } from '../../../common/model.ts'
import { isFolding } from '../../../common/name-folding.ts'
import { parentOf } from '../../../common/paths.ts'
import type { TargetProvider } from '../../providers/provider.ts'
import { download } from './download.ts'
import { followMetadata } from './fetch.ts'
import { expectOf, hereNow, isAsSeen, lookAgain, removedIfEmpty, sourceOf } from './here.ts'
import { failedWith, type Run } from './run.ts'
import { hashAtTarget } from './same-content.ts'
import { isSameMetadata } from './same-metadata.ts'
import { isSpelledBack } from './spelling.ts'

/**
 * The source follows a rename at the target without fetching, once the digest there proves that the
 * content is the one that was agreed on. Fetches it where that cannot be; the old name is then
 * looked at again.
 */
export async function moveLocal(run: Run, action: MoveLocalAction): Promise<Outcome> {
  const { path, from, local, base } = action
  const remote = await run.remoteNow(path)
  if (remote?.kind !== 'file') throw lookAgain(path)
  // Into a folder that the target only spells otherwise nothing moves: the folder gets the spelling that is here.
  if (await isSpelledBack(run, parentOf(path))) throw lookAgain(path)
  const here = await hereNow(run, from)
  const { features } = sourceOf(run)
  if (here === undefined || !isAsSeen(here, local) || features.move === undefined)
    return fetchInstead(run, action, remote)
  if (await isStillThere(run, from, path)) return fetchInstead(run, action, remote)
  if (
    base.contentHash === undefined ||
    (await hashAtTarget(run.context.target, remote, run.signal)) !== base.contentHash
  )
    return fetchInstead(run, action, remote)
  try {
    const moved: Entry = { ...(await features.move(from, path, { expect: expectOf(here), signal: run.signal })), path }
    const hash = base.contentHash
    await removeShells(run, from, path)
    if (!isSameMetadata(run.context, moved, remote)) {
      const followed = await followMetadata(run, action, { remote, here: moved, hash })
      return { ...followed, method: 'move-local' }
    }
    const baseline = run.baselineOf(moved, { remote, hash, verifiedBy: base.remote.verifiedBy })
    return run.done({ action, method: 'move-local', baseline, bytesReused: moved.size })
  } catch (error) {
    if (!failedWith(error, 'precondition-failed', 'already-exists', 'not-found', 'unsupported')) throw error
    return fetchInstead(run, action, remote)
  }
}

/** A copy at the target is no rename. Two spellings of one path are. */
async function isStillThere(run: Run, from: MoveLocalAction['from'], path: MoveLocalAction['path']): Promise<boolean> {
  if (run.context.twins?.isOne(from, path) === true) return false
  return (await run.remoteNow(from)) !== undefined
}

function fetchInstead(run: Run, { path }: MoveLocalAction, remote: Entry): Promise<Outcome> {
  const instead: DownloadAction = { kind: 'download', path, remote, expect: expectOf(remote) }
  return download(run, instead)
}

/**
 * Folders that the target only spells otherwise by now are two here: what is left of the old ones once they are empty would give
 * way to the new ones for ever, agreed on by nobody. Where the source takes both for one, they are the new ones. The file has
 * moved by now: a folder that cannot be removed is no reason not to write that down, since what is agreed on at the old
 * name would pass for deleted here.
 */
async function removeShells(run: Run, from: RelPath, path: RelPath): Promise<void> {
  const source = sourceOf(run)
  if (isFolding(source.features.limits.nameFolding)) return
  for (let [old, now] = [parentOf(from), parentOf(path)]; old !== now; [old, now] = [parentOf(old), parentOf(now)])
    if (run.context.twins?.isOne(old, now) !== true || !(await isRemoved(run, source, old))) return
}

async function isRemoved(run: Run, source: TargetProvider, path: RelPath): Promise<boolean> {
  try {
    return await removedIfEmpty(run, source, path)
  } catch (error) {
    if (isTidekeepError(error)) return false
    throw error
  }
}
