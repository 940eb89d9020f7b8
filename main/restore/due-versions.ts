import type { FolderId } from '../../common/model.ts'
import type { DueVersionsView } from '../../common/protocol.ts'
import { retentionRules } from '../../common/retention.ts'
import type { FolderSettings, Settings } from '../../common/settings.ts'
import { letGoOfKept, type KeptReport } from '../cleanup/kept-retention.ts'
import { isKeptNeeded, isKnownAsPresent } from '../cleanup/needed.ts'
import type { PriceList } from '../delta/price-list.ts'
import { storagePerMonth } from '../delta/prices.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { Store } from '../state/store.ts'

/** What the versions of one folder are judged by. */
export interface DueVersions {
  readonly folder: FolderSettings
  readonly target: TargetProvider
  readonly settings: Settings
  readonly store: Pick<Store, 'baseline' | 'conflicts' | 'queue' | 'thaws'>
  readonly prices: PriceList | undefined
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  readonly signal: AbortSignal
}

/** What would go at a folder's target by the rules in force, all of it. Nothing is removed. */
export async function dueVersions(of: DueVersions): Promise<DueVersionsView> {
  const { folder, target, settings, store, prices, nowMs, signal } = of
  const report = await letGoOfKept(target, {
    rules: retentionRules(settings),
    isNeeded: (path) => isKeptNeeded(store, folder.id as FolderId, path),
    isKnownAsPresent: (version) => isKnownAsPresent(store, folder.id as FolderId, version),
    ofStore: settings.pruneBucketVersions,
    dryRun: true,
    takesAll: true,
    isTrusting: true,
    nowMs,
    signal,
  })
  return report === undefined ? { keepsVersions: false } : { keepsVersions: true, ...viewOf(report, prices) }
}

function viewOf(report: KeptReport, prices: PriceList | undefined): Omit<DueVersionsView, 'keepsVersions'> {
  const { removed, later, kept, onlyCopies, needed, ofStore } = report
  const due = sumOf(removed, later)
  const dollarsPerMonth = prices === undefined ? undefined : storagePerMonth(prices, due.bytes)
  return {
    due,
    staying: sumOf(kept, onlyCopies, needed),
    ofStore,
    ...(dollarsPerMonth === undefined ? {} : { dollarsPerMonth }),
  }
}

function sumOf(...totals: readonly KeptReport['removed'][]): KeptReport['removed'] {
  return {
    count: totals.reduce((sum, { count }) => sum + count, 0),
    bytes: totals.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}
