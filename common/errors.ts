import { say, type Wording } from './messages/wording.ts'
import { sharedWordings } from './shared-wordings.ts'

/**
 * What went wrong, in the words the whole program branches on. Providers translate their own
 * errors to a code once, at the edge; nothing past that edge looks at message texts.
 */
export type ErrorCode =
  | 'not-found'
  | 'already-exists'
  | 'precondition-failed'
  | 'unauthenticated'
  | 'forbidden'
  | 'throttled'
  | 'quota-exceeded'
  | 'unavailable'
  | 'timeout'
  | 'corrupt'
  | 'unsupported'
  | 'invalid'
  | 'changed'
  | 'vanished'
  | 'locked'
  /** Another program holds a file: it gets free by itself, and nobody has to do anything. */
  | 'in-use'
  | 'cancelled'
  | 'internal'

/** Whether and when trying again can help. The one retry decorator and the queue obey it. */
export type RetryAdvice =
  | { readonly kind: 'never' }
  | { readonly kind: 'backoff' }
  | { readonly kind: 'after'; readonly delayMs: number }
  | { readonly kind: 'after-sign-in' }

/**
 * What tells one error from others of its code, where somebody who knows more can say more about it.
 * `other-target`: what is there is not the target that was used before; another disk, or it was emptied.
 */
export type ErrorReason = 'other-target'

/** What a TidekeepError is made of. */
export interface ErrorParts {
  readonly code: ErrorCode
  /** One sentence for a person: what happened. No stack, no secret, no SDK jargon. */
  readonly message: string | Wording
  /** The path or address it happened to, as the user knows it. */
  readonly path?: string
  /** What the user can do about it, one sentence. */
  readonly fix?: string | Wording
  /** Defaults to what the code suggests, see {@link adviceFor}. */
  readonly retry?: RetryAdvice
  readonly cause?: unknown
  /** Only where somebody tells it from others of its code: nobody compares sentences. */
  readonly reason?: ErrorReason | undefined
  /**
   * True when the other side may have done the work although the answer was lost (reset, timeout,
   * 5xx): the outcome must be looked up before it is called a failure or a conflict (I4).
   */
  readonly ambiguous?: boolean
}

/** The only error type that crosses a port. */
export class TidekeepError extends Error {
  readonly code: ErrorCode
  readonly path: string | undefined
  readonly fix: string | undefined
  readonly retry: RetryAdvice
  readonly ambiguous: boolean
  readonly reason: ErrorReason | undefined
  readonly #parts: ErrorParts

  constructor(parts: ErrorParts) {
    super(say(parts.message), parts.cause === undefined ? undefined : { cause: parts.cause })
    this.name = 'TidekeepError'
    this.code = parts.code
    this.path = parts.path
    this.fix = parts.fix === undefined ? undefined : say(parts.fix)
    this.retry = parts.retry ?? adviceFor(parts.code)
    this.ambiguous = parts.ambiguous ?? false
    this.reason = parts.reason
    this.#parts = parts
  }

  /** Message and fix as they were given, for who says them in another process or thread. */
  get worded(): Pick<ErrorParts, 'message' | 'fix'> {
    return this.#parts
  }
}

const ADVICE_BY_CODE: Readonly<Record<ErrorCode, RetryAdvice['kind']>> = {
  'not-found': 'never',
  'already-exists': 'never',
  'precondition-failed': 'never',
  unauthenticated: 'after-sign-in',
  forbidden: 'never',
  throttled: 'backoff',
  'quota-exceeded': 'never',
  unavailable: 'backoff',
  timeout: 'backoff',
  corrupt: 'backoff',
  unsupported: 'never',
  invalid: 'never',
  changed: 'backoff',
  vanished: 'never',
  locked: 'backoff',
  'in-use': 'backoff',
  cancelled: 'never',
  internal: 'backoff',
}

/** The advice a code carries when its thrower knows nothing better. */
export function adviceFor(code: ErrorCode): RetryAdvice {
  const kind = ADVICE_BY_CODE[code]
  return kind === 'after' ? { kind: 'backoff' } : { kind }
}

/** Narrows an unknown thrown value. */
export function isTidekeepError(value: unknown): value is TidekeepError {
  return value instanceof TidekeepError
}

/** Wraps anything thrown so that callers can rely on `code`; TidekeepErrors pass through. */
export function toTidekeepError(value: unknown, path?: string): TidekeepError {
  if (isTidekeepError(value)) return value
  if (isAbort(value)) return new TidekeepError({ code: 'cancelled', message: sharedWordings.cancelled, cause: value })
  const message = value instanceof Error ? value.message : String(value)
  const where = path === undefined ? {} : { path }
  if (!isOwnFault(value)) return new TidekeepError({ code: 'internal', message, cause: value, ...where })
  return new TidekeepError({
    code: 'internal',
    message: sharedWordings.fault({ message }),
    fix: sharedWordings.faultFix,
    retry: { kind: 'never' },
    cause: value,
    ...where,
  })
}

/** What only a mistake in this program throws: the same again would end the same. Memory that ran out is no mistake. */
function isOwnFault(value: unknown): boolean {
  if (value instanceof RangeError) return !/allocation|memory/i.test(value.message)
  return value instanceof TypeError || value instanceof ReferenceError || value instanceof SyntaxError
}

function isAbort(value: unknown): boolean {
  return value instanceof Error && value.name === 'AbortError'
}

/** Closes a switch over a union: the compiler refuses a forgotten member. */
export function assertNever(value: never, rationale: string): never {
  throw new Error(`${rationale}: ${JSON.stringify(value)}`)
}
