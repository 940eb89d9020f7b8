import { isTidekeepError, TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { AdoptAction, Entry, FolderId, Undoable } from '../../common/model.ts'
import type { ActivityView, UndoItemView, UndoRequest } from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { Clock } from '../host.ts'
import type { SourceProvider, TargetProvider } from '../providers/provider.ts'
import { openLocalDestination } from '../restore/local-destination.ts'
import type { Store } from '../state/store.ts'
import { candidatesOf, type Candidate } from './candidates.ts'
import { undoOne, type Brought, type UndoContext } from './undo-one.ts'
import { undoFailureTexts } from './undo-failure-texts.ts'

/** What undoing works with. */
export interface UndoDeps {
  readonly folder: FolderSettings
  readonly target: TargetProvider
  /** The folder, where it keeps what gave way in it: two-way mode only. */
  readonly source?: SourceProvider
  readonly store: Store
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** What was done in one folder. */
export interface Undone {
  readonly items: readonly UndoItemView[]
  /** Rows that were written to the history. */
  readonly rows: readonly ActivityView[]
  /** Work was queued. */
  readonly hasQueued: boolean
}

/**
 * Brings back into the source what actions replaced, deleted or moved out of the way at the target, and in two-way mode
 * what they replaced, deleted or renamed in the source itself: there it counts as an edit, and goes to the target.
 * Each version by itself: one's failure does not stop the others. What was deleted at the target is
 * put back there, too, so that it need not be sent again. Throws `unsupported` for targets that keep
 * nothing, and what concerns the target or the folder as a whole.
 */
export async function undo(deps: UndoDeps, request: UndoRequest): Promise<Undone> {
  const { folder, target, source, store, signal } = deps
  const folderId = folder.id as FolderId
  const here = source === undefined ? {} : { source }
  if (target.features.keptVersions === undefined && source === undefined) {
    throw new TidekeepError({
      code: 'unsupported',
      message: undoFailureTexts.undo.keepsNothingThatTidekeepCould({ location: target.location }),
      fix: undoFailureTexts.undo.keepsNothingThatTidekeepCouldFix,
    })
  }
  const candidates = await candidatesOf({ folderId, history: store.history, target, ...here, signal }, request)
  const destination = openLocalDestination(folder.path)
  const context: UndoContext = {
    target,
    ...here,
    destination,
    baseline: (path) => store.baseline.get(folderId, path),
    clock: deps.clock,
    dryRun: request.dryRun,
    beside: request.beside,
    signal,
  }
  const items: UndoItemView[] = []
  const rows: ActivityView[] = []
  let hasQueued = false
  try {
    for (const candidate of candidates) {
      if (signal.aborted) break
      const startMs = deps.clock.monotonic()
      const ended = await settle(context, folder.id, candidate)
      items.push(ended.item)
      if (ended.brought === undefined || !hasWritten(ended.brought, request)) continue
      if (await isAdopted(deps, candidate.kept, ended.brought)) hasQueued = true
      const durationMs = deps.clock.monotonic() - startMs
      const writtenTo = ended.brought.writtenTo
      const record = { ...candidate, durationMs, ...(writtenTo === undefined ? {} : { writtenTo }) }
      rows.push(store.history.appendUndo(folderId, record, deps.clock.now()))
    }
  } finally {
    await destination.close()
  }
  return { items, rows, hasQueued }
}

function hasWritten({ outcome }: Brought, { dryRun }: UndoRequest): boolean {
  return outcome !== 'unchanged' && !dryRun
}

async function settle(
  context: UndoContext,
  folderId: string,
  { kept, activityId }: Candidate,
): Promise<{ readonly item: UndoItemView; readonly brought?: Brought }> {
  const { path, why, sizeBytes, keptAt } = kept
  const side = keptAt === undefined ? {} : { keptAt }
  const about = { folderId, path, why, sizeBytes, ...side, ...(activityId === undefined ? {} : { activityId }) }
  try {
    const brought = await undoOne(context, kept)
    const { outcome, writtenTo } = brought
    return { item: { ...about, outcome, ...(writtenTo === undefined ? {} : { writtenTo }) }, brought }
  } catch (error) {
    const { code, message, fix } = toTidekeepError(error, path)
    if (code === 'cancelled') throw error
    const outcome = code === 'changed' ? 'refused' : 'failed'
    return { item: { ...about, outcome, failure: { code, message, ...(fix === undefined ? {} : { fix }) } } }
  }
}

/**
 * What was deleted at the target gets its name there again, and is compared with the file instead of
 * sent. Where that cannot be, the next pass sends it. Answers whether work was queued.
 */
async function isAdopted(
  { folder, target, store, signal }: UndoDeps,
  { why, keptAt, ...rest }: Undoable,
  brought: Brought,
): Promise<boolean> {
  const { local, outcome, mode } = brought
  if (why !== 'deleted' || keptAt !== undefined || outcome !== 'undone' || local === undefined) return false
  const kept = { ...rest, why }
  try {
    const remote = await target.features.putBackKept!(kept, { signal })
    const { size, mtimeNs, inode, ctimeNs } = local
    const { path } = kept
    const identity = { inode, ctimeNs }
    const entry: Entry = { path, kind: 'file', size, mtimeNs, identity, ...(mode === undefined ? {} : { mode }) }
    const expect =
      remote.etag === undefined ? ({ kind: 'any' } as const) : ({ kind: 'etag', etag: remote.etag } as const)
    const action: AdoptAction = { kind: 'adopt', path, local: entry, remote, expect }
    store.queue.enqueue(folder.id as FolderId, [{ action, lane: 'small' }])
    return true
  } catch (error) {
    if (!isTidekeepError(error)) throw error
    return false
  }
}
