import type { RelPath } from '../../../common/model.ts'
import type { S3Context } from './context.ts'
import type { ListedUpload } from './listings.ts'
import { isProbe, segmentDirectoryOf } from './segment-keys.ts'
import { readUploadRecord, writeUploadRecord } from './upload-record.ts'

/** An upload belongs to an intent when it began about then: the request may have waited, and clocks are read a little apart. */
const BEFORE_INTENT_MS = 60_000
const AFTER_INTENT_MS = 10 * 60_000
/** Whose id is not known yet may be the one that is being begun. */
const BEGINNING_MS = 15 * 60_000
/** After so long without a part an upload is given up, whatever is remembered: its file may be gone for good. */
const ABANDONED_MS = 7 * 24 * 3_600_000

/** Whose an unfinished upload is: `in-use` and `over` are ours, and an upload that is over is not gone on with. */
export type Claim = 'in-use' | 'over' | 'foreign'

/**
 * Whose an upload is, by what is remembered now. `lastPartAtMs` is when its newest part arrived, by
 * the store's clock; 0 where it has none.
 */
export function claimOn(context: S3Context, upload: ListedUpload, lastPartAtMs: number): Claim {
  const root = context.keyOf('' as RelPath)
  const { key, uploadId, startedAtMs, skewMs } = upload
  if (!key.startsWith(root)) return 'foreign'
  const path = key.slice(root.length)
  if (segmentDirectoryOf(context, key) !== undefined || isProbe(context, key)) return 'over'
  const record = readUploadRecord(context, path as RelPath)
  const ageMs = (atMs: number): number => context.host.clock.now() + skewMs - atMs
  if (record?.upload?.uploadId === uploadId) {
    const isAbandoned = ageMs(Math.max(startedAtMs, lastPartAtMs)) > ABANDONED_MS
    return record.upload.isOver || isAbandoned ? 'over' : 'in-use'
  }
  if (record?.intentsMs.some((intentMs) => isBegunBy(upload, intentMs)) !== true) return 'foreign'
  return ageMs(startedAtMs) < BEGINNING_MS ? 'in-use' : 'over'
}

/** An upload was removed: what was remembered for its sake has nothing left to say. */
export function forgetClaim(context: S3Context, upload: ListedUpload): void {
  const root = context.keyOf('' as RelPath)
  if (!upload.key.startsWith(root)) return
  const path = upload.key.slice(root.length) as RelPath
  const record = readUploadRecord(context, path)
  if (record === undefined) return
  const { key, intentsMs, upload: known } = record
  const isKnown = known?.uploadId === upload.uploadId
  writeUploadRecord(context, path, {
    key,
    intentsMs: isKnown ? intentsMs : intentsMs.filter((intentMs) => !isBegunBy(upload, intentMs)),
    ...(known === undefined || isKnown ? {} : { upload: known }),
  })
}

function isBegunBy({ startedAtMs, skewMs }: ListedUpload, intentMs: number): boolean {
  const startedHereMs = startedAtMs - skewMs
  return startedHereMs >= intentMs - BEFORE_INTENT_MS && startedHereMs <= intentMs + AFTER_INTENT_MS
}
