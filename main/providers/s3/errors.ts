import {
  TidekeepError,
  toTidekeepError,
  type ErrorCode,
  type ErrorParts,
  type RetryAdvice,
} from '../../../common/errors.ts'
import { HttpFailure } from '../http/http-failure.ts'
import { xmlText } from './xml.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

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

const SIGN_IN_FIX = (): string => s3FailureTexts.errors.checkTheAccessKeyAnd

/** By S3 error code. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const MEANING_BY_S3_CODE: Readonly<Record<string, Meaning>> = {
  NoSuchKey: { code: 'not-found', message: ({ path }) => s3FailureTexts.errors.doesNotExist({ path }) },
  NoSuchVersion: { code: 'not-found', message: ({ path }) => s3FailureTexts.errors.thatVersionOfDoesNot({ path }) },
  NoSuchUpload: { code: 'not-found', message: ({ path }) => s3FailureTexts.errors.theUnfinishedUploadOfIs({ path }) },
  NoSuchBucket: {
    code: 'not-found',
    message: ({ bucket }) => s3FailureTexts.errors.theBucketDoesNotExist({ bucket }),
    fix: ({ endpoint }) => s3FailureTexts.errors.createItOrCheckIts({ endpoint }),
  },
  PreconditionFailed: {
    code: 'precondition-failed',
    message: ({ path }) => s3FailureTexts.errors.isNotWhatItWas({ path }),
  },
  // Two writers at once: nothing was written, and looking again tells who won.
  ConditionalRequestConflict: {
    code: 'unavailable',
    message: ({ path }) => s3FailureTexts.errors.wasBeingWrittenBySomeone({ path }),
    ambiguous: true,
  },
  OperationAborted: {
    code: 'unavailable',
    message: ({ path }) => s3FailureTexts.errors.wasBeingWrittenBySomeone({ path }),
    ambiguous: true,
  },
  AccessDenied: {
    code: 'forbidden',
    message: ({ path }) => s3FailureTexts.errors.theStoreRefusesAccessTo({ path }),
    fix: ({ bucket }) => s3FailureTexts.errors.allowSListbucketOnThe({ bucket }),
  },
  AllAccessDisabled: {
    code: 'forbidden',
    message: ({ bucket }) => s3FailureTexts.errors.allAccessToTheBucket({ bucket }),
  },
  InvalidAccessKeyId: {
    code: 'unauthenticated',
    message: () => s3FailureTexts.errors.theStoreDoesNotKnow,
    fix: SIGN_IN_FIX,
  },
  SignatureDoesNotMatch: {
    code: 'unauthenticated',
    message: () => s3FailureTexts.errors.theStoreRefusesTheSecret,
    fix: SIGN_IN_FIX,
  },
  ExpiredToken: {
    code: 'unauthenticated',
    message: () => s3FailureTexts.errors.theTemporaryKeysHaveExpired,
    fix: SIGN_IN_FIX,
  },
  InvalidToken: {
    code: 'unauthenticated',
    message: () => s3FailureTexts.errors.theSessionTokenIsNot,
    fix: SIGN_IN_FIX,
  },
  TokenRefreshRequired: {
    code: 'unauthenticated',
    message: () => s3FailureTexts.errors.theTemporaryKeysMustBe,
    fix: SIGN_IN_FIX,
  },
  RequestTimeTooSkewed: {
    code: 'unavailable',
    message: () => s3FailureTexts.errors.thisComputersClockDiffersToo,
    fix: () => s3FailureTexts.errors.setTheClockOfThis,
  },
  AuthorizationHeaderMalformed: {
    code: 'invalid',
    message: ({ region }) => s3FailureTexts.errors.theRegionIsNotRight({ region }),
    fix: regionFix,
  },
  PermanentRedirect: {
    code: 'invalid',
    message: ({ bucket, region }) => s3FailureTexts.errors.theBucketIsNotIn({ bucket, region }),
    fix: regionFix,
  },
  IllegalLocationConstraintException: {
    code: 'invalid',
    message: ({ bucket, region }) => s3FailureTexts.errors.theBucketIsNotIn({ bucket, region }),
    fix: regionFix,
  },
  TemporaryRedirect: {
    code: 'unavailable',
    message: ({ bucket }) => s3FailureTexts.errors.theStorePointsElsewhereFor({ bucket }),
    fix: regionFix,
  },
  SlowDown: { code: 'throttled', message: () => s3FailureTexts.errors.theStoreAsksToSlow },
  ServiceUnavailable: { code: 'throttled', message: () => s3FailureTexts.errors.theStoreIsBusy },
  TooManyRequests: { code: 'throttled', message: () => s3FailureTexts.errors.theStoreAsksToSlow },
  RequestLimitExceeded: { code: 'throttled', message: () => s3FailureTexts.errors.theStoreAsksToSlow },
  RequestTimeout: {
    code: 'timeout',
    message: () => s3FailureTexts.errors.theStoreStoppedWaitingFor,
    ambiguous: true,
  },
  QuotaExceeded: {
    code: 'quota-exceeded',
    message: ({ bucket }) => s3FailureTexts.errors.theBucketIsFull({ bucket }),
    fix: () => s3FailureTexts.errors.freeSpaceInItOr,
  },
  InsufficientCapacity: {
    code: 'quota-exceeded',
    message: () => s3FailureTexts.errors.theStoreIsFull,
    fix: () => s3FailureTexts.errors.freeSpaceAtTheStore,
  },
  XMinioStorageFull: {
    code: 'quota-exceeded',
    message: () => s3FailureTexts.errors.theStoreIsFull,
    fix: () => s3FailureTexts.errors.freeSpaceAtTheStore,
  },
  XMinioAdminBucketQuotaExceeded: {
    code: 'quota-exceeded',
    message: ({ bucket }) => s3FailureTexts.errors.theBucketIsFull({ bucket }),
    fix: () => s3FailureTexts.errors.raiseItsQuota,
  },
  EntityTooLarge: {
    code: 'unsupported',
    message: ({ path }) => s3FailureTexts.errors.isLargerThanTheStore({ path }),
  },
  EntityTooSmall: { code: 'internal', message: ({ path }) => s3FailureTexts.errors.theStoreFoundAPart({ path }) },
  KeyTooLongError: {
    code: 'invalid',
    message: ({ path }) => s3FailureTexts.errors.thePathIsLongerThan({ path }),
    fix: () => s3FailureTexts.errors.shortenThePathOrThe,
  },
  MetadataTooLarge: {
    code: 'invalid',
    message: ({ path }) => s3FailureTexts.errors.theMetadataOfIsLarger({ path }),
  },
  InvalidObjectState: {
    code: 'unsupported',
    message: ({ path }) => s3FailureTexts.errors.isInGlacierAndMust({ path }),
    fix: () => s3FailureTexts.errors.askForItWithTidekeep,
  },
  GlacierExpeditedRetrievalNotAvailable: {
    code: 'unavailable',
    message: () => s3FailureTexts.errors.theStoreHasNoRoom,
    fix: () => s3FailureTexts.errors.tryAgainLaterOrChoose,
  },
  InvalidStorageClass: {
    code: 'invalid',
    message: () => s3FailureTexts.errors.theStoreDoesNotKnow2,
    fix: () => s3FailureTexts.errors.chooseAnotherStorageClassFor,
  },
  InvalidBucketName: { code: 'invalid', message: ({ bucket }) => s3FailureTexts.errors.isNotAValidBucket({ bucket }) },
  BadDigest: { code: 'corrupt', message: ({ path }) => s3FailureTexts.errors.wasDamagedOnItsWay({ path }) },
  XAmzContentSHA256Mismatch: {
    code: 'corrupt',
    message: ({ path }) => s3FailureTexts.errors.wasDamagedOnItsWay({ path }),
  },
  XAmzContentChecksumMismatch: {
    code: 'corrupt',
    message: ({ path }) => s3FailureTexts.errors.wasDamagedOnItsWay({ path }),
  },
  // Parts that are not what was said of them: sent again, as a new upload, they are.
  InvalidPart: { code: 'corrupt', message: ({ path }) => s3FailureTexts.errors.theStoreDoesNotHave({ path }) },
  UnexplainedRefusal: {
    code: 'unauthenticated',
    message: () => s3FailureTexts.errors.theStoreRefusesARequest,
    fix: () => s3FailureTexts.errors.temporaryKeysMayHaveExpired,
  },
  IncompleteBody: { code: 'corrupt', message: ({ path }) => s3FailureTexts.errors.didNotReachTheStore({ path }) },
  NotImplemented: { code: 'unsupported', message: () => s3FailureTexts.errors.theStoreDoesNotSupport },
  InternalError: { code: 'unavailable', message: () => s3FailureTexts.errors.theStoreHasAnInternal, ambiguous: true },
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

/** Names of their own that stores have for what Amazon has a name for, whatever the status they come with. */
const S3_CODE_BY_OWN_NAME: Readonly<Record<string, string>> = {
  // versitygw, with 404: taken for that, a wrong key would be a bucket that is not there.
  XAdminUserNotFound: 'InvalidAccessKeyId',
}

