import type { TidekeepError } from '../../../common/errors.ts'
import type { Precondition, RelPath } from '../../../common/model.ts'
import { collision, hasName, lookUp, preconditionFailed, type OneDriveContext } from './context.ts'

/**
 * What Graph's "name already exists" means: something else of that name (`precondition-failed`), or one
 * that differs by case (`invalid`, I16). Returns for every other error.
 */
export async function assertNoConflict(
  context: OneDriveContext,
  path: RelPath,
  { error, signal }: { readonly error: TidekeepError; readonly signal: AbortSignal },
): Promise<void> {
  if (error.code !== 'already-exists') return
  const present = await lookUp(context, path, signal)
  if (present !== undefined && !hasName(context, path, present)) throw collision(context, path, present)
  throw preconditionFailed(context, path)
}

/** Looks before much is sent for nothing. Throws `precondition-failed`, or `invalid` for a name that differs by case. */
export async function assertExpected(
  context: OneDriveContext,
  path: RelPath,
  { expect, signal }: { readonly expect: Precondition; readonly signal: AbortSignal },
): Promise<void> {
  const present = await lookUp(context, path, signal)
  if (present !== undefined && !hasName(context, path, present)) throw collision(context, path, present)
  if (present?.kind === 'directory') throw preconditionFailed(context, path)
  if (expect.kind === 'absent' && present !== undefined) throw preconditionFailed(context, path)
  if (expect.kind === 'etag' && present?.etag !== expect.etag) throw preconditionFailed(context, path)
}
