import type { Change, RelPath } from '../../common/model.ts'
import { statIfReadable } from './scan/presence.ts'
import type { PassDeps } from './passes.ts'

const PAGE = 1000

/**
 * What was agreed on below names that give way since, as after a folder became a file while another spelling of it took
 * its place, and is not there any more. No look goes below such a name, so none would ever find it gone. The target's
 * place is the other spelling's: what it holds stays, and nothing is deleted.
 */
export async function goneBelowLosers(
  { store, folderId, scanner }: Pick<PassDeps, 'store' | 'folderId' | 'scanner'>,
  losers: readonly RelPath[],
): Promise<readonly Change[]> {
  const gone: Change[] = []
  for (const loser of losers) {
    let page = store.baseline.page(folderId, loser, undefined, PAGE)
    for (; page.length > 0; page = store.baseline.page(folderId, loser, page.at(-1)!.path, PAGE))
      for (const base of page) {
        const current = await statIfReadable(scanner, base.path)
        // A folder in the place of a file, or the other way round, is something else.
        const isGone = current === undefined || (current !== 'unknown' && current.kind !== base.kind)
        if (isGone) gone.push({ kind: 'removed', path: base.path, base, isGone })
      }
  }
  return gone
}
