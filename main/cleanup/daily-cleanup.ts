import type { DailyWork } from '../daily-schedule.ts'
import type { Clock, Log } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { cleanUp, DEFAULT_OLDER_THAN_MS } from './clean-up.ts'
import type { KeptReport, Retention } from './kept-retention.ts'

/** The first time: late enough not to compete with what a start has to do. */
export const FIRST_CLEANUP_MS = 10 * 60_000

/** One target that is cleaned up every day. */
export interface CleanableTarget {
  /** Stays the same from day to day. */
  readonly id: string
  readonly target: TargetProvider
  readonly retention: Retention
  /** Hears of earlier versions that are gone. */
  readonly onRemoved?: (kept: KeptReport) => void
}

/** Removes what is not needed any more at one target: leftovers of transfers, and earlier versions that no rule lets stay. */
export function dailyCleanup(
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  { id, target, retention, onRemoved }: CleanableTarget,
): DailyWork {
  return {
    id,
    run: async (signal) => {
      const { totals, kept } = await cleanUp(target, {
        olderThanMs: DEFAULT_OLDER_THAN_MS,
        dryRun: false,
        nowMs: clock.now(),
        retention,
        signal,
      })
      if (kept !== undefined && kept.removed.count + kept.failed.count + kept.refused.count > 0) {
        const rest = { failed: kept.failed.count, refused: kept.refused.count }
        log.info('kept-versions-removed', { target: target.location, ...kept.removed, ...rest })
        if (kept.removed.count > 0) onRemoved?.(kept)
      }
      const { removed, failed } = totals
      if (removed.count + failed.count === 0) return
      const counts = { removed: removed.count, bytes: removed.bytes, failed: failed.count }
      log.info('leftovers-removed', { target: target.location, ...counts })
    },
  }
}
