import { toTidekeepError } from '../common/errors.ts'
import type { TaskFailure } from './tasks.ts'

/** The part of an error that crosses the thread boundary: a cloned error keeps nothing but its message. */
export function toTaskFailure(error: unknown): TaskFailure {
  const known = toTidekeepError(error)
  return {
    code: known.code,
    message: known.message,
    retry: known.retry,
    ...(known.path === undefined ? {} : { path: known.path }),
    ...(known.fix === undefined ? {} : { fix: known.fix }),
  }
}
