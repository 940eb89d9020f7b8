import { createHmac, createSecretKey, hash, timingSafeEqual, type KeyObject } from 'node:crypto'
import { S3Error } from './types.ts'

/** Keys a server accepts. */
export interface AcceptedKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly region: string
  /** How a key that is not known is refused; left out, as Amazon does. */
  readonly unknownKey?: { readonly status: number; readonly code: string }
}

/** What of a request is signed. `path` and `query` are as they came over the wire. */
export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
}

const MAX_SKEW_MS = 15 * 60_000

/**
 * Verifies an AWS Signature Version 4 Authorization header: really computes it, and insists on what
 * Amazon insists on: `host` and every `x-amz-*` header signed, date within 15 minutes, region and
 * service right. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function verifySignature(request: SignedRequest, keys: AcceptedKeys, nowMs: number): void {
  const header = request.headers['authorization']
  if (header === undefined) throw new S3Error(403, 'AccessDenied', 'Access Denied')
  const fields =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    )
  if (fields === null) throw new S3Error(400, 'AuthorizationHeaderMalformed', 'The authorization header is malformed.')
  const [, accessKeyId, date, region, service, signedHeaders, signature] = fields as unknown as readonly string[]
  if (accessKeyId !== keys.accessKeyId) {
    const { status, code } = keys.unknownKey ?? { status: 403, code: 'InvalidAccessKeyId' }
    throw new S3Error(status, code, 'The AWS Access Key Id you provided does not exist in our records.')
  }
  if (region !== keys.region || service !== 's3') {
    throw new S3Error(
      400,
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; the region '${region}' is wrong; expecting '${keys.region}'`,
      { 'x-amz-bucket-region': keys.region },
    )
  }
  if (request.headers['x-amz-security-token'] !== keys.sessionToken) {
    throw new S3Error(400, 'InvalidToken', 'The provided token is malformed or otherwise invalid.')
  }
  const time = checkDate(request.headers['x-amz-date'], date!, nowMs)
  checkSignedHeaders(request.headers, signedHeaders!.split(';'))
  const expected = signatureOf(request, { keys, date: date!, time, signedHeaders: signedHeaders! })
  if (!timingSafeEqual(Buffer.from(expected, 'hex'), Buffer.from(signature!, 'hex'))) {
    throw new S3Error(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match.')
  }
}

function checkDate(time: string | undefined, date: string, nowMs: number): string {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time ?? '')
  if (parts === null || !time!.startsWith(date)) {
    throw new S3Error(403, 'AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header')
  }
  const [, year, month, day, hour, minute, second] = parts.map(Number) as unknown as readonly number[]
  const sentMs = Date.UTC(year!, month! - 1, day, hour, minute, second)
  if (Math.abs(sentMs - nowMs) > MAX_SKEW_MS) {
    throw new S3Error(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    )
  }
  return time!
}

function checkSignedHeaders(headers: Readonly<Record<string, string>>, signed: readonly string[]): void {
  const sorted = [...signed].sort()
  const missing = Object.keys(headers).find(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !signed.includes(name),
  )
  if (missing !== undefined)
    throw new S3Error(
      403,
      'AccessDenied',
      `There were headers present in the request which were not signed: ${missing}`,
    )
  if (signed.join() !== sorted.join() || signed.some((name) => headers[name] === undefined)) {
    throw new S3Error(403, 'SignatureDoesNotMatch', 'SignedHeaders is not sorted or names an absent header.')
  }
  if (headers['x-amz-content-sha256'] === undefined) {
    throw new S3Error(400, 'InvalidRequest', 'Missing required header for this request: x-amz-content-sha256')
  }
}

function signatureOf(
  request: SignedRequest,
  scope: { keys: AcceptedKeys; date: string; time: string; signedHeaders: string },
): string {
  const names = scope.signedHeaders.split(';')
  const canonical = [
    request.method,
    request.path,
    canonicalQuery(request.query),
    ...names.map((name) => `${name}:${request.headers[name]!.trim().replace(/ +/g, ' ')}`),
    '',
    scope.signedHeaders,
    request.headers['x-amz-content-sha256']!,
  ].join('\n')
  const credentialScope = `${scope.date}/${scope.keys.region}/s3/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', scope.time, credentialScope, sha256Hex(canonical)].join('\n')
  return hmac(signingKey(scope.keys, scope.date), toSign).toString('hex')
}

let lastKey: { readonly of: string; readonly key: KeyObject } | undefined

/** Most requests are signed with the key of the one before: four rounds of HMAC, which need not be made for each. */
function signingKey({ secretAccessKey, region }: AcceptedKeys, date: string): KeyObject {
  const of = JSON.stringify([secretAccessKey, date, region])
  if (lastKey?.of === of) return lastKey.key
  let key = createSecretKey(Buffer.from(`AWS4${secretAccessKey}`))
  for (const part of [date, region, 's3', 'aws4_request']) key = createSecretKey(hmac(key, part))
  lastKey = { of, key }
  return key
}

function canonicalQuery(query: string): string {
  if (query === '') return ''
  return query
    .split('&')
    .map((pair) => {
      const cut = pair.indexOf('=')
      const [name, value] = cut < 0 ? [pair, ''] : [pair.slice(0, cut), pair.slice(cut + 1)]
      return `${encode(decodeURIComponent(name))}=${encode(decodeURIComponent(value))}`
    })
    .sort()
    .join('&')
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** With a key object: one made of bytes costs more than the rest of it. */
function hmac(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256Hex(text: string | Uint8Array): string {
  return hash('sha256', text)
}

/** Checks `x-amz-content-sha256` against the body; the streaming forms are checked while de-framing. */
export function verifyPayloadHash(claimed: string, body: Uint8Array): void {
  if (claimed === 'UNSIGNED-PAYLOAD' || claimed.startsWith('STREAMING-')) return
  if (!/^[0-9a-f]{64}$/.test(claimed)) {
    throw new S3Error(400, 'InvalidArgument', 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-… or a sha256.')
  }
  if (claimed !== sha256Hex(body)) {
    throw new S3Error(
      400,
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
  }
}
