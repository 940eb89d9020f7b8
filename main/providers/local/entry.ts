import type { Entry, RelPath } from '../../../common/model.ts'
import { etagOf } from '../../../workers/fs/target-stat.ts'
import type { TargetPlace, TargetStat } from '../../../workers/tasks.ts'

/** An entry of a listing, from what the file system says. */
export function toEntry(place: Pick<TargetPlace, 'etagBy'>, path: RelPath, stat: TargetStat): Entry {
  const etag = etagOf(stat, place.etagBy)
  return {
    path,
    kind: stat.kind,
    size: stat.size,
    mtimeNs: stat.mtimeNs,
    mode: stat.mode,
    identity: { inode: stat.inode, ctimeNs: stat.ctimeNs },
    ...(etag === undefined ? {} : { etag }),
    ...(stat.bornAtMs === undefined ? {} : { storedAtMs: stat.bornAtMs }),
  }
}
