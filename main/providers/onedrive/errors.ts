import { TidekeepError, type ErrorCode, type ErrorParts, type RetryAdvice } from '../../../common/errors.ts'
import { HttpFailure } from '../http/http-failure.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** An unsuccessful reply. Header names are lower-case. */
export interface FailedReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** A TidekeepError that still knows what Graph called it; for decisions inside this provider. */
export class GraphRefusal extends TidekeepError {
  readonly status: number
  /** Codes of the error document, the outermost first. */
  readonly graphCodes: readonly string[]
  constructor(reply: { readonly status: number; readonly graphCodes: readonly string[] }, parts: ErrorParts) {
    super(parts)
    this.status = reply.status
    this.graphCodes = reply.graphCodes
  }
}

/** Longest time a service may ask to wait before it is taken for a mistake. */
export const LONGEST_RETRY_AFTER_MS = 15 * 60_000
const MAX_ERROR_BYTES = 64 * 1024
const MAX_NESTING = 8

interface Meaning {
  readonly code: ErrorCode
  readonly message: (path: string) => string
  readonly fix?: () => string
}

const THROTTLED: Meaning = { code: 'throttled', message: () => onedriveFailureTexts.errors.onedriveAsksToSlowDown }
const FULL: Meaning = {
  code: 'quota-exceeded',
  message: () => onedriveFailureTexts.errors.theOnedriveIsFull,
  fix: () => onedriveFailureTexts.errors.freeSpaceInItThe,
}
const TOO_LONG: Meaning = {
  code: 'invalid',
  message: (path) => onedriveFailureTexts.errors.thePathIsLongerThan({ path }),
  fix: () => onedriveFailureTexts.errors.shortenThePathOrChoose,
}
const BUSY: Meaning = {
  code: 'unavailable',
  message: () => onedriveFailureTexts.errors.onedriveIsBusy,
  fix: () => onedriveFailureTexts.errors.itIsTriedAgainBy,
}

/** By code of the error document. https://learn.microsoft.com/graph/errors */
const MEANING_BY_CODE: Readonly<Record<string, Meaning>> = {
  itemNotFound: { code: 'not-found', message: (path) => onedriveFailureTexts.errors.doesNotExist({ path }) },
  nameAlreadyExists: { code: 'already-exists', message: (path) => onedriveFailureTexts.errors.existsAlready({ path }) },
  resourceModified: {
    code: 'precondition-failed',
    message: (path) => onedriveFailureTexts.errors.isNotWhatItWas({ path }),
  },
  malwareDetected: {
    code: 'forbidden',
    message: (path) => onedriveFailureTexts.errors.onedriveTookForMalwareAnd({ path }),
    fix: () => onedriveFailureTexts.errors.lookAtTheFileIn,
  },
  quotaLimitReached: FULL,
  activityLimitReached: THROTTLED,
  throttledRequest: THROTTLED,
  pathIsTooLong: TOO_LONG,
  pathTooDeep: TOO_LONG,
  maxFileSizeExceeded: {
    code: 'unsupported',
    message: (path) => onedriveFailureTexts.errors.isLargerThanOnedriveTakes({ path }),
  },
  lockMismatch: {
    code: 'locked',
    message: (path) => onedriveFailureTexts.errors.isOpenForEditingIn({ path }),
    fix: () => onedriveFailureTexts.errors.itIsTriedAgainLater,
  },
}

const MEANING_BY_STATUS: Readonly<Record<number, Meaning>> = {
  401: {
    code: 'unauthenticated',
    message: () => onedriveFailureTexts.errors.onedriveRefusesTheSignIn,
    fix: () => onedriveFailureTexts.errors.signInToTheAccount,
  },
  403: {
    code: 'forbidden',
    message: (path) => onedriveFailureTexts.errors.onedriveRefusesAccessTo({ path }),
    fix: () => onedriveFailureTexts.errors.checkThatTheAccountMay,
  },
  404: MEANING_BY_CODE['itemNotFound']!,
  409: { code: 'already-exists', message: (path) => onedriveFailureTexts.errors.existsAlready({ path }) },
  410: { code: 'unavailable', message: () => onedriveFailureTexts.errors.onedriveWantsItsListingTo },
  412: MEANING_BY_CODE['resourceModified']!,
  413: MEANING_BY_CODE['maxFileSizeExceeded']!,
  416: { code: 'invalid', message: (path) => onedriveFailureTexts.errors.onedriveHasNoSuchRange({ path }) },
  423: MEANING_BY_CODE['lockMismatch']!,
  429: THROTTLED,
  503: { code: 'throttled', message: () => onedriveFailureTexts.errors.onedriveIsBusy },
  507: FULL,
  509: { code: 'throttled', message: () => onedriveFailureTexts.errors.theBandwidthOfTheOnedrive },
}

