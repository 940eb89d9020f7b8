import type { Action, Hold } from '../../../common/model.ts'
import type { ContentSample } from '../../../workers/tasks.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'

/**
 * Why a changed file looks as if the machine lost its newest content when it went down (I11), and not
 * as if someone had edited it. Undefined: an edit. What is new, and replaces nothing, is never suspect. Pure.
 *
 * A file system may bring a file back empty (its data was not written yet), as zeros (neither was what
 * said where), or as an older version (nor was the rename): then its time, or the time of its last
 * change, goes back.
 */
export function lossSign(action: Action, sample: ContentSample | undefined): string | undefined {
  const replaces = action.kind === 'upload' || action.kind === 'adopt'
  if (!replaces || action.base === undefined) return undefined
  const { local, base } = action
  if (local.kind !== 'file' || base.kind !== 'file') return undefined
  if (sample?.isZero === true && base.size > 0) return engineFailureTexts.suspect.zeros
  if (local.size === 0 && base.size > 0) return engineFailureTexts.suspect.empty
  if (local.mtimeNs < base.mtimeNs) return engineFailureTexts.suspect.older
  if (local.size !== base.size && local.mtimeNs === base.mtimeNs) return engineFailureTexts.suspect.otherSize
  const ctimeNs = local.identity?.ctimeNs
  const isBack = ctimeNs !== undefined && base.identity !== undefined && ctimeNs < base.identity.ctimeNs
  return isBack ? engineFailureTexts.suspect.before : undefined
}

/** Holds one file. `sign`: as {@link lossSign} gives it. */
export function suspectHold(action: Action, sign: string): Hold {
  const bytes = 'base' in action ? (action.base?.size ?? 0) : 0
  return {
    reason: 'suspect',
    count: 1,
    bytes,
    message: engineFailureTexts.suspect.theComputerWentDownUnexpectedly({ path: action.path, sign, bytes }),
  }
}
