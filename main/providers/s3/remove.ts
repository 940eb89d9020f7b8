import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { Kept, Precondition, RelPath } from '../../../common/model.ts'
import type { CallOptions, RemoveOptions } from '../provider.ts'
import { conditionHeaders, type S3Context } from './context.ts'
import { StoreError } from './errors.ts'
import { keepEarlier } from './keep.ts'
import { assertExpected, headObject, preconditionFailed, shownPath } from './objects.ts'
import { xmlElements, xmlText } from './xml.ts'
import { failpoint } from '../../../workers/failpoint.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/**
 * Removes an object (in a versioned bucket: hides it under a delete marker), or the marker of an
 * empty directory. Nothing there is fine. Answers the object where it was to be kept.
 */
export async function removeObject(
  context: S3Context,
  path: RelPath,
  options: RemoveOptions,
): Promise<Kept | undefined> {
  const { expect, ...rest } = options
  if (expect.kind === 'directory') return removeDirectory(context, path, rest)
  const kept = await keepEarlier(context, { path, why: 'deleted', keep: undefined, ...rest, expect })
  await removeNow(context, path, { ...rest, expect })
  return kept
}

/** Of the two keys that a path has, only that of a directory goes: what takes the other meanwhile is out of reach. */
async function removeDirectory(context: S3Context, path: RelPath, { signal }: CallOptions): Promise<undefined> {
  const file = await headObject(context, context.keyOf(path), signal)
  if (file !== undefined) throw preconditionFailed(context, path)
  return removeMarker(context, path, { expect: { kind: 'any' }, signal })
}

type Removal = CallOptions & { readonly expect: Precondition }

async function removeNow(context: S3Context, path: RelPath, options: Removal): Promise<void> {
  const { expect, signal } = options
  const { conditionalDelete } = await context.abilities.writes(signal)
  const key = context.keyOf(path)
  if (expect.kind !== 'etag' || !conditionalDelete) {
    const head = await headObject(context, key, signal)
    if (head === undefined) return removeMarker(context, path, options)
    assertExpected(context, path, { expect, head })
  }
  try {
    const headers = conditionHeaders(expect, conditionalDelete)
    failpoint('s3.remove.before')
    await context.client.send({ method: 'DELETE', key, headers, signal })
    failpoint('s3.remove.after')
  } catch (error) {
    if (!isTidekeepError(error)) throw error
    const isMissing = error instanceof StoreError && error.s3Code === 'NoSuchKey'
    if (!isMissing && error.code !== 'precondition-failed') throw error
    // Refused: because it is gone (perhaps by our own lost request), or because it is another one now.
    const head = await headObject(context, key, signal)
    if (head !== undefined) throw preconditionFailed(context, path)
    await removeMarker(context, path, options)
  }
}

async function removeMarker(context: S3Context, path: RelPath, { expect, signal }: Removal): Promise<undefined> {
  const key = `${context.keyOf(path)}/`
  const head = await headObject(context, key, signal)
  if (head === undefined) return
  assertExpected(context, path, { expect, head })
  const reply = await context.client.send({
    method: 'GET',
    key: '',
    query: { 'list-type': '2', 'max-keys': '2', prefix: key },
    signal,
  })
  const below = [...xmlElements(reply.body.toString(), 'Contents')].filter((element) => xmlText(element, 'Key') !== key)
  if (below.length > 0) {
    throw new TidekeepError({
      code: 'precondition-failed',
      message: s3FailureTexts.remove.isNotEmpty({ path: shownPath(context, path) }),
      path: shownPath(context, path),
    })
  }
  await context.client.send({ method: 'DELETE', key, signal })
}
