import { TidekeepError } from '../../../common/errors.ts'
import type { ErrorContext } from './errors.ts'
import { operationOf } from './operation.ts'
import type { StoreRequest } from './store-client.ts'
import { xmlRoot, xmlText } from './xml.ts'
import { s3FailureTexts } from './s3-failure-texts.ts'

/** Enough of a reply to tell who wrote it. `body` is undefined where it is still to be read. */
interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
}

/** What every store says of an object or part it has or has just taken. */
const NAMED_BY_ETAG = new Set(['PutObject', 'UploadPart', 'HeadObject', 'GetObject'])
/** Answered by a document; whether a listing is whole is for its reader to say. */
const ANSWERED_BY_DOCUMENT = new Set([
  'CreateMultipartUpload',
  'CompleteMultipartUpload',
  'UploadPartCopy',
  'CopyObject',
  'ListParts',
])
/** Means the same whoever says it. */
const PLAIN_STATUS = new Set([304, 413, 429])
/** The type a reply claims says nothing: some stores call every empty reply a page. */
const PAGE = /^\s*<(!doctype\s+html|html)\b/i

/**
 * Undefined for an answer that the store can have given; otherwise an `unavailable`, whose outcome
 * is not known. A network's sign-in page, a proxy or a cache answers in the place of a store with
 * success, a redirect or a refusal: taken at its word, a file would count as stored, or as gone.
 */
export function notFromStore(request: StoreRequest, answer: Answer, context: ErrorContext): TidekeepError | undefined {
  const isHollow = isSuccess(answer.status) ? isHollowSuccess(request, answer) : isStrangeRefusal(answer)
  if (!isHollow) return undefined
  return new TidekeepError({
    code: 'unavailable',
    message: s3FailureTexts.genuine.somethingOtherThanTheStore({ endpoint: context.endpoint }),
    path: context.path,
    fix: s3FailureTexts.genuine.somethingOtherThanTheStoreFix,
    ambiguous: true,
  })
}

function isHollowSuccess(request: StoreRequest, { headers, body }: Answer): boolean {
  const operation = operationOf(request)
  if (NAMED_BY_ETAG.has(operation)) return (headers['etag'] ?? '') === ''
  const text = body === undefined ? '' : Buffer.from(body).toString()
  if (!ANSWERED_BY_DOCUMENT.has(operation)) return PAGE.test(text)
  const root = xmlRoot(text)
  return root === undefined || (root !== 'Error' && !text.trimEnd().endsWith(`</${root}>`))
}

function isStrangeRefusal({ status, headers, body }: Answer): boolean {
  // A gateway's 5xx is trouble that passes, as a store's own.
  if (status >= 500 || PLAIN_STATUS.has(status)) return false
  if (status === 407) return true
  const text = body === undefined ? '' : Buffer.from(body).toString()
  if (xmlText(text, 'Code') !== undefined) return false
  if (status >= 300 && status < 400) return headers['x-amz-bucket-region'] === undefined
  return PAGE.test(text)
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
