import type { FolderId, Job, Outcome } from '../../../common/model.ts'
import type { ActivityView } from '../../../common/protocol.ts'
import type { Store } from '../../state/store.ts'
import { failpoint } from '../../../workers/failpoint.ts'

/** A finished job with what it did. */
export interface Finished {
  readonly job: Job
  readonly outcome: Outcome
}

/**
 * Moves the baseline to what was agreed, ends the jobs and appends the history: one transaction,
 * the last step of the flow, and the only place where the baseline moves. Idempotent: recording the
 * same outcome again leaves the same baseline.
 */
export function record(
  store: Store,
  folderId: FolderId,
  finished: readonly Finished[],
  nowMs: number,
): readonly ActivityView[] {
  failpoint('record.outcomes.before')
  const rows = store.transaction(() => {
    for (const { outcome } of finished) moveBaseline(store, folderId, outcome)
    store.queue.complete(finished.map(({ job }) => job.id))
    if (finished.length > 0) store.folders.set(folderId, { lastChangeMs: nowMs })
    return store.history.append(
      folderId,
      finished.map(({ outcome }) => outcome),
      nowMs,
    )
  })
  failpoint('record.outcomes.after')
  return rows
}

function moveBaseline(store: Store, folderId: FolderId, outcome: Outcome): void {
  const { action, baseline } = outcome
  // Nothing was deleted, so nothing moved: what the job knew may be older than what is agreed on by now.
  if (action.kind === 'delete' && baseline !== undefined) return
  if (baseline === undefined) store.baseline.remove(folderId, action.path)
  else store.baseline.put(folderId, baseline)
  if (action.kind === 'move') store.baseline.remove(folderId, action.from)
}
