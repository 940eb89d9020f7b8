import type { RelPath } from '../../../common/model.ts'
import type { S3Context } from './context.ts'

/**
 * What is remembered of unfinished multipart uploads of one path: one JSON document in the session
 * store, under the location of the target and the path. `version` is 2; documents of another
 * version count as none, but for the upload id in those of version 1, which is aborted.
 *
 * Everything at the store that this program made and may have to remove is in here before it is
 * made: the intent first, then the id in its place.
 */
export interface UploadRecord {
  readonly version: 2
  readonly key: string
  /**
   * Intents: when CreateMultipartUpload was about to be sent, by this computer's clock (milliseconds
   * since the epoch), for each upload whose id was never heard of, or that could not be aborted. The
   * store may hold an upload of this key that began about then; it is ours, and nobody else will
   * remove it. Intents stay until a cleanup has seen to them.
   */
  readonly intentsMs: readonly number[]
  /** The upload whose id is known. */
  readonly upload?: {
    readonly uploadId: string
    /** When it was begun, as in `intentsMs`. */
    readonly startedAtMs: number
    /** Everything that must be equal for it to be gone on with; undefined for contents that cannot be recognised. */
    readonly identity?: string
    /** It is to be aborted, never gone on with. */
    readonly isOver: boolean
  }
}

/** More than this many lost answers in a row leave the oldest to the store's own lifecycle rules. */
const MAX_INTENTS = 20

/** What is remembered of a path; garbage counts as nothing. */
export function readUploadRecord(context: S3Context, path: RelPath): UploadRecord | undefined {
  const body = context.sessions.get(context.location, path)
  return body === undefined ? undefined : parseUploadRecord(body, context.keyOf(path))
}

/** Undefined for a document that is not about this key, or damaged. */
export function parseUploadRecord(body: string, key: string): UploadRecord | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const found = parsed as Partial<UploadRecord> & { readonly uploadId?: unknown }
  if (found.key !== key) return undefined
  if (found.version !== 2) {
    if (typeof found.uploadId !== 'string') return undefined
    return { version: 2, key, intentsMs: [], upload: { uploadId: found.uploadId, startedAtMs: 0, isOver: true } }
  }
  const isSound =
    Array.isArray(found.intentsMs) &&
    found.intentsMs.every((time) => typeof time === 'number') &&
    (found.upload === undefined || typeof found.upload?.uploadId === 'string')
  return isSound ? (found as UploadRecord) : undefined
}

/** Keeps the record, or nothing when nothing is left to remember. */
export function writeUploadRecord(context: S3Context, path: RelPath, record: Omit<UploadRecord, 'version'>): void {
  const { key, upload } = record
  const intentsMs = record.intentsMs.slice(-MAX_INTENTS)
  if (upload === undefined && intentsMs.length === 0) return context.sessions.remove(context.location, path)
  const kept: UploadRecord = { version: 2, key, intentsMs, ...(upload === undefined ? {} : { upload }) }
  context.sessions.put(context.location, path, upload?.uploadId ?? '', JSON.stringify(kept))
}
