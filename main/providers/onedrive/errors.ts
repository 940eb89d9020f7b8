import { TidekeepError, type ErrorCode, type ErrorParts, type RetryAdvice } from '../../../common/errors.ts'
import { HttpFailure } from '../http/http-failure.ts'

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
  readonly fix?: string
}

const THROTTLED: Meaning = { code: 'throttled', message: () => 'OneDrive asks to slow down.' }
const FULL: Meaning = {
  code: 'quota-exceeded',
  message: () => 'The OneDrive is full.',
  fix: 'Free space in it (the recycle bin counts, too) or get more.',
}
const TOO_LONG: Meaning = {
  code: 'invalid',
  message: (path) => `The path ${path} is longer than the 400 characters OneDrive allows.`,
  fix: 'Shorten the path or choose a folder further up at the target.',
}
const BUSY: Meaning = { code: 'unavailable', message: () => 'OneDrive is busy.', fix: 'It is tried again by itself.' }

/** By code of the error document. https://learn.microsoft.com/graph/errors */
const MEANING_BY_CODE: Readonly<Record<string, Meaning>> = {
  itemNotFound: { code: 'not-found', message: (path) => `${path} does not exist.` },
  nameAlreadyExists: { code: 'already-exists', message: (path) => `${path} exists already.` },
  resourceModified: { code: 'precondition-failed', message: (path) => `${path} is not what it was expected to be.` },
  malwareDetected: {
    code: 'forbidden',
    message: (path) => `OneDrive took ${path} for malware and gives it to nobody.`,
    fix: 'Look at the file in the browser, where its owner can decide.',
  },
  quotaLimitReached: FULL,
  activityLimitReached: THROTTLED,
  throttledRequest: THROTTLED,
  pathIsTooLong: TOO_LONG,
  pathTooDeep: TOO_LONG,
  maxFileSizeExceeded: {
    code: 'unsupported',
    message: (path) => `${path} is larger than OneDrive takes.`,
  },
  lockMismatch: {
    code: 'locked',
    message: (path) => `${path} is open for editing in OneDrive.`,
    fix: 'It is tried again later.',
  },
}

const MEANING_BY_STATUS: Readonly<Record<number, Meaning>> = {
  401: {
    code: 'unauthenticated',
    message: () => 'OneDrive refuses the sign-in.',
    fix: 'Sign in to the account again.',
  },
  403: {
    code: 'forbidden',
    message: (path) => `OneDrive refuses access to ${path}.`,
    fix: 'Check that the account may write there.',
  },
  404: MEANING_BY_CODE['itemNotFound']!,
  409: { code: 'already-exists', message: (path) => `${path} exists already.` },
  410: { code: 'unavailable', message: () => 'OneDrive wants its listing to be begun anew.' },
  412: MEANING_BY_CODE['resourceModified']!,
  413: MEANING_BY_CODE['maxFileSizeExceeded']!,
  416: { code: 'invalid', message: (path) => `OneDrive has no such range of ${path}.` },
  423: MEANING_BY_CODE['lockMismatch']!,
  429: THROTTLED,
  503: { code: 'throttled', message: () => 'OneDrive is busy.' },
  507: FULL,
  509: { code: 'throttled', message: () => 'The bandwidth of the OneDrive is used up for now.' },
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
      ...(meaning.fix === undefined ? {} : { fix: meaning.fix }),
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
  const problem = isKnown ? CONNECTION_PROBLEM[error.kind] : 'Talking to OneDrive failed unexpectedly.'
  return new TidekeepError({
    code: !isKnown ? 'internal' : error.kind === 'idle' ? 'timeout' : 'unavailable',
    message: problem,
    fix: 'Check the network connection; it is tried again by itself.',
    path,
    ambiguous: isKnown ? error.mayHaveArrived : true,
    cause: error,
  })
}

/** For callers that met an answer they cannot make sense of: a page of a hotel's network, say. */
export function senseless(path: string, what: string): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: `OneDrive gave an answer that makes no sense: ${what}.`,
    path,
    fix: 'It is tried again by itself; if it stays, something between here and OneDrive answers in its place.',
    ambiguous: true,
  })
}

const CONNECTION_PROBLEM: Readonly<Record<HttpFailure['kind'], string>> = {
  connect: 'OneDrive cannot be reached.',
  name: 'The name of the OneDrive service cannot be looked up.',
  tls: 'The OneDrive service does not prove who it is (TLS failed).',
  reset: 'OneDrive cut the connection.',
  idle: 'OneDrive stopped answering.',
}

/** The innermost code that is known decides: the outer ones say less. */
function meaningOf(status: number, graphCodes: readonly string[]): Meaning {
  for (const code of graphCodes.toReversed()) if (Object.hasOwn(MEANING_BY_CODE, code)) return MEANING_BY_CODE[code]!
  const byStatus = MEANING_BY_STATUS[status]
  if (byStatus !== undefined) return byStatus
  if (status >= 500) return BUSY
  // Without digits, no id or token that is repeated passes for the name of an error.
  const name = graphCodes.findLast((code) => /^[A-Za-z]{1,64}$/.test(code)) ?? `status ${status}`
  return { code: 'invalid', message: (path) => `OneDrive refused a request for ${path} (${name}).` }
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
