import type { RestoreRunView } from '../../common/protocol.ts'
import type { RunEvent } from '../run-once.ts'
import type { RestoreResult } from './restore.ts'

/** Rows of each list that are shown. */
const LISTED = 200

type Progress = Pick<
  RestoreRunView,
  | 'filesDone'
  | 'filesTotal'
  | 'bytesDone'
  | 'bytesTotal'
  | 'restored'
  | 'restoredBytes'
  | 'replaced'
  | 'replacements'
  | 'failed'
  | 'failures'
> & { readonly isCounted: boolean }

/** Follows one run; what it shows grows while the run goes on. */
export interface RunProgress {
  readonly onEvent: (event: RunEvent) => void
  view(): Progress
}

/** Counts what a restore tells of itself. */
export function followRun(): RunProgress {
  const replacements: { path: string; keptAs: string }[] = []
  const failures: { path: string; message: string }[] = []
  let counted = { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 }
  let [restored, restoredBytes, replaced, failed, isCounted] = [0, 0, 0, 0, false]
  const onEvent = (event: RunEvent): void => {
    switch (event.type) {
      case 'progress': {
        const { filesDone, filesTotal, bytesDone, bytesTotal } = event
        counted = { filesDone, filesTotal, bytesDone, bytesTotal }
        isCounted ||= filesDone > 0
        return
      }
      case 'action':
        restored++
        restoredBytes += event.sizeBytes ?? 0
        if (event.keptAs === undefined) return
        replaced++
        if (replacements.length < LISTED) replacements.push({ path: event.path, keptAs: event.keptAs })
        return
      case 'failure':
        note(event.path, [event.message, event.fix].filter((part) => part !== undefined).join(' '))
        return
      case 'problem':
        note(event.path, event.message)
    }
  }
  const note = (path: string, message: string): void => {
    failed++
    if (failures.length < LISTED) failures.push({ path, message })
  }
  return {
    onEvent,
    view: () => ({ ...counted, restored, restoredBytes, replaced, replacements, failed, failures, isCounted }),
  }
}

/** What is known only when a restore has ended. */
export function outcomeOf(
  result: RestoreResult | undefined,
): Pick<RestoreRunView, 'receivedBytes' | 'equal' | 'unsure' | 'younger' | 'unverified'> {
  return {
    receivedBytes: result?.bytes.received ?? 0,
    equal: result?.counts.skipped ?? 0,
    unsure: result?.uncertain ?? 0,
    younger: result?.younger ?? 0,
    unverified: result?.unverified ?? 0,
  }
}
