import { TidekeepError } from '../../../common/errors.ts'
import type { BaselineEntry, Entry } from '../../../common/model.ts'
import type { Clock } from '../../host.ts'
import type { Metadata, PutResult } from '../../providers/provider.ts'
import { engineFailureTexts } from '../engine-failure-texts.ts'

/** What the target holds of a local entry, and how that is known. */
export interface Agreed {
  readonly remote: Entry
  /** BLAKE3 hex; undefined for folders, and where a target that was taken over records none. */
  readonly hash: string | undefined
  readonly verifiedBy: BaselineEntry['remote']['verifiedBy']
  /** When this computer put it there; undefined where it did not. */
  readonly storedAtMs?: number | undefined
}

/**
 * The agreed state after an upload that began at `atMs`. Throws `corrupt` for what the target could not prove: it never counts
 * as kept.
 */
export function uploadedBaseline(
  clock: Clock,
  local: Entry,
  { result, atMs }: { readonly result: PutResult; readonly atMs: number },
): BaselineEntry {
  if (result.verifiedBy === 'none') {
    throw new TidekeepError({
      code: 'corrupt',
      message: engineFailureTexts.baselineEntry.wasStoredButTheTarget({ path: local.path }),
      path: local.path,
    })
  }
  const { entry: remote, contentHash: hash, verifiedBy } = result
  return baselineEntry(clock, local, { remote, hash, verifiedBy, storedAtMs: atMs })
}

/** The agreed state of a path as both sides hold it now. */
export function baselineEntry(clock: Clock, local: Entry, agreed: Agreed): BaselineEntry {
  const { remote, hash, verifiedBy, storedAtMs } = agreed
  const there: Writable<BaselineEntry['remote']> = { size: remote.size, verifiedBy }
  if (remote.etag !== undefined) there.etag = remote.etag
  if (remote.versionId !== undefined) there.versionId = remote.versionId
  if (storedAtMs !== undefined) there.storedAtMs = storedAtMs
  const entry: Writable<BaselineEntry> = {
    path: local.path,
    kind: local.kind === 'directory' ? 'directory' : 'file',
    size: local.size,
    mtimeNs: local.mtimeNs,
    recordedAtMs: clock.now(),
    remote: there,
  }
  if (local.mode !== undefined) entry.mode = local.mode
  if (local.identity !== undefined) entry.identity = local.identity
  if (hash !== undefined) entry.contentHash = hash
  return entry
}

/** Members are assigned one by one: there is one of these for each file, and spreading objects costs most of making it. */
type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** What is kept beside the content. */
export function metadataOf(local: Entry): Metadata {
  return local.mode === undefined ? { mtimeNs: local.mtimeNs } : { mtimeNs: local.mtimeNs, mode: local.mode }
}
