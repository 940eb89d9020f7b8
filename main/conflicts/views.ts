import type { Conflict, ConflictSide } from '../../common/conflict.ts'
import type { ConflictSideView, ConflictView } from '../../common/protocol.ts'
import { isTimeless, newerOf } from './select.ts'
import { versionOf } from './version-of.ts'

/** A conflict as every surface shows it. */
export function conflictView(conflict: Conflict): ConflictView {
  const { id, folderId, path, kind, state, detectedAtMs, local, remote, base, resolution } = conflict
  return {
    id,
    folderId,
    path,
    kind,
    state,
    detectedAtMs,
    local: sideView(local),
    remote: sideView(remote),
    newer: newerOf(conflict),
    ...(base === undefined ? {} : { base: { size: base.size, mtimeMs: msOf(base.mtimeNs) } }),
    ...(resolution === undefined ? {} : { resolution: resolutionView(resolution) }),
    ...(isUndoable(conflict) ? { undoable: true } : {}),
  }
}

/** True where there is something to put back. Whether it is still kept shows when it is tried. */
export function isUndoable({ state, resolution }: Conflict): boolean {
  if (state !== 'resolved' || resolution === undefined || resolution.kind === 'settled') return false
  if (resolution.kind === 'keep-both') return resolution.renamedTo !== undefined
  return resolution.displaced !== undefined
}

function resolutionView({
  kind,
  rule,
  atMs,
  renamedTo,
}: NonNullable<Conflict['resolution']>): NonNullable<ConflictView['resolution']> {
  return {
    kind,
    atMs,
    ...(rule === undefined ? {} : { rule }),
    ...(renamedTo === undefined ? {} : { renamedTo }),
  }
}

function sideView({ entry, contentHash }: ConflictSide): ConflictSideView {
  const { kind, size, mtimeNs, changedBy } = entry
  return {
    kind,
    size,
    ...(isTimeless(entry) ? {} : { mtimeMs: msOf(mtimeNs) }),
    version: versionOf(entry),
    ...(contentHash === undefined ? {} : { contentHash }),
    ...(changedBy === undefined ? {} : { changedBy }),
  }
}

function msOf(timeNs: bigint): number {
  return Number(timeNs / 1_000_000n)
}
