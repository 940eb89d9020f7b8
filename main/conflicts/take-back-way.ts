import type { Conflict } from '../../common/conflict.ts'
import type { Entry, FolderId, Precondition, RelPath } from '../../common/model.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { forgetBelow } from '../state/forget-below.ts'
import { look } from './look.ts'
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
  await provider.features.move(aside.path, path, { signal, expect: expectOf(aside) })
}

async function whatMadeWay(
  provider: TargetProvider,
  conflict: Conflict,
  { side, signal }: { readonly side: 'local' | 'remote'; readonly signal: AbortSignal },
): Promise<Entry> {
  const { path, resolution } = conflict
  const as = resolution?.renamedTo ?? (resolution?.displaced?.[0]?.kept.token as RelPath | undefined)
  const aside = as === undefined ? undefined : await look(provider, as, signal)
  if (aside === undefined) throw resolution?.renamedTo === undefined ? notUndoable(path) : changedSince(path)
  const was = conflict[side].entry
  // A rename leaves size and time of a file as they were.
  const isSame = aside.kind === 'directory' || (aside.size === was.size && aside.mtimeNs === was.mtimeNs)
  if (aside.kind !== was.kind || !isSame) throw changedSince(path)
  return aside
}

/** Undefined where nothing is there: a folder that this target has none of. */
async function whatTookThePlace(
  sides: ConflictSides,
  { path, local, remote }: Conflict,
  side: 'local' | 'remote',
): Promise<Entry | undefined> {
  const now = await lookAt(sides, path)
  const stays = side === 'local' ? remote.entry : local.entry
  const [inPlace, other] = side === 'local' ? [now.local, now.remote] : [now.remote, now.local]
  const hasFolders = side === 'local' || sides.target.features.makeDirectory !== undefined
  if (other?.kind !== stays.kind || (inPlace === undefined && hasFolders)) throw changedSince(path)
  if (inPlace === undefined) return undefined
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
function isAgreed({ store, folder }: ConflictSides, entry: Entry, side: 'local' | 'remote'): boolean {
  const base = store.baseline.get(folder.id as FolderId, entry.path)
  if (base?.kind !== entry.kind) return false
  if (entry.kind === 'directory') return true
  if (side === 'local') return isSameLocal(entry, base)
  return base.remote.etag === undefined ? base.remote.size === entry.size : base.remote.etag === entry.etag
}

function expectOf({ etag, kind }: Entry): Precondition {
  return etag === undefined || kind === 'directory' ? { kind: 'any' } : { kind: 'etag', etag }
}
