import type { FolderId } from '../../common/model.ts'
import type { ProgressView } from '../../common/protocol.ts'
import type { Store } from '../state/store.ts'
import type { PipelineState } from './pipeline-ports.ts'

/** Earlier, a rate is a guess, and an end that jumps is worse than none. */
const ETA_AFTER_MS = 5_000

/** What progress is computed from. */
export interface ProgressInput {
  readonly folders: readonly {
    readonly settings: { readonly id: string }
    readonly state: Pick<PipelineState, 'done'> | undefined
  }[]
  readonly store: Pick<Store, 'queue'>
  readonly bytesPerSecond: number
  /** How long that has been measured without a standstill; left out: long enough. */
  readonly rateAgeMs?: number
}

/** How far the work of all folders is; null when nothing is left to do. */
export function progressOf(input: ProgressInput): ProgressView | null {
  let filesDone = 0
  let bytesDone = 0
  let filesLeft = 0
  let bytesLeft = 0
  for (const { settings, state } of input.folders) {
    if (state === undefined) continue
    const counts = input.store.queue.counts(settings.id as FolderId)
    filesDone += state.done.files
    bytesDone += state.done.bytes
    filesLeft += counts.queued + counts.running
    // What is in flight is counted with the queue until it is recorded.
    bytesLeft += counts.bytes - (state.done.bytesUnderWay ?? 0)
  }
  if (filesLeft === 0) return null
  const rate = input.bytesPerSecond
  const isHonest = (input.rateAgeMs ?? ETA_AFTER_MS) >= ETA_AFTER_MS
  return {
    filesDone,
    filesTotal: filesDone + filesLeft,
    bytesDone,
    bytesTotal: bytesDone + Math.max(0, bytesLeft),
    bytesPerSecond: rate,
    etaMs: isHonest && rate > 0 && bytesLeft > 0 ? Math.round((bytesLeft / rate) * 1000) : null,
  }
}
