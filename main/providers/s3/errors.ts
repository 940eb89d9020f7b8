import {
  TidekeepError,
  toTidekeepError,
  type ErrorCode,
  type ErrorParts,
  type RetryAdvice,
} from '../../../common/errors.ts'
import { HttpFailure } from '../http/http-failure.ts'
import { xmlText } from './xml.ts'

/** An unsuccessful reply. */
export interface FailedReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** A TidekeepError that still knows what the store called it; for decisions inside this provider. */
export class StoreError extends TidekeepError {
  readonly s3Code: string
  constructor(s3Code: string, parts: ErrorParts) {
    super(parts)
    this.s3Code = s3Code
  }
}

/** Where it happened, for the message. */
export interface ErrorContext {
  /** `s3://bucket/prefix/file` */
  readonly path: string
  /** Endpoint without credentials. */
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
}

interface Meaning {
  readonly code: ErrorCode
  readonly message: (context: ErrorContext) => string
  readonly fix?: (context: ErrorContext, reply: FailedReply) => string
  /** The store may have done the work although it reports a failure. */
  readonly ambiguous?: boolean
}

const SIGN_IN_FIX = (): string => 'Check the access key and the secret key, or sign in again if they are temporary.'

/** By S3 error code. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const MEANING_BY_S3_CODE: Readonly<Record<string, Meaning>> = {
  NoSuchKey: { code: 'not-found', message: ({ path }) => `${path} does not exist.` },
  NoSuchVersion: { code: 'not-found', message: ({ path }) => `That version of ${path} does not exist.` },
  NoSuchUpload: { code: 'not-found', message: ({ path }) => `The unfinished upload of ${path} is gone.` },
  NoSuchBucket: {
    code: 'not-found',
    message: ({ bucket }) => `The bucket "${bucket}" does not exist.`,
    fix: ({ endpoint }) => `Create it, or check its name and the endpoint (${endpoint}).`,
  },
  PreconditionFailed: {
    code: 'precondition-failed',
    message: ({ path }) => `${path} is not what it was expected to be.`,
  },
  // Two writers at once: nothing was written, and looking again tells who won.
  ConditionalRequestConflict: {
    code: 'unavailable',
    message: ({ path }) => `${path} was being written by someone else.`,
    ambiguous: true,
  },
  OperationAborted: {
    code: 'unavailable',
    message: ({ path }) => `${path} was being written by someone else.`,
    ambiguous: true,
  },
  AccessDenied: {
    code: 'forbidden',
    message: ({ path }) => `The store refuses access to ${path}.`,
    fix: ({ bucket }) =>
      `Allow s3:ListBucket on the bucket "${bucket}" and s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on its objects.`,
  },
  AllAccessDisabled: {
    code: 'forbidden',
    message: ({ bucket }) => `All access to the bucket "${bucket}" is disabled.`,
  },
  InvalidAccessKeyId: {
    code: 'unauthenticated',
    message: () => 'The store does not know this access key.',
    fix: SIGN_IN_FIX,
  },
  SignatureDoesNotMatch: {
    code: 'unauthenticated',
    message: () => 'The store refuses the secret key.',
    fix: SIGN_IN_FIX,
  },
  ExpiredToken: { code: 'unauthenticated', message: () => 'The temporary keys have expired.', fix: SIGN_IN_FIX },
  InvalidToken: { code: 'unauthenticated', message: () => 'The session token is not valid.', fix: SIGN_IN_FIX },
  TokenRefreshRequired: {
    code: 'unauthenticated',
    message: () => 'The temporary keys must be refreshed.',
    fix: SIGN_IN_FIX,
  },
  RequestTimeTooSkewed: {
    code: 'unavailable',
    message: () => "This computer's clock differs too much from the store's.",
    fix: () => 'Set the clock of this computer.',
  },
  AuthorizationHeaderMalformed: {
    code: 'invalid',
    message: ({ region }) => `The region "${region}" is not right for this store.`,
    fix: regionFix,
  },
  PermanentRedirect: {
    code: 'invalid',
    message: ({ bucket, region }) => `The bucket "${bucket}" is not in the region "${region}".`,
    fix: regionFix,
  },
  IllegalLocationConstraintException: {
    code: 'invalid',
    message: ({ bucket, region }) => `The bucket "${bucket}" is not in the region "${region}".`,
    fix: regionFix,
  },
  TemporaryRedirect: {
    code: 'unavailable',
    message: ({ bucket }) =>
      `The store points elsewhere for the bucket "${bucket}", which is normal for an hour after it was created.`,
    fix: regionFix,
  },
  SlowDown: { code: 'throttled', message: () => 'The store asks to slow down.' },
  ServiceUnavailable: { code: 'throttled', message: () => 'The store is busy.' },
  TooManyRequests: { code: 'throttled', message: () => 'The store asks to slow down.' },
  RequestLimitExceeded: { code: 'throttled', message: () => 'The store asks to slow down.' },
  RequestTimeout: {
    code: 'timeout',
    message: () => 'The store stopped waiting for the rest of a request.',
    ambiguous: true,
  },
  QuotaExceeded: {
    code: 'quota-exceeded',
    message: ({ bucket }) => `The bucket "${bucket}" is full.`,
    fix: () => 'Free space in it or raise its quota.',
  },
  InsufficientCapacity: {
    code: 'quota-exceeded',
    message: () => 'The store is full.',
    fix: () => 'Free space at the store.',
  },
  XMinioStorageFull: {
    code: 'quota-exceeded',
    message: () => 'The store is full.',
    fix: () => 'Free space at the store.',
  },
  XMinioAdminBucketQuotaExceeded: {
    code: 'quota-exceeded',
    message: ({ bucket }) => `The bucket "${bucket}" is full.`,
    fix: () => 'Raise its quota.',
  },
  EntityTooLarge: {
    code: 'unsupported',
    message: ({ path }) => `${path} is larger than the store takes in one object.`,
  },
  EntityTooSmall: { code: 'internal', message: ({ path }) => `The store found a part of ${path} too small.` },
  KeyTooLongError: {
    code: 'invalid',
    message: ({ path }) => `The path ${path} is longer than the 1,024 bytes S3 allows.`,
    fix: () => 'Shorten the path or the prefix.',
  },
  MetadataTooLarge: {
    code: 'invalid',
    message: ({ path }) => `The metadata of ${path} is larger than the store allows.`,
  },
  InvalidObjectState: {
    code: 'unsupported',
    message: ({ path }) => `${path} is in Glacier and must be thawed before it can be read.`,
    fix: () => 'Ask for it with "tidekeep thaw", and try again when it is ready.',
  },
  GlacierExpeditedRetrievalNotAvailable: {
    code: 'unavailable',
    message: () => 'The store has no room for expedited retrieval at the moment.',
    fix: () => 'Try again later, or choose another speed.',
  },
  InvalidStorageClass: {
    code: 'invalid',
    message: () => 'The store does not know this storage class.',
    fix: () => 'Choose another storage class for this target.',
  },
  InvalidBucketName: { code: 'invalid', message: ({ bucket }) => `"${bucket}" is not a valid bucket name.` },
  BadDigest: { code: 'corrupt', message: ({ path }) => `${path} was damaged on its way to the store.` },
  XAmzContentSHA256Mismatch: { code: 'corrupt', message: ({ path }) => `${path} was damaged on its way to the store.` },
  XAmzContentChecksumMismatch: {
    code: 'corrupt',
    message: ({ path }) => `${path} was damaged on its way to the store.`,
  },
  // Parts that are not what was said of them: sent again, as a new upload, they are.
  InvalidPart: { code: 'corrupt', message: ({ path }) => `The store does not have the parts of ${path} it was sent.` },
  UnexplainedRefusal: {
    code: 'unauthenticated',
    message: () => 'The store refuses a request without saying why.',
    fix: () => 'Temporary keys may have expired, or the region of this target may be another one.',
  },
  IncompleteBody: { code: 'corrupt', message: ({ path }) => `${path} did not reach the store whole.` },
  NotImplemented: { code: 'unsupported', message: () => 'The store does not support a feature this needs.' },
  InternalError: { code: 'unavailable', message: () => 'The store has an internal error.', ambiguous: true },
}

/** Where there is no body to name the error: HEAD replies, and proxies. */
const S3_CODE_BY_STATUS: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  307: 'TemporaryRedirect',
  308: 'PermanentRedirect',
  // Without a body, as to HEAD, most often expired keys or another region; never the fault of one file.
  400: 'UnexplainedRefusal',
  401: 'UnexplainedRefusal',
  403: 'AccessDenied',
  404: 'NoSuchKey',
  409: 'OperationAborted',
  412: 'PreconditionFailed',
  413: 'EntityTooLarge',
  429: 'SlowDown',
  501: 'NotImplemented',
  503: 'ServiceUnavailable',
  507: 'InsufficientCapacity',
}

