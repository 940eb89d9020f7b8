import { hash } from 'node:crypto'

/** Keys for one call; never stored, never logged. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** What is to be signed. Header names are lower-case; `host` and `x-amz-content-sha256` must be among them. */
export interface Signable {
  readonly method: string
  /** Already encoded as sent. */
  readonly path: string
  /** Already encoded and sorted, without `?`. */
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
}

/** Signs requests of one region. */
export interface Signer {
  /** The headers to send: those given, `x-amz-date`, `authorization`, and the session token if there is one. */
  sign(request: Signable, credentials: S3Credentials, nowMs: number): Record<string, string>
}

/**
 * AWS Signature Version 4 for S3 (single encoding of the path, no normalisation), with the derived
 * key kept for the day it holds: deriving it anew costs more than the rest of a signature.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createSigner(region: string): Signer {
  let derived: { date: string; secret: string; sign: Mac } | undefined
  const macFor = (date: string, secret: string): Mac => {
    if (derived?.date !== date || derived.secret !== secret) {
      derived = { date, secret, sign: createMac(deriveKey(secret, date, region)) }
    }
    return derived.sign
  }
  let now = { second: Number.NaN, time: '' }
  const timeAt = (nowMs: number): string => {
    const second = Math.floor(nowMs / 1000)
    if (now.second !== second) now = { second, time: toAmzDate(nowMs) }
    return now.time
  }
  return {
    sign: (request, credentials, nowMs) => {
      const time = timeAt(nowMs)
      const date = time.slice(0, 8)
      const headers: Record<string, string> = { ...request.headers, 'x-amz-date': time }
      if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken
      const names = Object.keys(headers).filter(isSigned).sort()
      const signedHeaders = names.join(';')
      let canonical = `${request.method}\n${request.path}\n${request.query}\n`
      for (const name of names) canonical += `${name}:${canonicalValue(headers[name]!)}\n`
      canonical += `\n${signedHeaders}\n${headers['x-amz-content-sha256']}`
      const scope = `${date}/${region}/s3/aws4_request`
      const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', canonical)}`
      const signature = macFor(date, credentials.secretAccessKey)(toSign).toString('hex')
      headers['authorization'] =
        `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
      return headers
    },
  }
}

/** `20260102T030405Z` */
export function toAmzDate(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

/** What proxies may rewrite is not signed; `content-length` is set by the connection. */
function isSigned(name: string): boolean {
  return name !== 'content-length' && name !== 'user-agent' && name !== 'connection'
}

function canonicalValue(value: string): string {
  const trimmed = value.trim()
  return trimmed.includes('  ') ? trimmed.replace(/ +/g, ' ') : trimmed
}

function deriveKey(secret: string, date: string, region: string): Buffer {
  let key: Buffer = Buffer.from(`AWS4${secret}`)
  for (const part of [date, region, 's3', 'aws4_request']) key = createMac(key)(part)
  return key
}

type Mac = (text: string) => Buffer

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32

/**
 * HMAC-SHA256 (RFC 2104) from two one-shot hashes: Node's own Hmac makes a key object for every
 * message, which costs more than all the rest of a signature.
 */
function createMac(key: Buffer): Mac {
  const block = Buffer.alloc(BLOCK_BYTES)
  ;(key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key).copy(block)
  const inner = Buffer.from(block.map((byte) => byte ^ 0x36))
  const outer = Buffer.concat([block.map((byte) => byte ^ 0x5c), Buffer.alloc(DIGEST_BYTES)])
  return (text) => {
    hash('sha256', Buffer.concat([inner, Buffer.from(text)]), 'buffer').copy(outer, BLOCK_BYTES)
    return hash('sha256', outer, 'buffer')
  }
}
