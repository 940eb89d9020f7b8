import type { BaselineEntry, RelPath, RemoteState } from '../../common/model.ts'
import type { Row } from './sqlite/connection.ts'
import { nanosecondsOf, secondsOf, timeNs } from './times.ts'

/** Columns of a baseline row after (folder, path), in the order of {@link baselineValues}. */
export const BASELINE_COLUMNS =
  'is_file, size, mtime_s, mtime_ns, mode, inode, ctime_s, ctime_ns, content_hash, remote_etag, remote_version, remote_size, verified_by, recorded_ms, stored_ms'

const VERIFIED_BY: readonly RemoteState['verifiedBy'][] = ['none', 'checksum', 'read-back', 'altered', 'recorded']

/** What is bound to {@link BASELINE_COLUMNS}. */
export function baselineValues(entry: BaselineEntry): (string | number | null)[] {
  const { identity, remote } = entry
  return [
    entry.kind === 'file' ? 1 : 0,
    entry.size,
    secondsOf(entry.mtimeNs),
    nanosecondsOf(entry.mtimeNs),
    entry.mode ?? null,
    identity?.inode ?? null,
    identity === undefined ? null : secondsOf(identity.ctimeNs),
    identity === undefined ? null : nanosecondsOf(identity.ctimeNs),
    entry.contentHash ?? null,
    remote.etag ?? null,
    remote.versionId ?? null,
    remote.size,
    VERIFIED_BY.indexOf(remote.verifiedBy),
    entry.recordedAtMs,
    remote.storedAtMs ?? null,
  ]
}

/**
 * Reads `path, ` followed by {@link BASELINE_COLUMNS}. Members are assigned one by one, by position:
 * a full pass reads every row, and spreading objects would double its time.
 */
export function baselineEntry(row: Row): BaselineEntry {
  const entry: Writable<BaselineEntry> = {
    path: row[0] as RelPath,
    kind: row[1] === 1 ? 'file' : 'directory',
    size: row[2] as number,
    mtimeNs: timeNs(row[3] as number, row[4] as number),
    remote: remoteState(row),
    recordedAtMs: row[14] as number,
  }
  if (row[5] !== null) entry.mode = row[5] as number
  if (row[6] !== null) entry.identity = { inode: row[6] as string, ctimeNs: timeNs(row[7] as number, row[8] as number) }
  if (row[9] !== null) entry.contentHash = row[9] as string
  return entry
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

function remoteState(row: Row): RemoteState {
  const remote: Writable<RemoteState> = {
    size: row[12] as number,
    verifiedBy: VERIFIED_BY[row[13] as number] ?? 'none',
  }
  if (row[10] !== null) remote.etag = row[10] as string
  if (row[11] !== null) remote.versionId = row[11] as string
  if (row[15] !== null) remote.storedAtMs = row[15] as number
  return remote
}
