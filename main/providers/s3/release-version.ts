import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { Kept } from '../../../common/model.ts'
import type { CallOptions } from '../provider.ts'
import type { S3Context } from './context.ts'
import { isOurWriting } from './metadata.ts'
import { headObject, preconditionFailed, shownPath } from './objects.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

type Headers = Readonly<Record<string, string>>

/** The version that an object had before versioning was turned on, or has while it is suspended: its content may change. */
const UNVERSIONED = 'null'

/**
 * Removes a version that a bucket keeps for good. An id always names the same content, so it is the precondition; that
 * it is an earlier one is looked up just before, as no store can be asked to. Idempotent. Delete markers are never
 * removed: what they hide would come back. Throws `unsupported` for what Tidekeep did not write, `locked` for what is
 * under Object Lock or a legal hold, `precondition-failed` for what became the present version, `forbidden` where the
 * keys may not, or the store does not let it go.
 */
export async function releaseVersion(
  context: S3Context,
  { path, versionId }: Pick<Kept, 'path'> & { readonly versionId: string },
  { signal }: CallOptions,
): Promise<void> {
  if (versionId === UNVERSIONED) throw notOurs(context, path)
  const key = context.keyOf(path)
  const query = { versionId }
  const head = await context.client.sendIfPresent({ method: 'HEAD', key, query, signal })
  if (head === undefined) return
  if (!isOurWriting(head.headers)) throw notOurs(context, path)
  const lock = lockOf(head.headers)
  if (lock !== undefined) throw locked(context, path, lock)
  const present = await headObject(context, key, signal)
  if (present?.headers['x-amz-version-id'] === versionId) throw preconditionFailed(context, path)
  try {
    await context.client.sendIfPresent({ method: 'DELETE', key, query, signal })
  } catch (error) {
    throw isTidekeepError(error) && error.code === 'forbidden' ? refused(context, path, error) : error
  }
}

/** What a reply says of locks; nothing where the keys may not know, and then the store refuses. */
function lockOf(headers: Headers): string | undefined {
  if (headers['x-amz-object-lock-legal-hold'] === 'ON') return 'a legal hold'
  const until = headers['x-amz-object-lock-retain-until-date']
  // By the store's clock, which alone decides.
  if (until === undefined || Date.parse(until) <= Date.parse(headers['date'] ?? '')) return undefined
  return `Object Lock until ${until}`
}

function notOurs(context: S3Context, path: Kept['path']): TidekeepError {
  return new TidekeepError({
    code: 'unsupported',
    message: s3FailureTexts.releaseVersion.anEarlierVersionOfStays({ path: shownPath(context, path) }),
    path: shownPath(context, path),
    fix: s3FailureTexts.releaseVersion.anEarlierVersionOfStaysFix,
  })
}

function locked(context: S3Context, path: Kept['path'], lock: string): TidekeepError {
  return new TidekeepError({
    code: 'locked',
    message: s3FailureTexts.releaseVersion.anEarlierVersionOfStays2({ path: shownPath(context, path), lock }),
    path: shownPath(context, path),
    retry: { kind: 'never' },
  })
}

function refused(context: S3Context, path: Kept['path'], cause: TidekeepError): TidekeepError {
  return new TidekeepError({
    code: 'forbidden',
    message: s3FailureTexts.releaseVersion.theBucketOfDoesNot({ path: shownPath(context, path) }),
    path: shownPath(context, path),
    fix: s3FailureTexts.releaseVersion.theBucketOfDoesNotFix,
    cause,
  })
}