/** The one place where replies of Graph and its storage hosts become errors of this program. `path` is as the user knows it. */
export function translateReply(reply: FailedReply, path: string): GraphRefusal {
  const { status } = reply
  const graphCodes = graphCodesOf(reply.body)
  const meaning = meaningOf(status, graphCodes)
  const retry = retryAfter(reply, meaning.code)
  return new GraphRefusal(
    { status, graphCodes },
    {
      code: meaning.code,
      message: meaning.message(path),
      path,
      ...(meaning.fix === undefined ? {} : { fix: meaning.fix() }),
      ...(retry === undefined ? {} : { retry }),
      // A gateway that gives up says nothing about the service behind it.
      ambiguous: status >= 500 && status !== 501 && status !== 507 && status !== 509,
    },
  )
}

/** Connections that failed. TidekeepErrors (a changed source, a cancelled signal) pass through. */
export function translateFailure(error: unknown, path: string): TidekeepError {
  if (error instanceof TidekeepError) return error
  const isKnown = error instanceof HttpFailure
  const problem = isKnown ? onedriveFailureTexts.connection[error.kind] : onedriveFailureTexts.connection.unexpected
  return new TidekeepError({
    code: !isKnown ? 'internal' : error.kind === 'idle' ? 'timeout' : 'unavailable',
    message: problem,
    fix: onedriveFailureTexts.errors.checkTheNetworkConnectionIt,
    path,
    ambiguous: isKnown ? error.mayHaveArrived : true,
    cause: error,
  })
}

/** For callers that met an answer they cannot make sense of: a page of a hotel's network, say. */
export function senseless(path: string, what: string): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: onedriveFailureTexts.errors.onedriveGaveAnAnswerThat({ what }),
    path,
    fix: onedriveFailureTexts.errors.onedriveGaveAnAnswerThatFix,
    ambiguous: true,
  })
}

/** The innermost code that is known decides: the outer ones say less. */
function meaningOf(status: number, graphCodes: readonly string[]): Meaning {
  for (const code of graphCodes.toReversed()) if (Object.hasOwn(MEANING_BY_CODE, code)) return MEANING_BY_CODE[code]!
  const byStatus = MEANING_BY_STATUS[status]
  if (byStatus !== undefined) return byStatus
  if (status >= 500) return BUSY
  // Without digits, no id or token that is repeated passes for the name of an error.
  const name = graphCodes.findLast((code) => /^[A-Za-z]{1,64}$/.test(code)) ?? `status ${status}`
  return { code: 'invalid', message: (path) => onedriveFailureTexts.errors.onedriveRefusedARequestFor({ path, name }) }
}

/** The codes of an error document; `innererror` and `innerError` both occur, and nest. */
function graphCodesOf(body: Uint8Array): readonly string[] {
  if (body.length === 0 || body.length > MAX_ERROR_BYTES) return []
  let at: unknown
  try {
    at = (JSON.parse(Buffer.from(body).toString()) as { readonly error?: unknown } | null)?.error
  } catch {
    return []
  }
  const codes: string[] = []
  for (let depth = 0; depth < MAX_NESTING && typeof at === 'object' && at !== null; depth++) {
    const { code, innerError, innererror } = at as Record<string, unknown>
    if (typeof code === 'string') codes.push(code)
    at = innerError ?? innererror
  }
  return codes
}

/** Retry-After in seconds or as a date, kept to exactly; what is absurd is cut, what is junk is as if it were not there. */
function retryAfter(reply: FailedReply, code: ErrorCode): RetryAdvice | undefined {
  if (code !== 'throttled' && code !== 'unavailable') return undefined
  const delayMs = retryAfterMs(reply.headers)
  return delayMs === undefined ? undefined : { kind: 'after', delayMs }
}

/** Milliseconds a reply asks to wait, if it does so in earnest. */
export function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const header = headers['retry-after']?.trim()
  if (header === undefined || header === '') return undefined
  const seconds = Number(header)
  const delayMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.parse(headers['date'] ?? '')
  return Number.isFinite(delayMs) && delayMs >= 0 ? Math.min(delayMs, LONGEST_RETRY_AFTER_MS) : undefined
}
