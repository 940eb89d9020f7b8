import type { Coverage } from '../../../common/model.ts'
import { formatDuration } from '../../../common/format.ts'
import type { WatchFailure } from './raw-watcher.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'

/** Coverage of a folder whose changes are seen as they happen. */
export const LIVE: Coverage = { kind: 'live' }
/** Coverage of a folder that nobody watches yet, or any more. */
export const OFF: Coverage = { kind: 'off' }

/** The folder is not there. */
export function missing(root: string): Coverage {
  return {
    kind: 'off',
    reason: `The folder ${root} is not there.`,
    fix: engineFailureTexts.coverage.connectTheDiskItIs,
  }
}

/** The folder is on a file system that tells nothing of changes made elsewhere. */
export function polled(kind: string, everyMs: number): Coverage {
  return {
    kind: 'polled',
    reason: `The folder is on a network file system (${kind}), where changes are not announced. It is looked through every ${formatDuration(everyMs)}.`,
  }
}

/** Watching failed; the folder is polled until it works again. */
export function degraded(failure: WatchFailure, everyMs: number): Coverage {
  const meanwhile = `The folder is looked through every ${formatDuration(everyMs)} instead.`
  if (failure.kind !== 'limit') {
    const code = failure.kind === 'error' && failure.code !== '' ? ` (${failure.code})` : ''
    return { kind: 'degraded', reason: `Changes cannot be watched for at the moment${code}. ${meanwhile}` }
  }
  return failure.code === 'ENOSPC'
    ? {
        kind: 'degraded',
        reason: `This computer lets no more directories be watched (fs.inotify.max_user_watches). ${meanwhile}`,
        fix: engineFailureTexts.coverage.runSudoSysctlFsInotify,
      }
    : {
        kind: 'degraded',
        reason: `This computer lets no more programs watch directories (fs.inotify.max_user_instances). ${meanwhile}`,
        fix: engineFailureTexts.coverage.runSudoSysctlFsInotify2,
      }
}
