import type { BaselineEntry, Entry, FolderId, RelPath } from '../../common/model.ts'
import type { Store } from '../state/store.ts'
import { compareWithBaseline } from './diff/compare.ts'

/** What tells where a file is. */
export interface Whereabouts {
  readonly store: Pick<Store, 'baseline'>
  readonly folderId: FolderId
  /** Undefined when nothing is there, 'unknown' where that cannot be told. */
  readonly look: (path: RelPath) => Promise<Entry | 'unknown' | undefined>
}

/**
 * True where the very file that was agreed on at a path, by inode, time and content, is agreed on under another name, and is there now as it
 * was when its content was read: the name is gone, and nothing of the file.
 */
export async function isSafeElsewhere(
  { store, folderId, look }: Whereabouts,
  { path, kind, identity, mtimeNs, contentHash }: BaselineEntry,
): Promise<boolean> {
  if (kind !== 'file' || identity === undefined || contentHash === undefined) return false
  for (const other of store.baseline.byInode(folderId, identity.inode)) {
    if (other.path === path || other.contentHash !== contentHash || other.remote.verifiedBy === 'recorded') continue
    // A new file may have got the number of the lost one, and hold the same, as empty ones do.
    if (other.mtimeNs !== mtimeNs) continue
    const now = await look(other.path)
    if (now !== undefined && now !== 'unknown' && compareWithBaseline(now, other) === undefined) return true
  }
  return false
}
