import type { Conflict } from '../../common/conflict.ts'
import { isKeptPlace } from '../../common/kept-area.ts'
import type { Entry, FolderId, MakeWayAction, Precondition, RelPath } from '../../common/model.ts'
import { hasFolders, lookFor, moveBelow } from '../engine/execute/objects-below.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { forgetBelow } from '../state/forget-below.ts'
import { lookAt, type ConflictSides } from './sides.ts'
import { changedSince, notUndoable } from './undo-refusals.ts'
import { isSameLocal } from './version-of.ts'
import { placeAside } from './way-aside.ts'

/**
 * Puts what made way for the other side's file or folder back in its place on `side`. What took the place goes to the earlier versions,
 * whole: only where all of it is what both sides agreed on, so that the other side has it still. Throws
 * `precondition-failed` where something was changed since, `unsupported` where what made way is gone.
 */
export async function takeBackWay(sides: ConflictSides, conflict: Conflict, side: 'local' | 'remote'): Promise<void> {
  const { store, folder, signal } = sides
  const { path } = conflict
  const provider = side === 'local' ? sides.source : sides.target
  const aside = await whatMadeWay(provider, conflict, { side, signal })
  const inPlace = await whatTookThePlace(sides, conflict, side)
  if (provider.features.move === undefined) throw notUndoable(path)
  // From here on a crash leaves two things that nobody agreed on: never a change that is passed on to the other side.
  store.transaction(() => {
    forgetBelow(store.baseline, folder.id as FolderId, path)
    store.baseline.remove(folder.id as FolderId, path)
  })
  if (inPlace !== undefined)
    await provider.features.move(path, await placeAside(provider, path, sides), { signal, expect: expectOf(inPlace) })
  if (hasFolders(provider) || aside.kind === 'file')
    await provider.features.move(aside.path, path, { signal, expect: expectOf(aside) })
  else await moveBelow(provider, { from: aside.path, to: path }, signal)
  // What the target held below the name went with a folder that was put away here.
  if (side === 'local' && aside.kind === 'directory' && !hasFolders(sides.target))
    await moveBelow(sides.target, { from: aside.path, to: path }, signal)
}

/** A decision that was cut off may have put some away already of what lies below a name at a target without folders: it comes back. */
export async function putBackBelow({ target, signal }: ConflictSides, { path, as }: MakeWayAction): Promise<void> {
  if (!hasFolders(target) && isKeptPlace(as)) await moveBelow(target, { from: as, to: path }, signal)
}

async function whatMadeWay(
  provider: TargetProvider,
  conflict: Conflict,
  { side, signal }: { readonly side: 'local' | 'remote'; readonly signal: AbortSignal },
): Promise<Entry> {
  const { path, resolution } = conflict
  const as = resolution?.renamedTo ?? (resolution?.displaced?.[0]?.kept.token as RelPath | undefined)
  const was = conflict[side].entry
  const aside = as === undefined ? undefined : await lookFor(provider, { path: as, kind: was.kind }, signal)
  if (aside === undefined) throw resolution?.renamedTo === undefined ? notUndoable(path) : changedSince(path)
  // A rename leaves size and time of a file as they were.
  const isSame = aside.kind === 'directory' || (aside.size === was.size && aside.mtimeNs === was.mtimeNs)
  if (aside.kind !== was.kind || !isSame) throw changedSince(path)
  return aside
}

/** Undefined where nothing is there: a folder that this target has none of, or what was half put back when a crash cut that off. */
async function whatTookThePlace(
  sides: ConflictSides,
  conflict: Conflict,
  side: 'local' | 'remote',
): Promise<Entry | undefined> {
  const { path, local, remote } = conflict
  const now = await lookAt(sides, conflict)
  const stays = side === 'local' ? remote.entry : local.entry
  const [inPlace, other] = side === 'local' ? [now.local, now.remote] : [now.remote, now.local]
  const mayBeNone = side === 'remote' && !hasFolders(sides.target)
  if (other?.kind !== stays.kind || (inPlace === undefined && !mayBeNone)) throw changedSince(path)
  if (inPlace === undefined) return undefined
  const isHalfBack =
    mayBeNone &&
    inPlace.kind === 'directory' &&
    sides.store.baseline.get(sides.folder.id as FolderId, path) === undefined
  if (isHalfBack) return undefined
  if (inPlace.kind !== stays.kind || !isAgreed(sides, inPlace, side)) throw changedSince(path)
  if (inPlace.kind === 'file' && !isAgreed(sides, other, side === 'local' ? 'remote' : 'local'))
    throw changedSince(path)
  if (inPlace.kind === 'directory') await assertAgreedBelow(sides, path, side)
  return inPlace
}

async function assertAgreedBelow(sides: ConflictSides, path: RelPath, side: 'local' | 'remote'): Promise<void> {
  const provider = side === 'local' ? sides.source : sides.target
  for await (const page of provider.list(path, { signal: sides.signal }))
    for (const entry of page) if (!isAgreed(sides, entry, side)) throw changedSince(entry.path)
}

/** An entry of one side is what both sides agreed on. */
function isAgreed({ store, folder, target }: ConflictSides, entry: Entry, side: 'local' | 'remote'): boolean {
  const base = store.baseline.get(folder.id as FolderId, entry.path)
  // Of folders, nothing is agreed on with a target that has none.
  if (entry.kind === 'directory') return base?.kind === 'directory' || (base === undefined && !hasFolders(target))
  if (base?.kind !== entry.kind) return false
  if (side === 'local') return isSameLocal(entry, base)
  return base.remote.etag === undefined ? base.remote.size === entry.size : base.remote.etag === entry.etag
}

function expectOf({ etag, kind }: Entry): Precondition {
  return etag === undefined || kind === 'directory' ? { kind: 'any' } : { kind: 'etag', etag }
}
