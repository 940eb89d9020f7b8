import { TidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { conflictFailureTexts } from './conflict-failure-texts.ts'

/** Something was changed since the decision: it is left as it is. */
export function changedSince(path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'precondition-failed',
    message: conflictFailureTexts.undo.wasChangedSinceThisWas({ path }),
    path,
    fix: conflictFailureTexts.undo.wasChangedSinceThisWasFix,
  })
}

/** Nothing gave way, or it is kept no longer. */
export function notUndoable(path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'unsupported',
    message: conflictFailureTexts.undo.thereIsNothingToPut({ path }),
    path,
    fix: conflictFailureTexts.undo.thereIsNothingToPutFix,
  })
}
