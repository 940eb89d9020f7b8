import { useState } from 'react'
import type { ProgressView } from '../../common/protocol.ts'

/** Progress as it may be drawn: it never goes back while one run lasts. */
export interface SteadyProgress extends ProgressView {
  /** 0 to 1. */
  readonly share: number
  /** Files that joined the run with the last growth of its total; 0 when it never grew. */
  readonly addedFiles: number
}

/** What to draw for `next` after `previous`. New work stretches the total; the bar waits until it catches up. */
export function steady(previous: SteadyProgress | null, next: ProgressView | null): SteadyProgress | null {
  if (next === null) return null
  const share = shareOf(next)
  if (previous === null || next.filesDone < previous.filesDone) return { ...next, share, addedFiles: 0 }
  const growth = next.filesTotal - previous.filesTotal
  return { ...next, share: Math.max(share, previous.share), addedFiles: growth > 0 ? growth : previous.addedFiles }
}

/** By bytes where there are any, else by files. */
function shareOf({ bytesDone, bytesTotal, filesDone, filesTotal }: ProgressView): number {
  if (bytesTotal > 0) return Math.min(1, bytesDone / bytesTotal)
  return filesTotal > 0 ? Math.min(1, filesDone / filesTotal) : 0
}

/** Follows the pushed progress. */
export function useSteadyProgress(progress: ProgressView | null): SteadyProgress | null {
  const [last, setLast] = useState(() => ({ of: progress, shown: steady(null, progress) }))
  if (last.of === progress) return last.shown
  const shown = steady(last.shown, progress)
  setLast({ of: progress, shown })
  return shown
}
