/**
 * What goes wrong. `reset-*` cut the connection before the work, in the middle of a body, or after
 * the work but before the reply. `truncate` announces the whole length and closes early;
 * `short-chunked` ends cleanly too early and announces nothing. `corrupt` flips a bit of a stored
 * or a sent body. `error-in-200` answers success with an error document, `after` or before the work.
 */
export type FaultAction =
  | { readonly kind: 'reset-before' | 'reset-mid' | 'reset-after' | 'truncate' | 'overlong' | 'short-chunked' }
  | { readonly kind: 'corrupt' | 'hang' | 'hang-after' | 'hang-mid' }
  | {
      readonly kind: 'status'
      readonly status: number
      readonly code?: string
      readonly headers?: Readonly<Record<string, string>>
      /** Do the work first. */
      readonly after?: boolean
    }
  | { readonly kind: 'error-in-200'; readonly code?: string; readonly after?: boolean }
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** `after`: the work is done by then, the reply not yet sent. `cut`: nothing more happens, the connection ends. */
  | { readonly kind: 'run'; readonly run: () => void | Promise<void>; readonly after?: boolean; readonly cut?: boolean }

/** Applies to requests `nth` (1-based, counted for that operation since the rule was added) up to `nth + times - 1`. */
export interface Fault {
  /** `PutObject`, `UploadPart`, …, or `*`. */
  readonly operation: string
  readonly nth?: number
  readonly times?: number
  readonly action: FaultAction
}

/** The script of one server. */
export class Faults {
  #rules: { readonly fault: Fault; seen: number }[] = []

  add(...faults: readonly Fault[]): void {
    for (const fault of faults) this.#rules.push({ fault, seen: 0 })
  }

  clear(): void {
    this.#rules = []
  }

  /** Counts the request and says what befalls it. */
  next(operation: string): FaultAction | undefined {
    let action: FaultAction | undefined
    for (const rule of this.#rules) {
      if (rule.fault.operation !== '*' && rule.fault.operation !== operation) continue
      rule.seen++
      const first = rule.fault.nth ?? 1
      if (rule.seen >= first && rule.seen < first + (rule.fault.times ?? 1)) action ??= rule.fault.action
    }
    return action
  }
}
