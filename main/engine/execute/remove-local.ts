import type { Outcome, RemoveLocalAction } from '../../../common/model.ts'
import { isFolding } from '../../../common/name-folding.ts'
import {
  expectOf,
  hereNow,
  isAsSeen,
  keepHere,
  keptHere,
  lookAgain,
  removedIfEmpty,
  sourceOf,
  waitForWay,
} from './here.ts'
import { failedWith, type Run } from './run.ts'

/**
 * Removes from the source what is gone at the target, as long as it is what was agreed on; a file is
 * kept. What changed here meanwhile stays, and is looked at again: an edit beats a deletion.
 */
export async function removeLocal(run: Run, action: RemoveLocalAction): Promise<Outcome> {
  const { path, local, base } = action
  // A target that takes two spellings for one lists it under the other.
  if (run.isOthers(path)) return forgetOther(run, action)
  const here = await hereNow(run, path)
  if (here === undefined) return run.done({ action, method: 'forget', baseline: undefined })
  if (!isAsSeen(here, local) || here.kind !== base.kind) throw lookAgain(path)
  // The listing may be minutes old: only what is still gone is removed.
  const there = await run.remoteNow(path)
  if (there !== undefined) {
    // Or it is listed under another spelling of this path.
    await run.respell(there, path)
    throw lookAgain(path)
  }
  const isFolder = here.kind === 'directory'
  try {
    const kept = await sourceOf(run).remove(path, {
      expect: isFolder ? { kind: 'directory' } : expectOf(here),
      signal: run.signal,
      ...(isFolder ? {} : keepHere(run)),
    })
    return run.done({ action, method: 'delete-local', baseline: undefined, ...keptHere(kept, base.contentHash) })
  } catch (error) {
    if (!failedWith(error, 'precondition-failed')) throw error
    if (!isFolder) throw lookAgain(path)
    waitForWay(run, path, 'content')
    // Something in it is not at the target: the folder stays for it, and is agreed on anew.
    return run.done({ action, method: 'forget', baseline: undefined })
  }
}

/**
 * The path was agreed on under another spelling since, as after a rename by case alone at the target. A folder that lost
 * what was in it to the other one would stay behind; where the source takes both for one folder, it is that one.
 */
async function forgetOther(run: Run, action: RemoveLocalAction): Promise<Outcome> {
  const { path, base } = action
  const source = sourceOf(run)
  if (base.kind === 'directory' && !isFolding(source.features.limits.nameFolding)) {
    const here = await hereNow(run, path)
    if (here?.kind === 'directory' && (await removedIfEmpty(run, source, path)))
      return run.done({ action, method: 'delete-local', baseline: undefined })
  }
  return run.done({ action, method: 'forget', baseline: undefined })
}
