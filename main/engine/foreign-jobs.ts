import type { ActionKind, FolderId, SyncMode } from '../../common/model.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { Store } from '../state/store.ts'

/** What only two-way mode does to the source. */
const TO_SOURCE: readonly ActionKind[] = [
  'download',
  'remove-local',
  'move-local',
  'make-local-directory',
  'settle',
  'keep-both',
  'make-way',
]
const FOREIGN_BY_MODE: Readonly<Record<SyncMode, readonly ActionKind[]>> = {
  backup: ['delete', ...TO_SOURCE],
  mirror: TO_SOURCE,
  'two-way': [],
}

/**
 * Forgets jobs that a folder's mode does not know: planned while it was in another one. A deletion that was not yet
 * carried out must not be, once a person chose that deletions are kept. Before its pipeline starts; none runs then.
 */
export function forgetForeignJobs(store: Pick<Store, 'queue'>, folder: FolderSettings): void {
  const foreign = FOREIGN_BY_MODE[folder.mode]
  if (foreign.length > 0) store.queue.forget(folder.id as FolderId, foreign)
}
