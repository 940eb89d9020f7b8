import type { ErrorCode } from '../errors.ts'

/** One call: what it takes and what it answers. All values are JSON. */
export interface Call<Params, Result> {
  readonly params: Params
  readonly result: Result
}

/** For calls that take nothing. */
export type Nothing = Readonly<Record<string, never>>

/** How an error crosses a transport. No stack, no cause. */
export interface WireError {
  readonly code: ErrorCode
  readonly message: string
  readonly path?: string
  readonly fix?: string
}
