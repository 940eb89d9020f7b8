import type { Author, Checksum, Entry, RelPath } from '../../../common/model.ts'
import type { Metadata } from '../provider.ts'

type Headers = Readonly<Record<string, string>>

const MTIME = 'x-amz-meta-mtime'
const MODE = 'x-amz-meta-mode'
const BLAKE3 = 'x-amz-meta-tidekeep-blake3'
const UPLOAD = 'x-amz-meta-tidekeep-upload'
/** See docs/formats/s3-metadata.md. */
const DEVICE = 'x-amz-meta-tidekeep-device'
/** Of its value, as it is on the wire. */
const MAX_DEVICE_CHARS = 300
const NS_PER_SECOND = 1_000_000_000n

/** Attributes as headers: mtime as rclone keeps it, mode in octal, and the content's BLAKE3. */
export function toMetadataHeaders(metadata: Metadata, contentHash: string | undefined): Record<string, string> {
  return {
    [MTIME]: formatMtime(metadata.mtimeNs),
    ...(metadata.mode === undefined ? {} : { [MODE]: (metadata.mode & 0o777).toString(8) }),
    ...(contentHash === undefined ? {} : { [BLAKE3]: contentHash }),
  }
}

/** Says of content whose BLAKE3 is not known when its upload begins that Tidekeep sent it. */
export const UPLOAD_MARK: Readonly<Record<string, string>> = { [UPLOAD]: '1' }

/** Says which computer sent the content, in percent-encoded UTF-8; nothing where nothing is to be told. */
export function toDeviceHeaders(name: string | undefined): Record<string, string> {
  if (name === undefined || name === '') return {}
  const characters = Array.from(name.toWellFormed(), (character) => encodeURIComponent(character))
  while (characters.join('').length > MAX_DEVICE_CHARS) characters.pop()
  return { [DEVICE]: characters.join('') }
}

/** What {@link toDeviceHeaders} said. Anyone who may write the object may have made it up. */
function authorOf(headers: Headers): Author | undefined {
  const value = headers[DEVICE]
  if (value === undefined || value === '' || value.length > MAX_DEVICE_CHARS) return undefined
  try {
    return { device: decodeURIComponent(value) }
  } catch {
    return undefined
  }
}

/** True for what carries a mark of Tidekeep's. What it sent before there were marks carries none. */
export function isOurWriting(headers: Headers): boolean {
  return headers[UPLOAD] !== undefined || storedHash(headers).length > 0
}

/** Everything a HEAD or GET reply says of an object. `sizeBytes` wins over Content-Length. */
export function toEntry(path: RelPath, headers: Headers, sizeBytes = Number(headers['content-length'] ?? 0)): Entry {
  const mode = parseMode(headers[MODE])
  const checksums = [...storedHash(headers), ...storeChecksums(headers)]
  const changedBy = authorOf(headers)
  return {
    path,
    kind: 'file',
    size: sizeBytes,
    mtimeNs: mtimeOf(headers),
    ...(mode === undefined ? {} : { mode }),
    ...(headers['etag'] === undefined ? {} : { etag: headers['etag'] }),
    ...versionOf(headers),
    ...(checksums.length === 0 ? {} : { checksums }),
    ...(headers['x-amz-storage-class'] === undefined ? {} : { storageClass: headers['x-amz-storage-class'] }),
    ...thawOf(headers['x-amz-restore']),
    ...(changedBy === undefined ? {} : { changedBy }),
  }
}

/** `ongoing-request="true"`, or `"false"` with the date the copy lives to. */
function thawOf(text: string | undefined): Pick<Entry, 'thaw' | 'thawedUntilMs'> {
  if (text === undefined) return {}
  if (text.includes('ongoing-request="true"')) return { thaw: 'under-way' }
  const untilMs = Date.parse(/expiry-date="([^"]*)"/.exec(text)?.[1] ?? '')
  return { thaw: 'ready', ...(Number.isNaN(untilMs) ? {} : { thawedUntilMs: untilMs }) }
}

