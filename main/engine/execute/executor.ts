import { assertNever } from '../../../common/errors.ts'
import type { Action, Outcome } from '../../../common/model.ts'
import { download } from './download.ts'
import { keepBoth } from './keep-both.ts'
import { makeLocalDirectory } from './make-local-directory.ts'
import { makeWay } from './make-way.ts'
import { makeDirectory, metadata } from './metadata.ts'
import { moveLocal } from './move-local.ts'
import { move } from './move.ts'
import { removeLocal } from './remove-local.ts'
import { remove } from './remove.ts'
import { Run, type ExecuteContext, type ExecuteOptions } from './run.ts'
import { settle } from './settle-both.ts'
import { adopt } from './settle.ts'
import { upload } from './upload.ts'

/**
 * Carries one action out. The only stage that changes the target, or in two-way mode the source. Everything it does is guarded by
 * the action's precondition; where that fails, what is there is compared, and kept aside unless it
 * is the same (I3). What it replaces or deletes stays at the target for a while (I14). Throws
 * TidekeepErrors; nothing is half done then.
 */
export async function execute(context: ExecuteContext, action: Action, options: ExecuteOptions): Promise<Outcome> {
  const run = new Run(context, options)
  switch (action.kind) {
    case 'upload':
      return upload(run, action)
    case 'adopt':
      return adopt(run, action, action.remote)
    case 'move':
      return move(run, action)
    case 'delete':
      return remove(run, action)
    case 'metadata':
      return metadata(run, action)
    case 'make-directory':
      return makeDirectory(run, action)
    case 'forget':
      return run.done({ action, method: 'forget', baseline: undefined })
    case 'download':
      return download(run, action)
    case 'remove-local':
      return removeLocal(run, action)
    case 'move-local':
      return moveLocal(run, action)
    case 'make-local-directory':
      return makeLocalDirectory(run, action)
    case 'settle':
      return settle(run, action)
    case 'keep-both':
      return keepBoth(run, action)
    case 'make-way':
      return makeWay(run, action)
    default:
      return assertNever(action, 'an action of unknown kind')
  }
}
