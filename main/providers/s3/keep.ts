import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import { KEPT_NAME_TRIES, keptPath } from '../../../common/kept-area.ts'
import type { Kept, KeptWhy, Precondition, RelPath } from '../../../common/model.ts'
import { isReserved, ROOT_PATH } from '../../../common/paths.ts'
import type { HttpReply } from '../http/http-client.ts'
import type { Keep } from '../provider.ts'
import { MAX_KEY_BYTES, type S3Context } from './context.ts'
import { copyObject, copyOnce, isEqualCopy } from './copy.ts'
import { StoreError } from './errors.ts'
import { assertExpected, headObject, shownPath } from './objects.ts'
import { versioningOf } from './versioning.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** What is about to be replaced or removed. */
export interface Keeping {
  readonly path: RelPath
  readonly why: Exclude<KeptWhy, 'foreign'>
  readonly expect: Precondition
  readonly keep: Keep | undefined
  readonly signal: AbortSignal
}

/** Begins the token of a version that the bucket keeps. */
const VERSION_TOKEN = 'version'

/**
 * Keeps what the store holds at a path, before something else takes its place. A bucket with
 * versions does so by itself; elsewhere the store copies it, pinned to the expected ETag, which costs
 * one request. Undefined where nothing is there, or nothing is to be kept. Throws
 * `precondition-failed` where the store holds something else than expected; whatever it throws,
 * nothing may be replaced then.
 */
export async function keepEarlier(context: S3Context, keeping: Keeping): Promise<Kept | undefined> {
  const { path, expect, keep, signal } = keeping
  if (keep === undefined || expect.kind === 'absent' || isReserved(path)) return undefined
  if ((await versioningOf(context, signal)) === 'enabled') return nameVersion(context, { ...keeping, keep })
  try {
    return await copyAside(context, { ...keeping, keep })
  } catch (error) {
    throw isArchived(error) ? cannotKeep(context, path, error) : error
  }
}

/** How a version that the bucket keeps is named. */
export function versionToken({ versionId, path }: { readonly versionId: string; readonly path: RelPath }): string {
  return `${VERSION_TOKEN}:${versionId}:${path}`
}

/** The version that {@link versionToken} names; undefined for other tokens. */
export function versionIn(token: string): string | undefined {
  const [kind, versionId = ''] = token.split(':', 2)
  return kind === VERSION_TOKEN && versionId !== '' ? versionId : undefined
}

type Wanted = Keeping & { readonly keep: Keep }

async function nameVersion(context: S3Context, wanted: Wanted): Promise<Kept | undefined> {
  const { path, why, keep } = wanted
  if (keep.versionId !== undefined && keep.sizeBytes !== undefined)
    return { path, why, sizeBytes: keep.sizeBytes, token: versionToken({ versionId: keep.versionId, path }) }
  const head = await expectedHead(context, wanted)
  if (head === undefined) return undefined
  const versionId = head.headers['x-amz-version-id'] ?? 'null'
  return { path, why, sizeBytes: sizeOf(head), token: versionToken({ versionId, path }) }
}

async function copyAside(context: S3Context, wanted: Wanted): Promise<Kept | undefined> {
  const { path, why, expect, keep, signal } = wanted
  const { sourceConditions, targetConditions } = await context.abilities.copies(signal)
  const isKnown = expect.kind === 'etag' && keep.sizeBytes !== undefined && keep.sizeBytes <= context.tuning.copyBytes
  if (isKnown && sourceConditions && targetConditions) {
    const token = keptKey(context, wanted, 0)
    try {
      await copyOnce(context, { from: path, to: token, etag: expect.etag, signal })
      return { path, why, sizeBytes: keep.sizeBytes, token }
    } catch (error) {
      // Which of the two conditions failed, or what else is the matter, is found out step by step.
      if (!isRefusal(error)) throw error
    }
  }
  return copyCarefully(context, wanted)
}

async function copyCarefully(context: S3Context, wanted: Wanted): Promise<Kept | undefined> {
  const { path, why, signal } = wanted
  const source = await expectedHead(context, wanted)
  if (source === undefined) return undefined
  for (let turn = 0; turn < KEPT_NAME_TRIES; turn++) {
    const token = keptKey(context, wanted, turn)
    const there = await headObject(context, context.keyOf(token), signal)
    // Of an earlier attempt, or of the same content: either way this content is kept under this name.
    const isDone = there !== undefined && isEqualCopy(source, there)
    if (there !== undefined && !isDone) continue
    if (!isDone) await copyObject(context, { from: path, to: token, source, signal })
    return { path, why, sizeBytes: sizeOf(source), token }
  }
  throw new TidekeepError({
    code: 'locked',
    message: s3FailureTexts.keep.wasReplacedTooOftenIn({ path: shownPath(context, path) }),
    path: shownPath(context, path),
    fix: s3FailureTexts.keep.wasReplacedTooOftenInFix,
  })
}

/** Where it goes; a key that would be too long with its beginning goes without. */
function keptKey(context: S3Context, { path, why, keep }: Wanted, turn: number): RelPath {
  const place = { path, why, keptAtMs: keep.atMs + turn }
  const told = keep.storedAtMs === undefined ? place : { ...place, storedAtMs: keep.storedAtMs }
  const telling = keptPath(told)
  const keyBytes = Buffer.byteLength(context.keyOf(ROOT_PATH) + telling)
  return keyBytes <= MAX_KEY_BYTES ? telling : keptPath(place)
}

async function expectedHead(context: S3Context, { path, expect, signal }: Wanted): Promise<HttpReply | undefined> {
  const head = await headObject(context, context.keyOf(path), signal)
  // What is gone is told by the change itself.
  if (head !== undefined) assertExpected(context, path, { expect, head })
  return head
}

function sizeOf({ headers }: HttpReply): number {
  return Number(headers['content-length'] ?? 0)
}

function isRefusal(error: unknown): boolean {
  return isTidekeepError(error) && ['precondition-failed', 'not-found', 'invalid'].includes(error.code)
}

function isArchived(error: unknown): boolean {
  return error instanceof StoreError && error.s3Code === 'InvalidObjectState'
}

function cannotKeep(context: S3Context, path: RelPath, cause: unknown): TidekeepError {
  return new TidekeepError({
    code: 'unsupported',
    message: s3FailureTexts.keep.wasLeftAsItIs({ path: shownPath(context, path) }),
    path: shownPath(context, path),
    fix: s3FailureTexts.keep.wasLeftAsItIsFix,
    cause,
  })
}
