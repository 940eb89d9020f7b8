import type { Call, Nothing } from './call.ts'

/** New versions of the program itself. */
export interface UpdateCalls {
  'updates.get': Call<Nothing, UpdateView>
  /** Asks now, and downloads what is newer. Answers when the question is answered, not when the file is here. */
  'updates.check': Call<Nothing, UpdateView>
  /** Ends the program and starts the new version. Throws `unavailable` where none is ready. */
  'updates.install': Call<Nothing, UpdateView>
}

/** What is known of updates. */
export interface UpdateView {
  /** The version that runs. */
  readonly installed: string
  /** Host-clock milliseconds; null: never. */
  readonly lastCheckMs: number | null
  readonly state: UpdateState
}

/** `off`: this installation never asks, and why. `refused`: what was offered did not pass every check. */
export type UpdateState =
  | { readonly kind: 'off'; readonly why: 'no-key' | 'elsewhere' | 'package' }
  | { readonly kind: 'unknown' | 'checking' | 'current' }
  | { readonly kind: 'found' | 'downloading' | 'ready' | 'installing'; readonly version: string }
  | { readonly kind: 'refused'; readonly reason: string }
