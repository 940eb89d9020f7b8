import type { FolderId } from '../../common/model.ts'
import type { FolderView } from '../../common/protocol.ts'
import type { Store } from '../state/store.ts'

/** Where a target is full nearly everything waits for room. */
const LOOKED_AT = 100

/** Whether files of a folder wait for room at its target, and how it said so. `waiting`: how many wait after a failure. */
export function targetFullOf(
  store: Pick<Store, 'queue'>,
  folderId: FolderId,
  waiting: number,
): Pick<FolderView, 'targetFull'> {
  if (waiting === 0) return {}
  const jobs = store.queue.list({ folderId, state: 'waiting', limit: LOOKED_AT })
  const failure = jobs.find((job) => job.failure?.code === 'quota-exceeded')?.failure
  if (failure === undefined) return {}
  const { message, fix } = failure
  return { targetFull: { message, ...(fix === undefined ? {} : { fix }) } }
}
