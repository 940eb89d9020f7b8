import { TidekeepError } from '../../../common/errors.ts'
import type { Entry, Precondition, RelPath } from '../../../common/model.ts'
import type { HttpReply } from '../http/http-client.ts'
import type { S3Context } from './context.ts'
import { toEntry } from './metadata.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** HEAD with checksums; undefined when there is no such object. */
export function headObject(context: S3Context, key: string, signal: AbortSignal): Promise<HttpReply | undefined> {
  return context.client.sendIfPresent({ method: 'HEAD', key, headers: { 'x-amz-checksum-mode': 'ENABLED' }, signal })
}

/** One entry; a directory where only a marker (`path/`) exists. Throws `not-found`. */
export async function statObject(context: S3Context, path: RelPath, signal: AbortSignal): Promise<Entry> {
  const key = context.keyOf(path)
  const head = await headObject(context, key, signal)
  if (head !== undefined) {
    const storedAtMs = Date.parse(head.headers['last-modified'] ?? '')
    return { ...toEntry(path, head.headers), ...(Number.isNaN(storedAtMs) ? {} : { storedAtMs }) }
  }
  const marker = await headObject(context, `${key}/`, signal)
  if (marker === undefined) {
    throw new TidekeepError({
      code: 'not-found',
      message: s3FailureTexts.objects.doesNotExist({ path: shownPath(context, path) }),
      path: shownPath(context, path),
    })
  }
  return { ...toEntry(path, marker.headers), kind: 'directory', size: 0 }
}

/** Looks a precondition up, for stores that do not enforce it. Throws `precondition-failed`. */
export function assertExpected(
  context: S3Context,
  path: RelPath,
  { expect, head }: { expect: Precondition; head: HttpReply | undefined },
): void {
  if (expect.kind === 'any') return
  if (expect.kind === 'absent' ? head === undefined : head?.headers['etag'] === expect.etag) return
  throw preconditionFailed(context, path)
}

/** The object is not what the caller last saw. */
export function preconditionFailed(context: S3Context, path: RelPath): TidekeepError {
  return new TidekeepError({
    code: 'precondition-failed',
    message: s3FailureTexts.objects.isNotWhatItWas({ path: shownPath(context, path) }),
    path: shownPath(context, path),
  })
}

/** A path as the user knows it. */
export function shownPath(context: S3Context, path: RelPath): string {
  return path === '' ? context.location : `${context.location}/${path}`
}
