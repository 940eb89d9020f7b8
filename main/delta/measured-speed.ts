import type { ActivityView } from '../../common/protocol.ts'

/** Less says more about requests than about the line. */
const LEAST_BYTES = 1024 ** 2

/**
 * Bytes a second of recent transfers that sent whole files, as they overlapped in time; undefined
 * where there were none. Delta transfers are left out: they mostly wait for the store and the disk.
 */
export function measuredSpeed(
  rows: readonly Pick<ActivityView, 'atMs' | 'durationMs' | 'bytesSent' | 'method'>[],
): number | undefined {
  const sent = rows
    .filter(({ method, bytesSent, durationMs }) => method === 'whole' && bytesSent >= LEAST_BYTES && durationMs > 0)
    .map(({ atMs, durationMs, bytesSent }) => ({ startMs: atMs - durationMs, endMs: atMs, bytesSent }))
    .toSorted((a, b) => a.startMs - b.startMs)
  let busyMs = 0
  let untilMs = Number.NEGATIVE_INFINITY
  for (const { startMs, endMs } of sent) {
    busyMs += Math.max(0, endMs - Math.max(startMs, untilMs))
    untilMs = Math.max(untilMs, endMs)
  }
  const bytes = sent.reduce((sum, each) => sum + each.bytesSent, 0)
  return busyMs > 0 ? (bytes * 1000) / busyMs : undefined
}
