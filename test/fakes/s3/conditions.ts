import { S3Error, type Quirks, type Version } from './types.ts'

type Headers = Readonly<Record<string, string>>

/** The conditions of a write: If-Match (412, 404 when there is nothing) and `If-None-Match: *` (412). */
export function checkWriteConditions(headers: Headers, current: Version | undefined, quirks: Quirks): void {
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  if (quirks.noConditions === true) return
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented.')
  }
  if (ifMatch !== undefined && ifNoneMatch !== undefined) throw new S3Error(501, 'NotImplemented')
  const present = current !== undefined && !current.deleteMarker
  if (ifNoneMatch !== undefined && present) throw failed('If-None-Match')
  if (ifMatch === undefined) return
  if (!present) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.')
  if (ifMatch !== '*' && unquote(ifMatch) !== unquote(current.etag)) throw failed('If-Match')
}

/** The conditions of GET and HEAD. Returns true for 304. */
export function checkReadConditions(headers: Headers, version: Version): boolean {
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  if (ifMatch !== undefined && !matches(ifMatch, version)) throw failed('If-Match')
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, version)
  const since = headers['if-modified-since']
  if (since !== undefined && !isModifiedSince(version, since)) return true
  const unmodified = headers['if-unmodified-since']
  if (ifMatch === undefined && unmodified !== undefined && isModifiedSince(version, unmodified)) {
    throw failed('If-Unmodified-Since')
  }
  return false
}

/** The conditions on the source of a copy; if-match wins over if-unmodified-since, if-none-match over if-modified-since. */
export function checkCopySource(headers: Headers, source: Version, quirks: Quirks): void {
  if (quirks.noCopyConditions === true) return
  const of = (name: string): string | undefined => headers[`x-amz-copy-source-${name}`]
  const [match, noneMatch] = [of('if-match'), of('if-none-match')]
  const [since, unmodified] = [of('if-modified-since'), of('if-unmodified-since')]
  if (match !== undefined && !matches(match, source)) throw failed('x-amz-copy-source-If-Match')
  if (noneMatch !== undefined && matches(noneMatch, source)) throw failed('x-amz-copy-source-If-None-Match')
  if (match === undefined && unmodified !== undefined && isModifiedSince(source, unmodified)) {
    throw failed('x-amz-copy-source-If-Unmodified-Since')
  }
  if (noneMatch === undefined && since !== undefined && !isModifiedSince(source, since)) {
    throw failed('x-amz-copy-source-If-Modified-Since')
  }
}

function matches(header: string, version: Version): boolean {
  return header === '*' || header.split(',').some((etag) => unquote(etag.trim()) === unquote(version.etag))
}

function isModifiedSince(version: Version, date: string): boolean {
  return Math.floor(version.lastModifiedMs / 1000) > Math.floor(Date.parse(date) / 1000)
}

/** Without the quotes. */
export function unquote(etag: string): string {
  return etag.replace(/^"|"$/g, '')
}

function failed(condition: string): S3Error {
  return new S3Error(
    412,
    'PreconditionFailed',
    `At least one of the pre-conditions you specified did not hold: ${condition}`,
  )
}
