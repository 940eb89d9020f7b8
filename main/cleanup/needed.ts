import type { FolderId, RelPath } from '../../common/model.ts'
import type { KeptVersion } from '../providers/provider.ts'
import type { Store } from '../state/store.ts'

/**
 * Something living may go by what is kept of a path: a conflict that nobody decided (its base may be an earlier
 * version), a job that is not finished, be it held for a person, under way, or given up and listed, or a thaw that is
 * followed until its restore is over.
 */
export function isKeptNeeded(
  { conflicts, queue, thaws }: Pick<Store, 'conflicts' | 'queue' | 'thaws'>,
  id: FolderId,
  path: RelPath,
): boolean {
  return queue.has(id, path) || conflicts.at(id, path) !== undefined || thaws.has(id, path)
}

/**
 * This computer recorded the version as what the target holds at its path: whatever followed it was written by another
 * computer, and a pass here has not seen it yet.
 */
export function isKnownAsPresent(
  { baseline }: Pick<Store, 'baseline'>,
  id: FolderId,
  { path, versionId }: Pick<KeptVersion, 'path' | 'versionId'>,
): boolean {
  return versionId !== undefined && baseline.get(id, path)?.remote.versionId === versionId
}
