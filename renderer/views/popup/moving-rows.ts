import type { ActivityView, TransferView } from '../../../common/protocol.ts'

/**
 * Tells which transfers still move. That one ended is told twice, as something that happened and, a moment later, as something
 * that no longer moves: in between its file has one row, where it was.
 */
export class MovingRows {
  /** The newest row of the activity when a transfer was first seen, by job. */
  #newestBefore: ReadonlyMap<number, number> = new Map()

  /** `recent`: newest first. The same answer for the same values. */
  of(transfers: readonly TransferView[], recent: readonly ActivityView[]): readonly TransferView[] {
    const newest = recent[0]?.id ?? 0
    this.#newestBefore = new Map(transfers.map(({ jobId }) => [jobId, this.#newestBefore.get(jobId) ?? newest]))
    return transfers.filter(({ jobId, folderId, path }) => {
      const before = this.#newestBefore.get(jobId) ?? newest
      return !recent.some((row) => row.id > before && row.path === path && row.folderId === folderId)
    })
  }
}
