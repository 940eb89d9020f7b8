import type { FolderId, RelPath } from '../../common/model.ts'
import type { ActivityView } from '../../common/protocol.ts'
import { retentionRules } from '../../common/retention.ts'
import type { FolderSettings, Settings } from '../../common/settings.ts'
import type { CleanableTarget } from '../cleanup/daily-cleanup.ts'
import type { KeptReport } from '../cleanup/kept-retention.ts'
import { isKeptNeeded, isKnownAsPresent } from '../cleanup/needed.ts'
import type { Clock } from '../host.ts'
import type { KeptVersion, TargetProvider } from '../providers/provider.ts'
import type { PastUse } from '../restore/past-use.ts'
import type { PastLock } from '../state/past-lock.ts'
import type { Store } from '../state/store.ts'

/** What decides about the earlier versions of a folder. */
export interface CleanableDeps {
  readonly store: Pick<Store, 'baseline' | 'conflicts' | 'queue' | 'thaws' | 'history'>
  readonly clock: Pick<Clock, 'now'>
  readonly settings: () => Settings
  readonly pastUse?: Pick<PastUse, 'isHeld'> | undefined
  readonly pastLock?: Pick<PastLock, 'unlessHeld'> | undefined
  /** Hears of what was written to the history. */
  readonly recorded: (rows: readonly ActivityView[]) => void
}

/** The sides of a folder that keep versions of ours: its target, and in two-way mode the folder itself. */
export function cleanableSides(
  { id }: FolderSettings,
  sides: readonly (TargetProvider | undefined)[],
  { store, settings, pastUse, pastLock, clock, recorded }: CleanableDeps,
): readonly CleanableTarget[] {
  const isNeeded = (path: RelPath): boolean => pastUse?.isHeld(id) === true || isKeptNeeded(store, id as FolderId, path)
  const retention = {
    rules: retentionRules(settings()),
    isNeeded,
    isKnownAsPresent: (version: KeptVersion) => isKnownAsPresent(store, id as FolderId, version),
    ofStore: settings().pruneBucketVersions,
    ...(pastLock === undefined ? {} : { pastLock }),
  }
  const onRemoved = ({ removed }: KeptReport): void =>
    recorded([store.history.appendPrune(id as FolderId, removed.bytes, clock.now())])
  return sides.flatMap((target, at) =>
    target === undefined ? [] : [{ id: `${id} ${at}`, target, retention, onRemoved }],
  )
}
