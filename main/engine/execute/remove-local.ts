import type { Outcome, RemoveLocalAction } from '../../../common/model.ts'
import { expectOf, hereNow, isAsSeen, keepHere, keptHere, lookAgain, sourceOf, waitForWay } from './here.ts'
import { failedWith, type Run } from './run.ts'

/**
 * Removes from the source what is gone at the target, as long as it is what was agreed on; a file is
 * kept. What changed here meanwhile stays, and is looked at again: an edit beats a deletion.
 */
export async function removeLocal(run: Run, action: RemoveLocalAction): Promise<Outcome> {
  const { path, local, base } = action
  // A target that takes two spellings for one lists it under the other.
  if (run.isOthers(path)) return run.done({ action, method: 'forget', baseline: undefined })
  const here = await hereNow(run, path)
  if (here === undefined) return run.done({ action, method: 'forget', baseline: undefined })
  if (!isAsSeen(here, local) || here.kind !== base.kind) throw lookAgain(path)
  // The listing may be minutes old: only what is still gone is removed.
  if ((await run.remoteNow(path)) !== undefined) throw lookAgain(path)
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
    waitForWay(run, path, 'What is in it')
    // Something in it is not at the target: the folder stays for it, and is agreed on anew.
    return run.done({ action, method: 'forget', baseline: undefined })
  }
}