/** The S3 error code of a reply, as Amazon calls it: from its body, else what its status stands for. */
export function s3CodeOf(reply: FailedReply): string {
  const named = reply.body.length === 0 ? undefined : xmlText(Buffer.from(reply.body).toString(), 'Code')
  if (named !== undefined && Object.hasOwn(S3_CODE_BY_OWN_NAME, named)) return S3_CODE_BY_OWN_NAME[named]!
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
    message: s3FailureTexts.errors.cannotBeReached({ endpoint }),
    fix: s3FailureTexts.errors.cannotBeReachedFix,
  }),
  name: ({ endpoint }) => ({
    message: s3FailureTexts.errors.theNameInCannotBe({ endpoint }),
    fix: s3FailureTexts.errors.theNameInCannotBeFix,
  }),
  tls: ({ endpoint }) => ({
    message: s3FailureTexts.errors.doesNotProveWhoIt({ endpoint }),
    fix: s3FailureTexts.errors.doesNotProveWhoItFix,
  }),
  reset: ({ endpoint }) => ({
    message: s3FailureTexts.errors.cutTheConnection({ endpoint }),
    fix: s3FailureTexts.errors.cutTheConnectionFix,
  }),
  idle: ({ endpoint }) => ({
    message: s3FailureTexts.errors.stoppedAnswering({ endpoint }),
    fix: s3FailureTexts.errors.cutTheConnectionFix,
  }),
}

function regionFix(_context: ErrorContext, reply: FailedReply): string {
  const region = reply.headers['x-amz-bucket-region'] ?? xmlText(Buffer.from(reply.body).toString(), 'Region')
  return region !== undefined && /^[a-z0-9-]+$/.test(region)
    ? s3FailureTexts.errors.setTheRegion({ region })
    : s3FailureTexts.errors.setTheRegionOfTheBucket
}

function unknownMeaning(reply: FailedReply, s3Code: string): Meaning {
  // Without digits, no key or token that a store repeats passes for the name of an error.
  const name = /^[A-Z][A-Za-z]{1,63}$/.test(s3Code) ? s3Code : `status ${reply.status}`
  return {
    code: reply.status >= 500 ? 'unavailable' : 'invalid',
    message: ({ path }) => s3FailureTexts.errors.theStoreRefusedARequest({ path, name }),
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