/** The S3 error code of a reply: from its body, else what its status stands for. */
export function s3CodeOf(reply: FailedReply): string {
  const named = reply.body.length === 0 ? undefined : xmlText(Buffer.from(reply.body).toString(), 'Code')
  return named ?? S3_CODE_BY_STATUS[reply.status] ?? (reply.status >= 500 ? 'InternalError' : `Status${reply.status}`)
}

/** The one place where replies of an S3 store become errors of this program. */
export function translateReply(reply: FailedReply, context: ErrorContext): TidekeepError {
  const s3Code = s3CodeOf(reply)
  const byStatus = reply.status === 400 ? undefined : meaningOf(S3_CODE_BY_STATUS[reply.status] ?? '')
  const meaning = meaningOf(s3Code) ?? byStatus ?? unknownMeaning(reply, s3Code)
  const fix = meaning.fix?.(context, reply)
  const retry = retryAfter(reply, meaning.code)
  return new StoreError(s3Code, {
    code: meaning.code,
    message: meaning.message(context),
    path: context.path,
    ...(fix === undefined ? {} : { fix }),
    ...(retry === undefined ? {} : { retry }),
    ambiguous: meaning.ambiguous === true || mayHaveWorked(reply.status, s3Code),
  })
}

/** Codes come from outside: "constructor" must not find what every object has. */
function meaningOf(s3Code: string): Meaning | undefined {
  return Object.hasOwn(MEANING_BY_S3_CODE, s3Code) ? MEANING_BY_S3_CODE[s3Code] : undefined
}

