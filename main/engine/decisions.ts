import { TidekeepError } from '../../common/errors.ts'
import type { BaselineEntry, Entry, FolderId, HoldReason, Job, JobId, RelPath } from '../../common/model.ts'
import { isFolding } from '../../common/name-folding.ts'
import { parentOf } from '../../common/paths.ts'
import type { Answer } from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { Store } from '../state/store.ts'
import { isOfTarget } from './open-conflicts.ts'
import type { PassDeps } from './passes.ts'
import { statIfReadable } from './scan/presence.ts'
import { engineFailureTexts } from './engine-failure-texts.ts'

const ALL = Number.MAX_SAFE_INTEGER
const ENDED_AT_ONCE = 100

/** What one file's return needs to know. */
export interface BringBackWork {
  readonly folder: FolderSettings
  readonly target: TargetProvider
  /** What was agreed on: exactly this comes back, or nothing. */
  readonly entries: readonly BaselineEntry[]
}

/**
 * Brings versions that are safe back into a source, each verified before it gets its name, what is in its place kept
 * beside it. One's failure does not stop the others; `onBack` is called for each that is there. Answers the failures.
 */
export type BringBack = (
  work: BringBackWork,
  onBack: (path: RelPath) => void,
) => Promise<readonly { readonly path: RelPath; readonly message: string }[]>

/**
 * Carries out a person's word about what is held, in one transaction. With `keep`, deletions are
 * forgotten together with what was agreed on: the target keeps its copies for good, and nothing asks
 * about them again; what the folder was to lose is new there, and goes to the target again. Everything else is refused: it stays listed, and is asked about once the file changes.
 * With `restore`, in two-way mode, what the target has instead of a file of the folder is taken for overtaken by it.
 * `back`: paths that the folder has again; what was agreed on there stays so.
 */
export function settleHeld(
  store: Store,
  folderId: FolderId,
  {
    answer,
    reason,
    back,
  }: { readonly answer: Answer; readonly reason?: HoldReason; readonly back?: ReadonlySet<RelPath> },
): number {
  return store.transaction(() => {
    if (answer === 'approve') return store.queue.decide(folderId, answer, reason)
    for (const job of heldJobs(store, folderId, reason)) {
      const { kind, path } = job.action
      if (kind === 'delete' && back?.has(path) === true) continue
      if (kind === 'delete' || kind === 'remove-local') store.baseline.remove(folderId, path)
      else if (answer === 'restore') overtake(store, folderId, job)
    }
    return store.queue.decide(folderId, 'keep', reason)
  })
}

/** `settleHeld` with `keep`, which forgets nothing of what the folder has again, as when its disk was away for a while. */
export async function keepHeld(
  { store, folderId, scanner }: Pick<PassDeps, 'store' | 'folderId' | 'scanner'>,
  reason?: HoldReason,
): Promise<void> {
  const back = await backAgain({ store, folderId, scanner }, reason)
  settleHeld(store, folderId, { answer: 'keep', back, ...(reason === undefined ? {} : { reason }) })
}

/**
 * Looked for only where the target takes names for one: there, were it forgotten what was agreed on, another name could
 * take the place of the one that has it. Elsewhere the next look finds it anew.
 */
async function backAgain(
  { store, folderId, scanner }: Pick<PassDeps, 'store' | 'folderId' | 'scanner'>,
  reason: HoldReason | undefined,
): Promise<ReadonlySet<RelPath>> {
  const [back, gone] = [new Set<RelPath>(), new Set<RelPath>()]
  if (!isFolding(store.baseline.folding(folderId))) return back
  for (const { action } of heldJobs(store, folderId, reason)) {
    if (action.kind !== 'delete') continue
    const { path, base } = action
    const current = gone.has(parentOf(path)) ? undefined : await statIfReadable(scanner, path)
    if (current === undefined) gone.add(path)
    // What cannot be looked at may be there.
    else if (current === 'unknown' || current.kind === base.kind) back.add(path)
  }
  return back
}

/** The folder's version counts as an edit of the target's: the next look sends it there, where the target's is kept. */
function overtake(store: Store, folderId: FolderId, { id, action }: Job): void {
  const { kind } = action
  // Under its old name it is new again.
  if (kind === 'move-local') store.baseline.remove(folderId, action.from)
  const isReplacing = (kind === 'download' || kind === 'settle') && action.local?.kind === 'file'
  if (!isReplacing || action.base?.kind !== 'file') return
  store.queue.withdraw([id])
  store.baseline.put(folderId, asEditedHere(action.base, action.remote))
}

/** What is agreed on is what the target has, and nothing here is it. */
function asEditedHere(base: BaselineEntry, { size, mtimeNs, etag, versionId }: Entry): BaselineEntry {
  const { contentHash: _hash, identity: _identity, ...known } = base
  const told = { ...(etag === undefined ? {} : { etag }), ...(versionId === undefined ? {} : { versionId }) }
  return { ...known, size, mtimeNs, remote: { size, verifiedBy: 'none', ...told } }
}

/**
 * Brings the versions that are safe back to the paths that are held. A job ends once its file is there; `onBack` is
 * called for each. What took the place of a file that is back is refused. Throws, about the first, when some could not
 * be brought back: those stay held.
 */
export async function bringBackHeld(
  work: {
    readonly store: Store
    readonly folder: FolderSettings
    readonly target: TargetProvider
    readonly bringBack: BringBack
    readonly reason: HoldReason | undefined
  },
  onBack: (path: RelPath) => void,
): Promise<void> {
  const { store, folder, target, bringBack, reason } = work
  const folderId = folder.id as FolderId
  const jobs = new Map<RelPath, Job>()
  const entries = new Map<RelPath, BaselineEntry>()
  for (const job of heldJobs(store, folderId, reason)) {
    // It is still here, as it was.
    if (isOfTarget(job.action)) continue
    const base = job.hold?.replaces === undefined ? baseOf(job) : store.baseline.get(folderId, job.hold.replaces)
    if (base === undefined) continue
    entries.set(base.path, base)
    if (job.hold?.replaces === undefined) jobs.set(base.path, job)
  }
  const back: JobId[] = []
  // Each end of a job is on disk before it counts: many at once are as good.
  const end = (): void => store.queue.withdraw(back.splice(0))
  const failed = await bringBack({ folder, target, entries: [...entries.values()] }, (path) => {
    const job = jobs.get(path)
    if (job !== undefined) back.push(job.id)
    if (back.length >= ENDED_AT_ONCE) end()
    onBack(path)
  }).finally(end)
  const [first] = failed
  if (first === undefined)
    return void settleHeld(store, folderId, { answer: 'restore', ...(reason === undefined ? {} : { reason }) })
  throw new TidekeepError({
    code: 'unavailable',
    message: engineFailureTexts.decisions.ofCouldNotBeBrought({
      failed: failed.length,
      size: entries.size,
      message: first.message,
    }),
    path: first.path,
    fix: engineFailureTexts.decisions.ofCouldNotBeBroughtFix,
  })
}

function baseOf({ action }: Job): BaselineEntry | undefined {
  return 'base' in action ? action.base : undefined
}

function heldJobs(store: Store, folderId: FolderId, reason: HoldReason | undefined): readonly Job[] {
  return store.queue.list({ folderId, state: 'held', limit: ALL, ...(reason === undefined ? {} : { reason }) })
}
