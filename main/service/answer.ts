import type { ErrorCode } from '../../common/errors.ts'
import type { Answer } from '../../common/client.ts'

/**
 * 401 is kept for "sign in to this interface"; a store that refuses its keys is a gateway's trouble.
 */
const STATUS_BY_CODE: Readonly<Record<ErrorCode, 400 | 404 | 409 | 423 | 500 | 501 | 502 | 503 | 504 | 507>> = {
  'not-found': 404,
  'already-exists': 409,
  'precondition-failed': 409,
  unauthenticated: 502,
  forbidden: 502,
  throttled: 503,
  'quota-exceeded': 507,
  unavailable: 503,
  timeout: 504,
  corrupt: 500,
  unsupported: 501,
  invalid: 400,
  changed: 409,
  vanished: 404,
  locked: 423,
  'in-use': 423,
  cancelled: 409,
  internal: 500,
}

/** The HTTP status of an answer to a call. */
export function statusOf(answer: Answer): 200 | (typeof STATUS_BY_CODE)[ErrorCode] {
  return answer.ok ? 200 : STATUS_BY_CODE[answer.error.code]
}

/** The body of a refusal that never reached a handler. */
export function refusalBody(message: string, code: ErrorCode = 'forbidden'): string {
  const answer: Answer = { ok: false, error: { code, message } }
  return JSON.stringify(answer)
}
