import type { Coverage } from '../../../common/model.ts'
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
    reason: engineFailureTexts.coverage.missing({ root }),
    fix: engineFailureTexts.coverage.connectTheDiskItIs,
  }
}

/** The folder is on a file system that tells nothing of changes made elsewhere. */
export function polled(kind: string, everyMs: number): Coverage {
  return { kind: 'polled', reason: engineFailureTexts.coverage.polled({ kind, every: everyMs }) }
}

/** Watching failed; the folder is polled until it works again. */
export function degraded(failure: WatchFailure, everyMs: number): Coverage {
  const texts = engineFailureTexts.coverage
  const every = everyMs
  if (failure.kind !== 'limit') {
    const code = failure.kind === 'error' ? failure.code : ''
    return { kind: 'degraded', reason: code === '' ? texts.failed({ every }) : texts.failedWith({ code, every }) }
  }
  return failure.code === 'ENOSPC'
    ? { kind: 'degraded', reason: texts.manyDirectories({ every }), fix: texts.runSudoSysctlFsInotify }
    : { kind: 'degraded', reason: texts.manyPrograms({ every }), fix: texts.runSudoSysctlFsInotify2 }
}
