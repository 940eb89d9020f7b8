import { toTidekeepError } from '../common/errors.ts'
import type { TaskFailure } from './tasks.ts'

/** The part of an error that crosses the thread boundary, in no language yet: a cloned error keeps nothing but its message. */
export function toTaskFailure(error: unknown): TaskFailure {
  const known = toTidekeepError(error)
  return {
    code: known.code,
    message: known.worded.message,
    retry: known.retry,
    ...(known.path === undefined ? {} : { path: known.path }),
    ...(known.worded.fix === undefined ? {} : { fix: known.worded.fix }),
  }
}
