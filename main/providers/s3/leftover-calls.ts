import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { S3Context } from './context.ts'
import { abortUpload, listParts, type UploadRef } from './multipart-calls.ts'
import { failpoint } from '../../../workers/failpoint.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

const ABORTS = 5
const BETWEEN_ABORTS_MS = 1000

/**
 * AbortMultipartUpload until the store shows no part of it: parts that were on their way survive an
 * abort (https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html). Idempotent.
 * Throws `locked` when parts keep arriving.
 */
export async function abortFully(context: S3Context, ref: UploadRef): Promise<void> {
  for (let attempt = 1; attempt <= ABORTS; attempt++) {
    await ignoreMissing(() => abortUpload(context.client, ref))
    const parts = await ignoreMissing(() => listParts(context.client, ref))
    if (parts === undefined || parts.size === 0) return
    await context.host.clock.sleep(BETWEEN_ABORTS_MS, ref.signal)
  }
  throw new TidekeepError({
    code: 'locked',
    message: s3FailureTexts.leftoverCalls.partsKeepArrivingAtThe({ bucket: context.client.bucket, key: ref.key }),
    fix: s3FailureTexts.leftoverCalls.partsKeepArrivingAtTheFix,
  })
}

/** Removes one version of an object for good; the object itself where the store keeps no versions. Idempotent. */
export async function removeVersion(
  context: S3Context,
  { key, versionId }: { readonly key: string; readonly versionId?: string },
): Promise<void> {
  // Not the caller's signal: tidying up is due although the caller was cancelled.
  const { signal } = new AbortController()
  const query = versionId === undefined ? {} : { query: { versionId } }
  failpoint('s3.remove-version.before')
  await ignoreMissing(() => context.client.send({ method: 'DELETE', key, ...query, signal }))
  failpoint('s3.remove-version.after')
}

async function ignoreMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (isTidekeepError(error) && error.code === 'not-found') return undefined
    throw error
  }
}
