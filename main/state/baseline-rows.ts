import type { BaselineEntry, RelPath, RemoteState } from '../../common/model.ts'
import type { Row } from './sqlite/connection.ts'
import { nanosecondsOf, secondsOf, timeNs } from './times.ts'

/** Columns of a baseline row after (folder, path), in the order of {@link baselineValues}. */
export const BASELINE_COLUMNS =
  'is_file, size, mtime_s, mtime_ns, mode, inode, ctime_s, ctime_ns, content_hash, remote_etag, remote_version, remote_size, verified_by, recorded_ms'

const VERIFIED_BY: readonly RemoteState['verifiedBy'][] = ['none', 'checksum', 'read-back']

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
  ]
}

/** Reads `path, ` followed by {@link BASELINE_COLUMNS}. */
export function baselineEntry(row: Row): BaselineEntry {
  const [path, isFile, size, mtimeS, mtimeNs, mode, inode, ctimeS, ctimeNs, hash, ...rest] = row
  const [etag, versionId, remoteSize, verifiedBy, recordedAtMs] = rest
  return {
    path: path as RelPath,
    kind: isFile === 1 ? 'file' : 'directory',
    size: size as number,
    mtimeNs: timeNs(mtimeS as number, mtimeNs as number),
    ...(mode === null ? undefined : { mode: mode as number }),
    ...(inode === null
      ? undefined
      : { identity: { inode: inode as string, ctimeNs: timeNs(ctimeS as number, ctimeNs as number) } }),
    ...(hash === null ? undefined : { contentHash: hash as string }),
    remote: {
      ...(etag === null ? undefined : { etag: etag as string }),
      ...(versionId === null ? undefined : { versionId: versionId as string }),
      size: remoteSize as number,
      verifiedBy: VERIFIED_BY[verifiedBy as number] ?? 'none',
    },
    recordedAtMs: recordedAtMs as number,
  }
}
