import type { KeepBothAction, Outcome, SettleAction } from '../../../common/model.ts'
import { fetchOver } from './fetch.ts'
import { hereNow, isAsSeen } from './here.ts'
import { renameHere } from './rename-here.ts'
import { failedWith, type Run } from './run.ts'
import { settle } from './settle-both.ts'

/**
 * Gives the local version the other name, then fetches the target's into its place. Each step may be
 * cut off: the next time goes on with what is left. Where a side changed, or the name was taken
 * meanwhile, both are compared anew and nothing is renamed.
 */
export async function keepBoth(run: Run, action: KeepBothAction): Promise<Outcome> {
  const { path, as, local, remote } = action
  const [here, there] = [await hereNow(run, path), await run.remoteNow(path)]
  const isFree = (await run.remoteNow(as)) === undefined
  const isForeseen = isFree && there?.etag === remote.etag && (here === undefined || isAsSeen(here, local))
  if (!isForeseen || there?.kind !== 'file') return settle(run, asSettle(action))
  try {
    await renameHere(run, local, as)
    return await fetchOver(run, action, { remote: there, here: undefined })
  } catch (error) {
    if (!failedWith(error, 'precondition-failed', 'already-exists')) throw error
    return settle(run, asSettle(action))
  }
}

function asSettle({ as: _as, resolves: _resolves, ...rest }: KeepBothAction): SettleAction {
  return { ...rest, kind: 'settle' }
}
