import type { ActivityView } from '../../common/protocol.ts'

/** A row of the history: the one file of that number was sent. */
export function activityRow(id: number): ActivityView {
  return {
    id,
    atMs: id,
    folderId: 'f',
    path: `${id}.txt`,
    kind: 'upload',
    method: 'whole',
    size: 1,
    bytesSent: 1,
    bytesReused: 0,
    durationMs: 1,
  }
}
