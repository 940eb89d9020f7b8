import { TidekeepError } from './errors.ts'
import type { Wording } from './messages/wording.ts'
import { relPathProblem } from './paths.ts'
import { sharedWordings } from './shared-wordings.ts'
import { valueWordings } from './value-wordings.ts'

/**
 * Where a target is. `path` is absolute for local targets; `prefix` and the `folder` of a drive have no
 * leading or trailing '/', and are empty for the whole.
 */
export type Location =
  | { readonly scheme: 'file'; readonly path: string }
  | { readonly scheme: 's3'; readonly bucket: string; readonly prefix: string }
  | { readonly scheme: 'onedrive'; readonly account: string; readonly folder: string }
  | { readonly scheme: 'memory'; readonly name: string }

const texts = valueWordings.location

/**
 * Reads `s3://bucket/prefix`, `onedrive://account/folder`, `file:///…`, `memory:name` or a bare path (made absolute against
 * `baseDirectory`). Throws `invalid` with one sentence that says what a location looks like.
 */
export function parseLocation(raw: string, resolvePath: (path: string) => string): Location {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(raw)?.[1]?.toLowerCase()
  if (raw.trim() === '') throw invalid(raw, texts.empty)
  if (raw.includes('\0')) throw invalid(raw, sharedWordings.path.nul)
  switch (scheme) {
    case undefined:
      return { scheme: 'file', path: resolvePath(raw) }
    case 'file':
      return { scheme: 'file', path: filePath(raw) }
    case 's3':
      return s3Location(raw)
    case 'onedrive':
      return oneDriveLocation(raw)
    case 'memory':
      return { scheme: 'memory', name: raw.slice('memory:'.length) }
    default:
      throw invalid(raw, texts.kind({ scheme }))
  }
}

/** The form shown to users and kept in settings; `parseLocation` reads it back. */
export function formatLocation(location: Location): string {
  switch (location.scheme) {
    case 'file':
      return location.path
    case 's3':
      return location.prefix === '' ? `s3://${location.bucket}` : `s3://${location.bucket}/${location.prefix}`
    case 'onedrive':
      return location.folder === ''
        ? `onedrive://${location.account}`
        : `onedrive://${location.account}/${location.folder}`
    case 'memory':
      return `memory:${location.name}`
  }
}

function filePath(raw: string): string {
  const [, host = '', path] = /^file:\/\/([^/]*)(\/.*)$/is.exec(raw) ?? []
  if (path === undefined || (host !== '' && host !== 'localhost')) {
    throw invalid(raw, texts.fileUrl)
  }
  return decode(raw, path.replace(/^\/([A-Za-z]:)/, '$1'))
}

function s3Location(raw: string): Location {
  const [, bucket = '', rest = ''] = /^s3:\/\/([^/]*)\/?(.*)$/is.exec(raw) ?? []
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw invalid(raw, texts.bucket)
  }
  if (rest.split('/').some((segment) => segment === '.' || segment === '..')) throw invalid(raw, texts.prefix)
  return { scheme: 's3', bucket, prefix: rest.replace(/^\/+|\/+$/g, '') }
}

/** True for what an account may be called: letters, digits, dots, dashes and underscores, at most 64. */
export function isAccountName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)
}

/** The folder is as it is shown, not percent-encoded. */
function oneDriveLocation(raw: string): Location {
  const [, account = '', rest = ''] = /^onedrive:\/\/([^/]*)\/?(.*)$/is.exec(raw) ?? []
  if (!isAccountName(account)) throw invalid(raw, texts.account)
  const folder = rest.replace(/^\/+|\/+$/g, '')
  const problem = relPathProblem(folder)
  if (problem !== undefined) throw invalid(raw, problem)
  return { scheme: 'onedrive', account, folder }
}

function decode(raw: string, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid(raw, texts.escape)
  }
}

function invalid(raw: string, why: Wording): TidekeepError {
  const shown = withoutSecrets(raw)
  return new TidekeepError({
    code: 'invalid',
    message: texts.refused({ location: JSON.stringify(shown), why }),
    fix: texts.refusedFix,
    path: shown,
  })
}

/** Addresses are pasted with what belongs to nobody else: a password before the host, a right in the query. */
function withoutSecrets(raw: string): string {
  return raw.replace(/:\/\/.*@/s, '://…@').replace(/^([a-z][a-z0-9+.-]*:\/\/[^?#]*[?#]).+$/is, '$1…')
}
