import { toTidekeepError } from '../../common/errors.ts'
import type { TransferMethod, UploadAction } from '../../common/model.ts'
import type { EstimateView } from '../../common/protocol.ts'
import type { DeltaUploads, Line } from '../delta/delta-upload.ts'
import type { UploadCost } from '../delta/upload-plan.ts'
import { localFile } from './execute/local-content.ts'

/** What an upload will turn out to be. */
export interface PredictedUpload {
  readonly method: TransferMethod
  readonly cost: UploadCost
}

/** Says what uploads will take, by the code that carries them out; sends and writes nothing (I23). */
export class UploadPredictor {
  readonly #delta: DeltaUploads
  readonly #root: string
  readonly #line: Line

  /** `root`: absolute path of the source. */
  constructor(delta: DeltaUploads, root: string) {
    this.#delta = delta
    this.#root = root
    this.#line = delta.line()
  }

  /** True where only reading the file can tell. */
  mustRead(action: UploadAction): boolean {
    return action.base !== undefined && this.#delta.concerns(action)
  }

  whole({ local }: UploadAction): PredictedUpload {
    return { method: 'whole', cost: this.#delta.costOfWhole(local.size, this.#line) }
  }

  /** Reads the file and compares it with the signature of what the target holds. A file that cannot be read counts as whole. */
  async compare(action: UploadAction, signal: AbortSignal): Promise<PredictedUpload> {
    try {
      const prepared = await this.#delta.prepare(action, localFile(this.#root, action.local), signal)
      if (prepared === undefined) return this.whole(action)
      if (prepared.contentHash === action.base?.contentHash) return unchanged(action)
      return { method: prepared.plan.method, cost: this.#delta.costOf(prepared) }
    } catch (error) {
      if (toTidekeepError(error).code === 'cancelled' || signal.aborted) throw error
      return this.whole(action)
    }
  }

  /** An empty sum of what {@link addEstimate} adds up, for this line. */
  nothing(): EstimateView {
    const { bytesPerSecond, requestPrices } = this.#line
    return {
      bytesSent: 0,
      bytesReused: 0,
      requests: {},
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond, seconds: 0 }),
      ...(requestPrices === undefined ? {} : { dollars: 0 }),
    }
  }
}

/** What both take. Time and money are known only where both are known. */
export function addEstimate(sum: EstimateView, cost: UploadCost): EstimateView {
  const requests: Record<string, number> = { ...sum.requests }
  for (const [kind, count] of Object.entries(cost.requests)) requests[kind] = (requests[kind] ?? 0) + count
  const { seconds, dollars, ...known } = sum
  return {
    ...known,
    bytesSent: sum.bytesSent + cost.bytesSent,
    bytesReused: sum.bytesReused + cost.bytesReused,
    requests,
    ...(seconds === undefined || cost.seconds === undefined ? {} : { seconds: seconds + cost.seconds }),
    ...(dollars === undefined || cost.dollars === undefined ? {} : { dollars: dollars + cost.dollars }),
  }
}

function unchanged({ local }: UploadAction): PredictedUpload {
  return { method: 'metadata', cost: { bytesSent: 0, bytesReused: local.size, requests: {}, seconds: 0, dollars: 0 } }
}
