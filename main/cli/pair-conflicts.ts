import { statSync } from 'node:fs'
import type { ConflictKind } from '../../common/conflict.ts'
import type { FolderId } from '../../common/model.ts'
import type { ConflictView } from '../../common/protocol.ts'
import { conflictView } from '../conflicts/views.ts'
import type { Host } from '../host.ts'
import { isStoreOf, pairsOf, type PairState } from '../pairs.ts'
import { openSettings } from '../state/settings-store.ts'
import { openStoreForReading } from '../state/sqlite-store.ts'

const PAIR = 'pair' as FolderId

/** What waits for a decision between the two sides of a `sync` that is no configured folder. */
export interface PairConflicts {
  readonly source: string
  readonly target: string
  /** Of the kind that was asked for. */
  readonly unresolved: number
  /** The first of them. Their ids are those of the pair's own state: no command takes them. */
  readonly conflicts: readonly Omit<ConflictView, 'id' | 'folderId'>[]
}

/** Which, and how many of each pair are listed. */
export interface PairConflictsQuery {
  readonly kind?: ConflictKind
  readonly limit: number
}

/** Pairs of earlier runs of `sync` with conflicts that wait. Nothing is written, and a run under way is not disturbed. */
export async function listPairConflicts(host: Host, query: PairConflictsQuery): Promise<readonly PairConflicts[]> {
  const { folders } = (await openSettings(host.paths.config)).get()
  const isConfigured = ({ source, target, s3 }: PairState): boolean =>
    folders.some((each) => each.path === source && each.target === target && isStoreOf(each.s3 ?? {}, s3))
  const found: PairConflicts[] = []
  for (const pair of pairsOf(host.paths)) {
    // What its folder knows by now is listed with that; a source that is gone has nothing to decide about.
    if (isConfigured(pair) || statSync(pair.source, { throwIfNoEntry: false }) === undefined) continue
    const listed = await conflictsOf(host, pair, query)
    if (listed.unresolved > 0) found.push(listed)
  }
  return found
}

async function conflictsOf(
  host: Host,
  { directory, source, target }: PairState,
  { kind, limit }: PairConflictsQuery,
): Promise<PairConflicts> {
  const store = await openStoreForReading({ directory, clock: host.clock, log: host.log })
  try {
    const state = 'unresolved'
    const filter = { folderId: PAIR, state, ...(kind === undefined ? {} : { kind }) } as const
    const unresolved =
      kind === undefined
        ? store.conflicts.count(PAIR)
        : store.conflicts.list({ ...filter, limit: Number.MAX_SAFE_INTEGER }).length
    const conflicts = store.conflicts.list({ ...filter, limit }).map((conflict) => {
      const { id: _id, folderId: _folderId, ...view } = conflictView(conflict)
      return view
    })
    return { source, target, unresolved, conflicts }
  } finally {
    store.close()
  }
}
