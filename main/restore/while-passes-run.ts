import type { RelPath } from '../../common/model.ts'
import { isWithin } from '../../common/paths.ts'
import type { RunEvent } from '../run-once.ts'
import type { RestoreResult } from './restore.ts'
import { inRounds, type ChangesSince } from './rounds.ts'
import { RunProgress } from './run-view.ts'

/** A restore that passes may run beside. */
export interface RestoreBesidePasses {
  readonly paths: readonly RelPath[]
  /** What passes do meanwhile does not matter. */
  readonly isOnce: boolean
  readonly markChanges: () => ChangesSince
  readonly stop: AbortSignal
  readonly onEvent: (event: RunEvent) => void
  readonly restore: (paths: readonly RelPath[], onEvent: (event: RunEvent) => void) => Promise<RestoreResult>
}

/** Restores in rounds; see {@link inRounds}. What was said of a path that is looked at again is not in the result. */
export async function restoreWhilePassesRun(
  options: RestoreBesidePasses,
): Promise<{ readonly result: RestoreResult; readonly isUnsettled: boolean }> {
  const { paths: wanted, isOnce, markChanges, stop, restore } = options
  const progress = new RunProgress()
  const onEvent = (event: RunEvent): void => {
    progress.onEvent(event)
    options.onEvent(event)
  }
  let result: RestoreResult | undefined
  const isUnsettled = await inRounds(wanted, {
    mark: markChanges,
    restore: async (paths) => {
      const round = await restore(paths, onEvent)
      result = result === undefined ? round : together(result, round)
    },
    goesOn: () => !isOnce && !stop.aborted,
    isOpen: (path) => wanted.some((each) => isWithin(path, each)) && !progress.hasMade(path),
    onAgain: (again) => {
      progress.forget(again)
      result = result === undefined ? undefined : without(result, again)
    },
  })
  return { result: { ...result!, younger: progress.view().younger }, isUnsettled }
}

function without(result: RestoreResult, paths: readonly RelPath[]): RestoreResult {
  const again = new Set<string>(paths)
  const failures = result.failures.filter(({ path }) => !again.has(path))
  return { ...result, failures, counts: { ...result.counts, failed: failures.length } }
}

/** Files of a later round were counted as looked at before. */
function together(earlier: RestoreResult, later: RestoreResult): RestoreResult {
  const failures = [...earlier.failures, ...later.failures]
  return {
    ...earlier,
    counts: {
      ...earlier.counts,
      downloaded: earlier.counts.downloaded + later.counts.downloaded,
      skipped: earlier.counts.skipped + later.counts.skipped,
      failed: failures.length,
    },
    bytes: {
      ...earlier.bytes,
      received: earlier.bytes.received + later.bytes.received,
      reused: earlier.bytes.reused + later.bytes.reused,
    },
    actions: [...earlier.actions, ...later.actions],
    failures,
    unverified: earlier.unverified + later.unverified,
    uncertain: earlier.uncertain + later.uncertain,
    isEmpty: earlier.isEmpty && later.isEmpty,
  }
}
