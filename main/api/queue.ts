import type { FolderId, Job, JobId } from '../../common/model.ts'
import type { JobView } from '../../common/protocol.ts'
import { sizeOfAction } from '../state/action-json.ts'
import type { Area } from './area.ts'
import type { Needs } from './deps.ts'

/** What is still to be done. */
export function createQueueHandlers({ store, engine }: Needs<'store', 'applySettings' | 'skip'>): Area<'queue'> {
  /** Applying unchanged settings makes every folder look at its queue again. */
  const changed = async (count: number): Promise<{ readonly count: number }> => {
    if (count > 0) await engine.applySettings()
    return { count }
  }
  return {
    'queue.list': async ({ state, folderId, reason, limit }) =>
      store.queue
        .list({
          limit,
          ...(state === undefined ? {} : { state }),
          ...(reason === undefined ? {} : { reason }),
          ...(folderId === undefined ? {} : { folderId: folderId as FolderId }),
        })
        .map(toJobView),
    'queue.retry': ({ id }) => changed(id === undefined ? store.queue.retry() : store.queue.retry(id as JobId)),
    'queue.skip': async ({ id }) => ({ count: (await engine.skip(id as JobId)) ? 1 : 0 }),
    'queue.drop': ({ id }) => changed(store.queue.drop(id as JobId)),
  }
}

/** A job as it is shown. */
function toJobView(job: Job): JobView {
  return {
    id: job.id,
    folderId: job.folderId,
    kind: job.action.kind,
    path: job.action.path,
    size: sizeOfAction(job.action),
    lane: job.lane,
    state: job.state,
    attempts: job.attempts,
    notBeforeMs: job.notBeforeMs,
    ...(job.failure === undefined ? {} : { failure: job.failure }),
    ...(job.hold === undefined ? {} : { hold: job.hold.message, holdReason: job.hold.reason }),
  }
}
