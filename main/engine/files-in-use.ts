import type { FolderView, StatusView } from '../../common/protocol.ts'
import type { Store } from '../state/store.ts'

const IN_USE_LOOKED_AT = 50
const IN_USE_SHOWN = 5

/** The first files that wait because another program uses them. Asked only where something waits: this is shown, not counted. */
export function inUseOf(store: Pick<Store, 'queue'>, folders: readonly FolderView[]): Pick<StatusView, 'inUse'> {
  if (folders.every(({ pendingFiles }) => pendingFiles === 0)) return {}
  const waiting = store.queue.list({ state: 'waiting', limit: IN_USE_LOOKED_AT })
  const inUse = waiting
    .filter(({ failure }) => failure?.code === 'in-use')
    .slice(0, IN_USE_SHOWN)
    .map(({ id, action, folderId, notBeforeMs }) => ({
      jobId: id,
      folderId,
      path: action.path,
      nextTryMs: notBeforeMs,
    }))
  return inUse.length === 0 ? {} : { inUse }
}