/** A gateway that gives up says nothing about the store behind it; an error inside a 200 says little more. */
function mayHaveWorked(status: number, s3Code: string): boolean {
  return status < 300 || (status >= 500 && status !== 501 && status !== 507 && s3Code !== 'SlowDown')
}

/** Connections that failed. Anything else (a changed source, a cancelled signal) is not the connection's. */
export function translateFailure(error: unknown, context: ErrorContext): TidekeepError {
  if (error instanceof TidekeepError) return error
  if (!(error instanceof HttpFailure)) return toTidekeepError(error, context.path)
  const { message, fix } = CONNECTION_PROBLEM[error.kind](context)
  return new TidekeepError({
    code: error.kind === 'idle' ? 'timeout' : 'unavailable',
    message,
    fix,
    path: context.path,
    ambiguous: error.mayHaveArrived,
    cause: error,
  })
}

const CONNECTION_PROBLEM: Readonly<
  Record<HttpFailure['kind'], (context: ErrorContext) => { message: string; fix: string }>
> = {
  connect: ({ endpoint }) => ({
    message: `${endpoint} cannot be reached.`,
    fix: 'Check the network connection and the endpoint; it is tried again by itself.',
  }),
  name: ({ endpoint }) => ({
    message: `The name in ${endpoint} cannot be looked up.`,
    fix: 'Check the network connection and the spelling of the endpoint.',
  }),
  tls: ({ endpoint }) => ({
    message: `${endpoint} does not prove who it is (TLS failed).`,
    fix: 'Check the endpoint and its certificate; for a private authority set NODE_EXTRA_CA_CERTS.',
  }),
  reset: ({ endpoint }) => ({ message: `${endpoint} cut the connection.`, fix: 'It is tried again by itself.' }),
  idle: ({ endpoint }) => ({ message: `${endpoint} stopped answering.`, fix: 'It is tried again by itself.' }),
}

function regionFix(_context: ErrorContext, reply: FailedReply): string {
  const region = reply.headers['x-amz-bucket-region'] ?? xmlText(Buffer.from(reply.body).toString(), 'Region')
  return region !== undefined && /^[a-z0-9-]+$/.test(region)
    ? `Set the region of this target to "${region}".`
    : 'Set the region the bucket is in, and the endpoint that belongs to it.'
}

function unknownMeaning(reply: FailedReply, s3Code: string): Meaning {
  // Without digits, no key or token that a store repeats passes for the name of an error.
  const name = /^[A-Z][A-Za-z]{1,63}$/.test(s3Code) ? s3Code : `status ${reply.status}`
  return {
    code: reply.status >= 500 ? 'unavailable' : 'invalid',
    message: ({ path }) => `The store refused a request for ${path} (${name}).`,
    ambiguous: reply.status >= 500,
  }
}

/** No store is left alone for longer, whatever it says. */
const MAX_AFTER_MS = 15 * 60_000

/** Retry-After in seconds or as a date relative to the reply's own Date, capped; nothing where it makes no sense. */
function retryAfter(reply: FailedReply, code: ErrorCode): RetryAdvice | undefined {
  const header = reply.headers['retry-after']
  if (header === undefined || (code !== 'throttled' && code !== 'unavailable')) return undefined
  const delayMs = /^\s*\d+(\.\d+)?\s*$/.test(header)
    ? Math.round(Number(header) * 1000)
    : Date.parse(header) - Date.parse(reply.headers['date'] ?? '')
  return delayMs >= 0 ? { kind: 'after', delayMs: Math.min(delayMs, MAX_AFTER_MS) } : undefined
}
