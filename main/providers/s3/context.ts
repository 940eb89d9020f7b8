import type { Precondition, RelPath } from '../../../common/model.ts'
import { isReserved } from '../../../common/paths.ts'
import type { S3Options } from '../../../common/settings.ts'
import type { Pool } from '../../../workers/tasks.ts'
import type { Host } from '../../host.ts'
import type { UploadSessions } from '../registry.ts'
import type { Abilities } from './abilities.ts'
import type { OwnWrites } from './own-writes.ts'
import { toDeviceHeaders } from './metadata.ts'
import { MAX_PART_BYTES, MAX_PARTS, MIN_PART_BYTES } from './part-plan.ts'
import type { PathTurns } from './path-turns.ts'
import type { StoreClient } from './store-client.ts'

/** Sizes that decide which way content takes. Tests lower them. */
export interface Tuning {
  /** Contents up to this go out in one PUT. */
  readonly singlePutBytes: number
  /** Smallest part of a multipart upload. */
  readonly partBytes: number
  /** Content bytes of one multipart upload held in memory. */
  readonly bufferBytes: number
  /** Parts of one upload on their way at once. */
  readonly partsInFlight: number
  /** Largest object one copy request takes; above it, and as range of a part, multipart copy. */
  readonly copyBytes: number
  /** Copied ranges are cut to this where the number of parts allows: a store is silent while it copies, and silence has a deadline. */
  readonly copyPartBytes: number
  /** Parts of one upload the store copies at once. */
  readonly copiesInFlight: number
  /** What the store demands of parts: every one but the last, any, and how many. */
  readonly minPartBytes: number
  readonly maxPartBytes: number
  readonly maxParts: number
}

const MIB = 1024 ** 2

/** Longest key that stores take, UTF-8 bytes. */
export const MAX_KEY_BYTES = 1024

export const DEFAULT_TUNING: Tuning = {
  singlePutBytes: 16 * MIB,
  partBytes: 10 * MIB,
  bufferBytes: 40 * MIB,
  partsInFlight: 4,
  copyBytes: 5 * 1024 * MIB,
  copyPartBytes: 1024 * MIB,
  copiesInFlight: 8,
  minPartBytes: MIN_PART_BYTES,
  maxPartBytes: MAX_PART_BYTES,
  maxParts: MAX_PARTS,
}

/** What the parts of this provider share. */
export interface S3Context {
  readonly client: StoreClient
  readonly abilities: Abilities
  readonly host: Host
  readonly pool: Pool
  readonly sessions: UploadSessions
  /** Whether `sessions` outlive this process. */
  readonly isResumable: boolean
  readonly ownWrites: OwnWrites
  readonly turns: PathTurns
  readonly options: S3Options
  /** What the store is told of this computer with what it sends; undefined: nothing. */
  readonly deviceName: () => string | undefined
  readonly tuning: Tuning
  readonly location: string
  /** Object key of a path. */
  readonly keyOf: (path: RelPath) => string
}

/** Headers for a precondition; none where it was looked up before (`enforced` false). */
export function conditionHeaders(expect: Precondition, enforced: boolean): Record<string, string> {
  if (!enforced || expect.kind === 'any') return {}
  return expect.kind === 'absent' ? { 'if-none-match': '*' } : { 'if-match': expect.etag }
}

/**
 * The storage class a new object gets: the folder's, but for what Tidekeep keeps for itself. That is
 * small, often replaced and has to be readable at once, which colder classes charge for or refuse.
 */
export function storageClassHeaders(options: S3Options, path: RelPath): Record<string, string> {
  if (options.storageClass === undefined || isReserved(path)) return {}
  return { 'x-amz-storage-class': options.storageClass }
}

/** Which computer content comes from. What Tidekeep keeps for itself is nobody's work. */
export function deviceHeaders({ deviceName }: Pick<S3Context, 'deviceName'>, path: RelPath): Record<string, string> {
  return isReserved(path) ? {} : toDeviceHeaders(deviceName())
}
