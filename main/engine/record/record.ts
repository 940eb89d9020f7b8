import type { Displaced, Resolution } from '../../../common/conflict.ts'
import { isKeptPlace } from '../../../common/kept-area.ts'
import type { Action, FolderId, Job, Outcome } from '../../../common/model.ts'
import type { ActivityView } from '../../../common/protocol.ts'
import { forgetBelow } from '../../state/forget-below.ts'
import type { Store } from '../../state/store.ts'
import { failpoint } from '../../../workers/failpoint.ts'

/** A finished job with what it did. */
export interface Finished {
  readonly job: Job
  readonly outcome: Outcome
}

/** Options of {@link record}. */
export interface RecordOptions {
  readonly nowMs: number
  /** There may be conflicts, which these outcomes open or end. */
  readonly isTwoWay?: boolean
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
  { nowMs, isTwoWay = false }: RecordOptions,
): readonly ActivityView[] {
  failpoint('record.outcomes.before')
  const rows = store.transaction(() => {
    for (const { outcome } of finished) {
      moveBaseline(store, folderId, outcome)
      if (isTwoWay) noteConflict({ store, folderId, nowMs }, outcome)
    }
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
  if (outcome.method === 'conflict') return
  // Nothing was deleted, so nothing moved: what the job knew may be older than what is agreed on by now.
  if (action.kind === 'delete' && baseline !== undefined) return
  // What was agreed on below is from before the decision: taken for lost or deleted on one side, it would go on the other.
  if (action.kind === 'make-way') forgetBelow(store.baseline, folderId, action.path)
  if (baseline === undefined) store.baseline.remove(folderId, action.path)
  else store.baseline.put(folderId, baseline)
  if (action.kind === 'move' || action.kind === 'move-local') store.baseline.remove(folderId, action.from)
}

/** An outcome opens a conflict, or ends the one there was: by what was decided, or by itself. */
function noteConflict(
  { store, folderId, nowMs }: { readonly store: Store; readonly folderId: FolderId; readonly nowMs: number },
  outcome: Outcome,
): void {
  const { action, method } = outcome
  const { conflicts } = store
  if (method === 'conflict') return void (outcome.conflict && conflicts.found(folderId, outcome.conflict, nowMs))
  // By a rule, before it was ever open.
  const ended =
    outcome.conflict === undefined
      ? conflicts.at(folderId, action.path)
      : conflicts.found(folderId, outcome.conflict, nowMs)
  if (ended !== undefined) conflicts.resolved(ended.id, resolutionOf(outcome, nowMs))
}

function resolutionOf({ action, kept, keptAt }: Outcome, atMs: number): Resolution {
  const resolves = 'resolves' in action ? action.resolves : undefined
  const side = keptAt === 'source' ? 'local' : 'remote'
  const displaced = [
    ...(resolves?.displaced ?? []),
    ...(kept === undefined ? [] : [{ side, kept } as const]),
    ...putAway(action),
  ]
  return {
    kind: resolves?.kind ?? 'settled',
    atMs,
    ...(resolves?.rule === undefined ? {} : { rule: resolves.rule }),
    ...('as' in action && !isKeptPlace(action.as) ? { renamedTo: action.as } : {}),
    ...(displaced.length === 0 ? {} : { displaced }),
  }
}

/** What made way for good, and is kept whole. */
function putAway(action: Action): readonly Displaced[] {
  if (action.kind !== 'make-way' || !isKeptPlace(action.as)) return []
  const { path, side, as: token } = action
  return [{ side, kept: { path, why: 'foreign', sizeBytes: action[side].size, token } }]
}
