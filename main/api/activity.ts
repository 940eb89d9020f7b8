import type { FolderId } from '../../common/model.ts'
import type { Area } from './area.ts'
import type { ApiDeps } from './deps.ts'

/** What was done, newest first. */
export function createActivityHandlers({ store }: Pick<ApiDeps, 'store'>): Area<'activity'> {
  return {
    'activity.list': async ({ folderId, before, limit }) =>
      store.history.list({
        limit,
        ...(folderId === undefined ? {} : { folderId: folderId as FolderId }),
        ...(before === undefined ? {} : { before }),
      }),
  }
}
