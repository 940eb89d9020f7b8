import type { Action, BaselineEntry } from '../../common/model.ts'

/** What was agreed on, where an action replaces or removes a version because of that, and not because a person said so. */
export function standsOn(action: Action): BaselineEntry | undefined {
  if (action.kind === 'upload') return action.resolves === undefined ? action.base : undefined
  if (action.kind === 'download') return action.local === undefined ? undefined : action.base
  // A file that was agreed on gives way to a folder.
  if (action.kind === 'make-directory') return action.base?.kind === 'file' ? action.base : undefined
  return action.kind === 'delete' || action.kind === 'remove-local' ? action.base : undefined
}
