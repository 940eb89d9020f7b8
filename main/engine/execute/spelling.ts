import type { RelPath } from '../../../common/model.ts'
import { parentsOf } from '../../../common/paths.ts'
import { hereNow } from './here.ts'
import type { Run } from './run.ts'

/**
 * True where the target has, at the path or above it, another spelling of what is here and was agreed on: the name at the
 * target gets the spelling that is here, and the next listing meets both as one. Renaming here instead would take a whole
 * folder along, with whatever is open in it. What lies in a folder that gives way here is no other spelling of anything.
 */
export async function isSpelledBack(run: Run, path: RelPath): Promise<boolean> {
  const { twins } = run.context
  if (twins?.areThere !== true) return false
  for (const each of [...parentsOf(path), path].toSorted((a, b) => a.length - b.length)) {
    for (const twin of twins.agreed(each)) {
      if (twins.liesInLoser(twin, each) || (await hereNow(run, twin)) === undefined) continue
      const remote = await run.remoteNow(each)
      if (remote !== undefined) await run.respell(remote, twin)
      return true
    }
  }
  return false
}
