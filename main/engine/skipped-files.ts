import type { FolderView, StatusView } from '../../common/protocol.ts'
import { sizeOfAction } from '../state/action-json.ts'
import type { Store } from '../state/store.ts'

const SKIPPED_SHOWN = 5

/** The first files that a person left out. Asked only where there are some. */
export function skippedOf(store: Pick<Store, 'queue'>, folders: readonly FolderView[]): Pick<StatusView, 'skipped'> {
  if (folders.every(({ skipped }) => skipped === 0)) return {}
  const jobs = store.queue.list({ state: 'skipped', limit: SKIPPED_SHOWN })
  const skipped = jobs.map(({ id, folderId, action }) => ({
    jobId: id,
    folderId,
    path: action.path,
    sizeBytes: sizeOfAction(action),
  }))
  return { skipped }
}
