import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import { sideThatMakesWay, type Conflict, type Displaced, type ResolutionKind } from '../../common/conflict.ts'
import type { Action, Entry, FolderId, Job, Kept, RelPath } from '../../common/model.ts'
import type { ConflictView, DecidedItem } from '../../common/protocol.ts'
import type { Content, TargetProvider } from '../providers/provider.ts'
import { look } from './look.ts'
import type { QueueStore } from '../state/store.ts'
import { asScanned, lookAt, refresh, type ConflictSides } from './sides.ts'
import { putBackBelow, takeBackWay } from './take-back-way.ts'
import { changedSince, notUndoable } from './undo-refusals.ts'
import { isSameLocal } from './version-of.ts'
import { conflictView, isUndoable } from './views.ts'
import { conflictFailureTexts } from './conflict-failure-texts.ts'

/**
 * Makes resolved conflicts of one folder open again: what was displaced is put back on its side, over what is there now,
 * which is kept in turn. Each for itself; nothing is touched where a side was changed since both agreed.
 */
export async function undoDecisions(
  sides: ConflictSides,
  conflicts: readonly Conflict[],
): Promise<readonly DecidedItem[]> {
  const items: DecidedItem[] = []
  for (const conflict of conflicts) {
    sides.signal.throwIfAborted()
    items.push(await undoOne(sides, conflict))
  }
  return items
}

async function undoOne(sides: ConflictSides, conflict: Conflict): Promise<DecidedItem> {
  const { id, folderId, path } = conflict
  const about = { id, folderId, path }
  try {
    if (conflict.state === 'resolving')
      return { ...about, outcome: 'reopened', conflict: await withdraw(sides, conflict) }
    if (!isUndoable(conflict)) throw notUndoable(path)
    const madeWay = sideThatMakesWay(conflict, conflict.resolution!.kind as ResolutionKind)
    await (madeWay === undefined ? takeBack(sides, conflict) : takeBackWay(sides, conflict, madeWay))
    return { ...about, outcome: 'reopened', conflict: conflictView(await reopen(sides, conflict)) }
  } catch (error) {
    const { code, message, fix } = toTidekeepError(error, path)
    if (code === 'cancelled') throw error
    const outcome = code === 'precondition-failed' ? 'moved' : code === 'unsupported' ? 'refused' : 'failed'
    return { ...about, outcome, failure: { code, message, ...(fix === undefined ? {} : { fix }) } }
  }
}

/** Of two files, what gave way is put back, or has its name again. */
async function takeBack(sides: ConflictSides, conflict: Conflict): Promise<void> {
  const { path } = conflict
  const now = await agreedNow(sides, conflict)
  const renamed = await renamedNow(sides, conflict)
  // From here on a crash leaves two versions that nobody agreed on: never a change that is passed on to the other side.
  forget(sides, path)
  if (renamed === undefined) await putDisplacedBack(sides, path, { now, displaced: conflict.resolution!.displaced! })
  else await giveNameBack(sides, path, { now, renamed })
}

/** A decision that did not begin is taken back; a merge that is written here already gives way to what was here. */
async function withdraw(sides: ConflictSides, conflict: Conflict): Promise<ConflictView> {
  const { store, folder } = sides
  const { path } = conflict
  const action = dropJob(store.queue, folder.id as FolderId, conflict)
  const displaced = (action !== undefined && 'resolves' in action && action.resolves?.displaced) || []
  if (action?.kind === 'make-way')
    await putBackBelow(sides, action).catch((error: unknown) => {
      // Only the job knows where the rest of it is.
      store.queue.enqueue(folder.id as FolderId, [{ action, lane: 'small' }])
      throw error
    })
  const { local, remote } = await lookAt(sides, conflict)
  if (local === undefined || remote === undefined) throw changedSince(path)
  if (displaced.length > 0) {
    if (action === undefined || !('local' in action) || action.local === undefined || !isSameLocal(local, action.local))
      throw changedSince(path)
    await putDisplacedBack(sides, path, { now: { local, remote }, displaced })
  }
  return conflictView(refresh(sides, conflict, await lookAt(sides, conflict)))
}

/** The job that the decision became, which is no more. Throws `locked` where it runs. */
function dropJob(queue: QueueStore, folderId: FolderId, { id, path }: Conflict): Action | undefined {
  const isOurs = ({ action }: Job): boolean => 'resolves' in action && action.resolves?.conflictId === id
  const found = (['queued', 'waiting', 'dead', 'running'] as const).flatMap((state) =>
    queue.list({ folderId, state, limit: Number.MAX_SAFE_INTEGER }).filter(isOurs),
  )[0]
  if (found === undefined) return undefined
  if (queue.drop(found.id) > 0) return found.action
  throw new TidekeepError({
    code: 'locked',
    message: conflictFailureTexts.undo.whatWasDecidedAboutIs({ path }),
    path,
    fix: conflictFailureTexts.undo.whatWasDecidedAboutIsFix,
  })
}

