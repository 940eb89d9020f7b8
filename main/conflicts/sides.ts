import { TidekeepError } from '../../common/errors.ts'
import { kindOf, type Conflict } from '../../common/conflict.ts'
import type { Entry, FolderId, RelPath } from '../../common/model.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { Clock } from '../host.ts'
import { lookFor } from '../engine/execute/objects-below.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { Store } from '../state/store.ts'
import type { Comparison } from './likeness.ts'
import { look } from './look.ts'
import { isSameLocal, isSameRemote } from './version-of.ts'
import { conflictFailureTexts } from './conflict-failure-texts.ts'

/** What deciding conflicts of one folder works with. */
export interface ConflictSides {
  readonly folder: FolderSettings
  /** The folder itself, as somewhere to write. */
  readonly source: TargetProvider
  readonly target: TargetProvider
  readonly store: Store
  readonly clock: Clock
  /** What this computer is called. */
  readonly hostName: string
  /** Where contents are looked at; deciding needs none. */
  readonly comparison?: Comparison
  /** Somebody asked for a comparison that takes all of the target's content. */
  readonly mayFetch?: boolean
  readonly signal: AbortSignal
}

/** What both sides have now. */
export interface Look {
  readonly local: Entry | undefined
  readonly remote: Entry | undefined
}

/** An entry of the source as a scan would give it: what it is known by there is its identity. */
export function asScanned(entry: Entry): Entry {
  const { etag: _etag, ...scanned } = entry
  return scanned
}

/** Looks at both sides at once. Where the target's is a folder and it has none, that is what lies below the name. */
export async function lookAt(
  { source, target, signal }: ConflictSides,
  { path, remote: { entry } }: Pick<Conflict, 'path' | 'remote'>,
): Promise<Look> {
  const there = lookFor(target, { path, kind: entry.kind }, signal)
  const [local, remote] = await Promise.all([look(source, path, signal), there])
  return { local, remote }
}

/** True where both sides still have the versions that the conflict is about. */
export function isStill({ local, remote }: Look, conflict: Pick<Conflict, 'local' | 'remote'>): boolean {
  if (local === undefined || remote === undefined) return false
  return isSameLocal(local, conflict.local.entry) && isSameRemote(remote, conflict.remote.entry)
}

/**
 * Gives a conflict the versions that both sides have now, so that it is shown anew. Where one side has nothing any more
 * it stays as it is: the next pass ends it. Answers it as it is then.
 */
export function refresh({ store, folder, clock }: ConflictSides, conflict: Conflict, now: Look): Conflict {
  const { local, remote } = now
  if (local === undefined || remote === undefined) return conflict
  const { path, base } = conflict
  const sides = {
    local: isSameLocal(local, conflict.local.entry) ? conflict.local : { entry: asScanned(local) },
    remote: isSameRemote(remote, conflict.remote.entry) ? conflict.remote : { entry: remote },
  }
  const found = {
    path,
    kind: kindOf({ ...conflict, ...sides }),
    ...sides,
    ...(base === undefined ? {} : { base }),
    ...(mayBeEqual(local, remote) ? { isUncompared: true as const } : {}),
  }
  return store.conflicts.found(folder.id as FolderId, found, clock.now())
}

/** Only their contents tell, which nobody waits for who looks at a conflict. */
function mayBeEqual(local: Entry, remote: Entry): boolean {
  return local.kind === 'file' && remote.kind === 'file' && local.size === remote.size
}

/** What a decision that comes too late is refused with. */
export function movedOn(path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'precondition-failed',
    message: conflictFailureTexts.sides.wasChangedSinceItWas({ path }),
    path,
    fix: conflictFailureTexts.sides.wasChangedSinceItWasFix,
  })
}
