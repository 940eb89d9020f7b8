import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import type { CallOptions, Leftover } from '../provider.ts'
import type { S3Context } from './context.ts'
import { abortFully, removeVersion } from './leftover-calls.ts'
import { listCurrent, listUploads, listVersions, type ListedUpload, type ListedVersion } from './listings.ts'
import { listParts, type ListedPart, type UploadRef } from './multipart-calls.ts'
import { isProbe, probeArea, segmentArea, segmentDirectory, segmentDirectoryOf } from './segment-keys.ts'
import { claimOn, forgetClaim, type Claim } from './upload-claims.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** What a token names. */
type Token =
  | {
      readonly kind: 'upload'
      readonly key: string
      readonly uploadId: string
      readonly startedAtMs: number
      readonly skewMs: number
    }
  | { readonly kind: 'version'; readonly key: string; readonly versionId?: string }

/**
 * Unfinished uploads below the folder's prefix, whoever began them, temporary objects of tail
 * segments, and what is left of trials of the store. An upload is ours when this state remembers it, or meant to begin one of that key at
 * that time; below `.tidekeep/`, where nobody else writes, its key says so. Throws `forbidden` where
 * uploads may not be listed.
 */
export async function* leftovers(context: S3Context, { signal }: CallOptions): AsyncGenerator<Leftover> {
  // Objects first: an upload that begins after them cannot make one of them look abandoned.
  const versions = await collect(listVersions(context, segmentArea(context), { signal }))
  const probes = await collect(listCurrent(context, probeArea(context), signal))
  const uploads = await collect(listUploads(context, context.keyOf('' as RelPath), signal))
  const surveyed: SurveyedUpload[] = []
  for (const upload of uploads) surveyed.push(await survey(context, upload, signal))
  const live = new Set(
    surveyed.filter(({ claim }) => claim === 'in-use').map(({ uploadId }) => segmentDirectory(uploadId)),
  )
  for (const version of [...versions, ...probes]) {
    const directory = segmentDirectoryOf(context, version.key)
    yield {
      ...leftObject(context, version),
      isOurs: isTemporary(context, version.key),
      isInUse: directory !== undefined && live.has(directory),
    }
  }
  for (const { key, uploadId, startedAtMs, skewMs, claim, bytes } of surveyed) {
    const directory = segmentDirectoryOf(context, key)
    const token: Token = { kind: 'upload', key, uploadId, startedAtMs, skewMs }
    yield {
      kind: directory === undefined ? 'upload' : 'segment',
      path: pathOf(context, key),
      token: JSON.stringify(token),
      bytes,
      startedAtMs,
      isOurs: claim !== 'foreign',
      isInUse: claim === 'in-use' || (directory !== undefined && live.has(directory)),
    }
  }
}

/** Idempotent. Throws `invalid` for what is not ours, `locked` for an upload that is gone on with. */
export async function removeLeftover(context: S3Context, leftover: Leftover, { signal }: CallOptions): Promise<void> {
  const token = JSON.parse(leftover.token) as Token
  if (token.kind === 'version') {
    if (!isTemporary(context, token.key)) throw notOurs(leftover)
    return removeVersion(context, token)
  }
  const { claim } = await survey(context, token, signal)
  if (claim === 'foreign') throw notOurs(leftover)
  if (claim === 'in-use') {
    throw new TidekeepError({
      code: 'locked',
      message: s3FailureTexts.leftovers.theUploadOfIsStill({ path: leftover.path }),
      path: leftover.path,
    })
  }
  await abortFully(context, { key: token.key, uploadId: token.uploadId, signal })
  forgetClaim(context, token)
}

/** Below `.tidekeep/`, under a name that only Tidekeep gives, and only to what is removed again at once. */
function isTemporary(context: S3Context, key: string): boolean {
  return segmentDirectoryOf(context, key) !== undefined || isProbe(context, key)
}

function leftObject(
  context: S3Context,
  { key, versionId, sizeBytes, writtenAtMs }: ListedVersion,
): Omit<Leftover, 'isOurs' | 'isInUse'> {
  const token: Token = { kind: 'version', key, ...(versionId === undefined ? {} : { versionId }) }
  const path = pathOf(context, key)
  return { kind: 'segment', path, token: JSON.stringify(token), bytes: sizeBytes, startedAtMs: writtenAtMs }
}

/** An upload, and what is known of it beyond its listing. */
interface SurveyedUpload extends ListedUpload {
  readonly claim: Claim
  /** 0 where the store does not say, or the upload is gone by now. */
  readonly bytes: number
}

async function survey(context: S3Context, upload: ListedUpload, signal: AbortSignal): Promise<SurveyedUpload> {
  const { key, uploadId } = upload
  const parts = await partsOf(context, { key, uploadId, signal })
  // What is not told counts as new.
  let lastPartAtMs = parts === undefined ? Infinity : 0
  let bytes = 0
  for (const { writtenAtMs, sizeBytes } of parts ?? []) {
    lastPartAtMs = Math.max(lastPartAtMs, Number.isNaN(writtenAtMs) ? Infinity : writtenAtMs)
    bytes += sizeBytes
  }
  return { ...upload, claim: claimOn(context, upload, lastPartAtMs), bytes }
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}

/** As the user knows it: below the folder. */
function pathOf(context: S3Context, key: string): string {
  const root = context.keyOf('' as RelPath)
  return key.startsWith(root) ? key.slice(root.length) : key
}

async function partsOf(context: S3Context, ref: UploadRef): Promise<Iterable<ListedPart> | undefined> {
  try {
    return (await listParts(context.client, ref)).values()
  } catch (error) {
    if (isTidekeepError(error) && (error.code === 'not-found' || error.code === 'forbidden')) return undefined
    throw error
  }
}

function notOurs({ path }: Leftover): TidekeepError {
  return new TidekeepError({
    code: 'invalid',
    message: s3FailureTexts.leftovers.theUnfinishedUploadOfWas({ path }),
    path,
    fix: s3FailureTexts.leftovers.theUnfinishedUploadOfWasFix,
  })
}
