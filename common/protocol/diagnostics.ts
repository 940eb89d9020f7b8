import type { Call, Nothing } from './call.ts'

/** What helps when something is odd. */
export interface DiagnosticCalls {
  /** Looks at everything `tidekeep doctor` looks at; changes nothing. Targets that do not answer take half a minute each. */
  'diagnostics.examine': Call<Nothing, readonly Diagnosis[]>
  /** The newest lines of the log, or those after a place that an earlier answer told. */
  'diagnostics.log': Call<{ readonly after?: string }, LogView>
  /** Puts together what a support bundle would hold, and saves nothing. Only the last one that was put together can be saved. */
  'diagnostics.bundle': Call<{ readonly withNames: boolean }, BundleView>
  /** Writes the bundle that was shown, with these parts of it. Throws `not-found` when another one was put together since. */
  'diagnostics.saveBundle': Call<{ readonly id: string; readonly parts: readonly string[] }, { readonly path: string }>
  /** What daily proofs of restore cost by the setting in force. Nothing is asked of any target. */
  'diagnostics.proofPrice': Call<Nothing, ProofPriceView>
}

/** An estimate by the price list: at most this much a month for requests, reading, and what leaves the store. */
export interface ProofPriceView {
  /** Folders at a store whose prices are known, and what they cost together, US dollars. */
  readonly priced: number
  readonly dollarsPerMonth: number
  /** Folders at a store whose prices are not known. */
  readonly unpriced: number
}

/** One thing that was looked at. */
export interface Diagnosis {
  readonly name: string
  readonly state: 'ok' | 'warning' | 'failed'
  readonly message: string
  readonly fix?: string
}

/** One line of the log. */
export interface LogRow {
  /** Its place in the log; grows. */
  readonly id: string
  /** Milliseconds since the epoch; 0 where the line does not tell. */
  readonly atMs: number
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly event: string
  /** What else it tells, as `name=value`. */
  readonly details: string
}

/** A stretch of the log, oldest first, at most 500 lines. */
export interface LogView {
  readonly rows: readonly LogRow[]
  /** For the next call. */
  readonly after: string
}

/** What a support bundle would hold, to be read before it is saved. */
export interface BundleView {
  readonly id: string
  /** Paths, addresses and names of files, folders and accounts are in it. Secrets never are. */
  readonly withNames: boolean
  readonly parts: readonly BundlePart[]
}

/** One file of a bundle. */
export interface BundlePart {
  readonly name: string
  /** What it is, one sentence. */
  readonly what: string
  readonly text: string
}
