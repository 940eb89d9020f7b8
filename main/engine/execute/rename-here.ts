import { TidekeepError } from '../../../common/errors.ts'
import type { Entry, RelPath } from '../../../common/model.ts'
import { expectOf, hereNow, isAsSeen, sourceOf } from './here.ts'
import type { Run } from './run.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'

/** Gives a version at the source another name, where nothing may be; once more is as good. Throws `precondition-failed` where it is another, or something is there. */
export async function renameHere(run: Run, local: Entry, to: RelPath): Promise<Entry> {
  const { features } = sourceOf(run)
  const here = await hereNow(run, local.path)
  if (here === undefined) {
    // A crash cut this off after the step: the file has its new name already.
    const renamed = await hereNow(run, to)
    if (renamed !== undefined && renamed.identity?.inode === local.identity?.inode && renamed.size === local.size)
      return renamed
  }
  if (features.move === undefined || here === undefined)
    throw new TidekeepError({
      code: 'precondition-failed',
      message: engineFailureTexts.renameHere.isGone({ path: local.path }),
      path: local.path,
    })
  // What was edited since was never seen by whoever decided.
  if (!isAsSeen(here, local))
    throw new TidekeepError({
      code: 'precondition-failed',
      message: engineFailureTexts.renameHere.wasEdited({ path: local.path }),
      path: local.path,
    })
  const moved = await features.move(local.path, to, { expect: expectOf(here), signal: run.signal })
  return { ...moved, path: to }
}
