import type { Author, Checksum, Entry, RelPath } from '../../../common/model.ts'
import { senseless } from './errors.ts'
import { onedriveFailureTexts } from './onedrive-failure-texts.ts'

/** Finest time a drive of any kind keeps; personal ones keep more for some accounts, which is not relied on. */
export const MTIME_STEP_NS = 1_000_000_000n
const STEPS_MS = 1000
/** Of a person or a device; longer ones are cut. */
const MAX_NAME_CHARS = 100
/** What a Graph date can say. */
const EARLIEST_MS = Date.UTC(1601, 0, 1)
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59)

/** What this provider reads of Graph's driveItem. https://learn.microsoft.com/graph/api/resources/driveitem */
export interface DriveItem {
  readonly id: string
  /** Empty where Graph leaves it out: of what was deleted. */
  readonly name: string
  /** `other`: notebooks, and shortcuts to what others share. */
  readonly kind: 'file' | 'directory' | 'other'
  readonly sizeBytes: number
  readonly etag: string | undefined
  readonly mtimeNs: bigint
  /** When anything of it last changed, and when it came to be, by the drive's clock; milliseconds since the epoch. */
  readonly storedAtMs: number | undefined
  readonly createdMs: number | undefined
  readonly parentId: string | undefined
  readonly isDeleted: boolean
  readonly childCount: number
  /** Lower-case hex. */
  readonly quickXor: string | undefined
  readonly sha1: string | undefined
  /** A secret: whoever has it can read the file. */
  readonly downloadUrl: string | undefined
  /** As the drive tells of it with every item. */
  readonly changedBy: Author | undefined
}

/** Reads one item. Throws `corrupt` for what cannot be one. `about` is the path for the message. */
export function parseItem(json: unknown, about: string): DriveItem {
  const item = asObject(json)
  const id = asText(item?.['id'])
  if (item === undefined || id === undefined || id === '')
    throw senseless(about, onedriveFailureTexts.nonsense.notAnItem)
  const size = item['size'] ?? 0
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw senseless(about, onedriveFailureTexts.nonsense.sizeIsNoNumber)
  const hashes = asObject(asObject(item['file'])?.['hashes'])
  return {
    id,
    name: asText(item['name']) ?? '',
    kind: kindOf(item),
    sizeBytes: size,
    etag: asText(item['eTag']),
    mtimeNs: mtimeOf(item),
    storedAtMs: timeMs(item['lastModifiedDateTime']),
    createdMs: timeMs(item['createdDateTime']),
    parentId: asText(asObject(item['parentReference'])?.['id']),
    isDeleted: item['deleted'] !== undefined && item['deleted'] !== null,
    childCount: asCount(asObject(item['folder'])?.['childCount']),
    quickXor: quickXorOf(asText(hashes?.['quickXorHash'])),
    sha1: asText(hashes?.['sha1Hash'])?.toLowerCase(),
    downloadUrl: asText(item['@microsoft.graph.downloadUrl']),
    changedBy: authorOf(asObject(item['lastModifiedBy'])),
  }
}

/** The entry of an item that is at `path`. Directories have no etag: one says nothing of what is below. */
export function toEntry(path: RelPath, item: DriveItem): Entry {
  if (item.kind !== 'file')
    return { path, kind: item.kind === 'other' ? 'special' : 'directory', size: 0, mtimeNs: item.mtimeNs }
  return {
    path,
    kind: 'file',
    size: item.sizeBytes,
    mtimeNs: item.mtimeNs,
    ...(item.etag === undefined ? {} : { etag: item.etag }),
    ...(item.quickXor === undefined ? {} : { checksums: [quickXorChecksum(item.quickXor)] }),
    ...(item.changedBy === undefined ? {} : { changedBy: item.changedBy }),
    ...(item.storedAtMs === undefined ? {} : { storedAtMs: item.storedAtMs }),
  }
}

/** Who is named by an identitySet; undefined where nobody is. https://learn.microsoft.com/graph/api/resources/identityset */
export function authorOf(identities: Record<string, unknown> | undefined): Author | undefined {
  const [user, device, program] = (['user', 'device', 'application'] as const).map((kind) =>
    nameOf(asObject(identities?.[kind])),
  )
  if (user === undefined && device === undefined && program === undefined) return undefined
  return {
    ...(user === undefined ? {} : { user }),
    ...(device === undefined ? {} : { device }),
    ...(program === undefined ? {} : { program }),
  }
}

/** Accounts without a name are known by their address. */
function nameOf(identity: Record<string, unknown> | undefined): string | undefined {
  const name = asText(identity?.['displayName']) || asText(identity?.['email'])
  return name === undefined || name === '' ? undefined : name.slice(0, MAX_NAME_CHARS).toWellFormed()
}

export function quickXorChecksum(value: string): Checksum {
  return { algorithm: 'quickxor', value }
}

/** The writable times of an item, to the second, inside what a Graph date can say. */
export function toFileSystemInfo(mtimeNs: bigint): { readonly lastModifiedDateTime: string } {
  const wholeMs = Number(floorToStep(mtimeNs) / 1_000_000n)
  const ms = Math.min(LATEST_MS, Math.max(EARLIEST_MS, wholeMs))
  return { lastModifiedDateTime: new Date(ms).toISOString().replace('.000Z', 'Z') }
}

/** True where an item carries that time, as far as it is kept. */
export function carriesMtime({ mtimeNs }: DriveItem, wantedNs: bigint): boolean {
  return toFileSystemInfo(mtimeNs).lastModifiedDateTime === toFileSystemInfo(wantedNs).lastModifiedDateTime
}

function kindOf(item: Record<string, unknown>): DriveItem['kind'] {
  if (item['package'] !== undefined || item['remoteItem'] !== undefined) return 'other'
  if (item['folder'] !== undefined || item['root'] !== undefined) return 'directory'
  return item['file'] === undefined ? 'other' : 'file'
}

function mtimeOf(item: Record<string, unknown>): bigint {
  const told =
    asText(asObject(item['fileSystemInfo'])?.['lastModifiedDateTime']) ?? asText(item['lastModifiedDateTime'])
  const ms = Date.parse(told ?? '')
  return Number.isNaN(ms) ? 0n : BigInt(Math.floor(ms / STEPS_MS) * STEPS_MS) * 1_000_000n
}

/** Undefined for what is no date. */
export function timeMs(told: unknown): number | undefined {
  const ms = Date.parse(asText(told) ?? '')
  return Number.isNaN(ms) ? undefined : ms
}

function floorToStep(timeNs: bigint): bigint {
  const rest = timeNs % MTIME_STEP_NS
  return timeNs - (rest < 0n ? rest + MTIME_STEP_NS : rest)
}

/** Graph tells Base64 of 20 bytes; anything else counts as not told. */
export function quickXorOf(base64: string | undefined): string | undefined {
  if (base64 === undefined) return undefined
  const bytes = Buffer.from(base64, 'base64')
  return bytes.length === 20 ? bytes.toString('hex') : undefined
}

/** Undefined for what is none. */
export function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

/** Undefined for what is none. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function asCount(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0
}