/** The version a reply names; "null" (versioning off or suspended) is none. */
export function versionOf(headers: Headers): { versionId?: string } {
  const versionId = headers['x-amz-version-id']
  return versionId === undefined || versionId === 'null' ? {} : { versionId }
}

/** Digests over the whole object that the store itself vouches for. Composite ones say nothing of the whole. */
export function storeChecksums(headers: Headers): readonly Checksum[] {
  if (headers['x-amz-checksum-type'] === 'COMPOSITE') return []
  return (['sha256', 'crc64nvme', 'crc32'] as const).flatMap((algorithm) => {
    const value = headers[`x-amz-checksum-${algorithm}`]
    return value === undefined || value.includes('-') ? [] : [{ algorithm, value: toHex(value) }]
  })
}

/** BLAKE3 as the uploader stored it: the uploader's word, not the store's. */
export function storedHash(headers: Headers): readonly Checksum[] {
  const value = headers[BLAKE3]
  return value !== undefined && /^[0-9a-f]{64}$/.test(value) ? [{ algorithm: 'blake3', value }] : []
}

/** True when an object carries exactly these attributes; tells our own write from somebody else's (I4). */
export function carriesMtime(headers: Headers, metadata: Metadata): boolean {
  return headers[MTIME] === formatMtime(metadata.mtimeNs)
}

const KEPT_HEADERS = [
  'content-type',
  'content-encoding',
  'content-disposition',
  'content-language',
  'cache-control',
  'expires',
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
]

/**
 * What a copy that replaces metadata must send again to keep everything but mtime and mode: other
 * programs' metadata, system headers and the storage class.
 */
export function rewrittenHeaders(headers: Headers, metadata: Metadata): Record<string, string> {
  return { ...keptHeaders(headers), ...toMetadataHeaders(metadata, storedHash(headers)[0]?.value) }
}

/** Everything a multipart copy must send again to keep an object as it is. */
export function keptHeaders(headers: Headers): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('x-amz-meta-') || KEPT_HEADERS.includes(name)) kept[name] = toAscii(value)
  }
  return kept
}

/** `1700000000.123456789`, the fraction as short as it can be; negative before 1970. */
export function formatMtime(mtimeNs: bigint): string {
  const sign = mtimeNs < 0n ? '-' : ''
  const absolute = mtimeNs < 0n ? -mtimeNs : mtimeNs
  const fraction = (absolute % NS_PER_SECOND).toString().padStart(9, '0').replace(/0+$/, '')
  return `${sign}${absolute / NS_PER_SECOND}${fraction === '' ? '' : `.${fraction}`}`
}

/** Undefined for anything that is not a sane decimal number. */
export function parseMtime(text: string | undefined): bigint | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,18}))?$/.exec(text ?? '')
  if (match === null) return undefined
  const absolute = BigInt(match[2]!) * NS_PER_SECOND + BigInt((match[3] ?? '').slice(0, 9).padEnd(9, '0'))
  return match[1] === '-' ? -absolute : absolute
}

function mtimeOf(headers: Headers): bigint {
  const own = parseMtime(headers[MTIME])
  if (own !== undefined) return own
  const lastModifiedMs = Date.parse(headers['last-modified'] ?? '')
  return Number.isNaN(lastModifiedMs) ? 0n : BigInt(lastModifiedMs) * 1_000_000n
}

function parseMode(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-7]{1,6}$/.test(text) ? Number.parseInt(text, 8) & 0o777 : undefined
}

/** The wire has checksums in base64, the model in hex. */
export function toHex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex')
}

/** The other way round. */
export function toBase64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}

/** Bytes beyond ASCII cannot be signed reliably: they go out percent-encoded. */
function toAscii(value: string): string {
  return value.replace(/[^\x20-\x7e]+/gu, encodeURIComponent)
}
