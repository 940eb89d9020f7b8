import type { AssemblyLimits, AssemblyPart } from '../providers/provider.ts'

/** A stretch of new content: from `oldStart` of the old content, or (undefined) new. Bytes. */
export interface Run {
  readonly start: number
  readonly length: number
  readonly oldStart: number | undefined
}

/** Ways a changed file can be sent. */
export type UploadMethod = 'whole' | 'delta' | 'segments'

/** What one way of sending takes, before anything is sent. */
export interface UploadCost {
  readonly bytesSent: number
  readonly bytesReused: number
  /** By the name the store has for it: `UploadPart`, `UploadPartCopy`, `CompleteMultipartUpload`, ... */
  readonly requests: Readonly<Record<string, number>>
  /** At the speed given; absent where none is known. */
  readonly seconds?: number
  /** US dollars for the requests, by the price list; absent for stores without one. */
  readonly dollars?: number
}

/** The way chosen, and the ones it was chosen from. */
export interface UploadPlan {
  readonly method: UploadMethod
  /** Empty for `whole`. */
  readonly parts: readonly AssemblyPart[]
  readonly cost: UploadCost
  readonly alternatives: Readonly<Partial<Record<UploadMethod, UploadCost>>>
}

/** What the choice is made from. */
export interface UploadSituation {
  readonly sizeBytes: number
  /** In order, without gaps, covering the file. */
  readonly runs: readonly Run[]
  /** Undefined: only whole files. */
  readonly limits: AssemblyLimits | undefined
  /** Of the object that is replaced. */
  readonly oldSizeBytes: number
  /** Bytes a second that go out; undefined where nothing was measured and no limit is set. */
  readonly bytesPerSecond?: number
  /** Dollars for 1,000 requests of each kind; undefined where requests are free or unknown. */
  readonly requestPrices?: Readonly<Record<string, number>>
}
