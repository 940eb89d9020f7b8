import type { FolderId, RelPath } from '../../common/model.ts'
import type { Store } from '../state/store.ts'

/**
 * Something living may go by what is kept of a path: a conflict that nobody decided (its base may be an earlier
 * version), or a job that is not finished, be it held for a person, under way, or given up and listed.
 */
export function isKeptNeeded(
  { conflicts, queue }: Pick<Store, 'conflicts' | 'queue'>,
  id: FolderId,
  path: RelPath,
): boolean {
  return queue.has(id, path) || conflicts.at(id, path) !== undefined
}
