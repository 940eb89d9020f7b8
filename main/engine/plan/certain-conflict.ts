import type { Action } from '../../../common/model.ts'

/**
 * Whether comparing can only end in a conflict, as far as sizes tell without reading either side: neither holds what
 * the other does, nor what was agreed on. False where content has to tell, and for every other action.
 */
export function isCertainConflict(action: Action): boolean {
  if (action.kind !== 'settle') return false
  const { local, remote, base } = action
  // A folder that was agreed on may still give way.
  if (local.kind !== remote.kind) return base?.kind !== 'directory'
  if (local.kind !== 'file' || local.size === remote.size) return false
  if (base?.kind !== 'file' || base.contentHash === undefined) return true
  return local.size !== base.size && remote.size !== base.remote.size
}