interface Both {
  readonly local: Entry
  readonly remote: Entry
}

/** Both sides, where they are as they were agreed on last. Throws `precondition-failed`. */
async function agreedNow(sides: ConflictSides, conflict: Conflict): Promise<Both> {
  const { path } = conflict
  const base = sides.store.baseline.get(sides.folder.id as FolderId, path)
  const { local, remote } = await lookAt(sides, conflict)
  if (base === undefined || local === undefined || remote === undefined) throw changedSince(path)
  const isLocalSame = isSameLocal(local, base)
  const isRemoteSame = base.remote.etag === undefined || base.remote.etag === remote.etag
  if (!isLocalSame || !isRemoteSame) throw changedSince(path)
  return { local, remote }
}

/** What `keep-both` gave another name, where it still is what it was. Throws `precondition-failed`. */
async function renamedNow(sides: ConflictSides, { path, local, resolution }: Conflict): Promise<Entry | undefined> {
  const renamedTo = resolution?.renamedTo
  if (renamedTo === undefined) return undefined
  const entry = await look(sides.source, renamedTo, sides.signal)
  // A rename changes the time of the last change of the file's record, and nothing else.
  const isSame = entry?.kind === 'file' && entry.size === local.entry.size && entry.mtimeNs === local.entry.mtimeNs
  if (!isSame) throw changedSince(path)
  return entry
}

function forget({ store, folder }: ConflictSides, path: RelPath): void {
  store.baseline.remove(folder.id as FolderId, path)
}

async function putDisplacedBack(
  { source, target, signal, clock }: ConflictSides,
  path: RelPath,
  { now, displaced }: { readonly now: Both; readonly displaced: readonly Displaced[] },
): Promise<void> {
  for (const { side, kept } of displaced) {
    const provider = side === 'local' ? source : target
    const there = side === 'local' ? now.local : now.remote
    const entry = await keptEntry(provider, kept, signal)
    await provider.put(path, keptContent(provider, kept, { size: entry.size, signal }), {
      signal,
      expect: there.etag === undefined ? { kind: 'any' } : { kind: 'etag', etag: there.etag },
      metadata: { mtimeNs: entry.mtimeNs, ...(entry.mode === undefined ? {} : { mode: entry.mode }) },
      keep: { atMs: clock.now(), sizeBytes: there.size },
      ...(kept.contentHash === undefined ? {} : { contentHash: kept.contentHash }),
    })
  }
}

/** The local version takes its place again, over what was fetched there; its other name goes. */
async function giveNameBack(
  { source, signal, clock }: ConflictSides,
  path: RelPath,
  { now, renamed }: { readonly now: Both; readonly renamed: Entry },
): Promise<void> {
  const keep = { atMs: clock.now() }
  const expectOf = ({ etag }: Entry) =>
    etag === undefined ? { kind: 'any' as const } : { kind: 'etag' as const, etag }
  const content: Content = {
    size: renamed.size,
    open: (range) =>
      source.read(renamed.path, { signal, expect: expectOf(renamed), ...(range === undefined ? {} : { range }) }),
  }
  await source.put(path, content, {
    signal,
    expect: expectOf(now.local),
    metadata: { mtimeNs: renamed.mtimeNs, ...(renamed.mode === undefined ? {} : { mode: renamed.mode }) },
    keep,
  })
  await source.remove(renamed.path, { signal, expect: expectOf(renamed), keep })
}

async function keptEntry(provider: TargetProvider, kept: Kept, signal: AbortSignal): Promise<Entry> {
  if (provider.features.statKept === undefined) throw notUndoable(kept.path)
  return provider.features.statKept(kept, { signal })
}

function keptContent(
  { features }: TargetProvider,
  kept: Kept,
  { size, signal }: { readonly size: number; readonly signal: AbortSignal },
): Content {
  return { size, open: (range) => features.readKept!(kept, { signal, ...(range === undefined ? {} : { range }) }) }
}

async function reopen(sides: ConflictSides, conflict: Conflict): Promise<Conflict> {
  const { store } = sides
  const { local, remote } = await lookAt(sides, conflict)
  if (local === undefined || remote === undefined) throw changedSince(conflict.path)
  store.transaction(() => {
    // A pass in between may have found both sides equal, before the version was back.
    forget(sides, conflict.path)
    store.conflicts.reopen(conflict.id, { local: { entry: asScanned(local) }, remote: { entry: remote } })
  })
  return store.conflicts.get(conflict.id) ?? conflict
}
