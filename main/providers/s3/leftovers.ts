import { isTidekeepError, TidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { RESERVED_DIRECTORY } from '../../../common/paths.ts'
import type { CallOptions, Leftover } from '../provider.ts'
import type { S3Context } from './context.ts'
import { abortFully, removeVersion } from './leftover-calls.ts'
import { listUploads, listVersions, type ListedUpload } from './listings.ts'
import { listParts } from './multipart-calls.ts'
import { segmentArea, segmentDirectory, segmentDirectoryOf } from './segment-keys.ts'
import { readUploadRecord } from './upload-record.ts'

/** An upload belongs to an intent when it began about then: the request may have waited, and clocks are read a little apart. */
const BEFORE_INTENT_MS = 60_000
const AFTER_INTENT_MS = 10 * 60_000
/** Whose id is not known yet may be the one that is being begun. */
const BEGINNING_MS = 15 * 60_000
const PROBE = new RegExp(`^${RESERVED_DIRECTORY.replaceAll('.', '\\.')}/probe-[0-9a-f]{16}(-[a-z]+)?$`)

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
 * Unfinished uploads below the folder's prefix, whoever began them, and temporary objects of tail
 * segments. An upload is ours when this state remembers it, or meant to begin one of that key at
 * that time; below `.tidekeep/`, where nobody else writes, its key says so. Throws `forbidden` where
 * uploads may not be listed.
 */
export async function* leftovers(context: S3Context, { signal }: CallOptions): AsyncGenerator<Leftover> {
  // Objects first: an upload that begins after them cannot make one of them look abandoned.
  const versions = await collect(listVersions(context, segmentArea(context), signal))
  const uploads = await collect(listUploads(context, context.keyOf('' as RelPath), signal))
  const live = new Set(
    uploads.filter((upload) => claimOn(context, upload) === 'in-use').map(({ uploadId }) => segmentDirectory(uploadId)),
  )
  for (const { key, versionId, sizeBytes, writtenAtMs } of versions) {
    const directory = segmentDirectoryOf(context, key)
    const token: Token = { kind: 'version', key, ...(versionId === undefined ? {} : { versionId }) }
    yield {
      kind: 'segment',
      path: pathOf(context, key),
      token: JSON.stringify(token),
      bytes: sizeBytes,
      startedAtMs: writtenAtMs,
      isOurs: directory !== undefined,
      isInUse: directory !== undefined && live.has(directory),
    }
  }
  for (const upload of uploads) {
    const { key, uploadId, startedAtMs, skewMs } = upload
    const directory = segmentDirectoryOf(context, key)
    const claim = claimOn(context, upload)
    const token: Token = { kind: 'upload', key, uploadId, startedAtMs, skewMs }
    yield {
      kind: directory === undefined ? 'upload' : 'segment',
      path: pathOf(context, key),
      token: JSON.stringify(token),
      bytes: await bytesOf(context, { key, uploadId, signal }),
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
    if (segmentDirectoryOf(context, token.key) === undefined) throw notOurs(leftover)
    return removeVersion(context, token)
  }
  const claim = claimOn(context, token)
  if (claim === 'foreign') throw notOurs(leftover)
  if (claim === 'in-use') {
    throw new TidekeepError({
      code: 'locked',
      message: `The upload of ${leftover.path} is still gone on with.`,
      path: leftover.path,
    })
  }
  await abortFully(context, { key: token.key, uploadId: token.uploadId, signal })
}

/** Whether an upload is ours, by what is remembered now. */
function claimOn(context: S3Context, upload: ListedUpload): 'in-use' | 'over' | 'foreign' {
  const root = context.keyOf('' as RelPath)
  const { key, uploadId, startedAtMs, skewMs } = upload
  if (!key.startsWith(root)) return 'foreign'
  const path = key.slice(root.length)
  if (segmentDirectoryOf(context, key) !== undefined || PROBE.test(path)) return 'over'
  const record = readUploadRecord(context, path as RelPath)
  if (record?.upload?.uploadId === uploadId) return record.upload.isOver ? 'over' : 'in-use'
  const startedHereMs = startedAtMs - skewMs
  const isIntended = record?.intentsMs.some(
    (intentMs) => startedHereMs >= intentMs - BEFORE_INTENT_MS && startedHereMs <= intentMs + AFTER_INTENT_MS,
  )
  if (isIntended !== true) return 'foreign'
  return context.host.clock.now() - startedHereMs < BEGINNING_MS ? 'in-use' : 'over'
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

/** 0 where the store does not say, or the upload is gone by now. */
async function bytesOf(
  context: S3Context,
  ref: { readonly key: string; readonly uploadId: string; readonly signal: AbortSignal },
): Promise<number> {
  try {
    const parts = await listParts(context.client, ref)
    return parts.values().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  } catch (error) {
    if (isTidekeepError(error) && (error.code === 'not-found' || error.code === 'forbidden')) return 0
    throw error
  }
}

function notOurs({ path }: Leftover): TidekeepError {
  return new TidekeepError({
    code: 'invalid',
    message: `The unfinished upload of ${path} was not begun by Tidekeep.`,
    path,
    fix: 'Remove it with the program that began it, or by a lifecycle rule of the bucket.',
  })
}
