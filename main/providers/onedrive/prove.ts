import type { RelPath } from '../../../common/model.ts'
import { findItem, type OneDriveContext } from './context.ts'
import type { ContentDigests } from './digests.ts'
import type { DriveItem } from './drive-item.ts'
import { readWhole } from './read.ts'

/** How an item compares with what was sent. `altered`: the drive writes into files of this kind, and did. */
export type Proof = 'checksum' | 'read-back' | 'altered' | 'damaged'

/** Files that SharePoint writes properties of their library into. */
const REWRITTEN =
  /\.(?:doc|dot|docx|docm|dotx|dotm|xls|xlt|xlsx|xlsm|xlsb|xltx|xltm|ppt|pot|pps|pptx|pptm|potx|potm|ppsx|ppsm|vsdx|vsdm|one|mpp|pub|htm|html|aspx)$/i
/** A digest may be late by a moment. */
const DIGEST_DELAYS_MS = [200, 1000]

/** What was sent, and where. */
export interface Sent {
  readonly path: RelPath
  readonly sizeBytes: number
  readonly digests: ContentDigests
  readonly signal: AbortSignal
}

/**
 * Holds an item against what was sent (I1): by QuickXorHash and size, by the SHA-1 of old personal
 * drives, or by reading it back where the drive tells no digest even after a moment.
 */
export async function prove(context: OneDriveContext, sent: Sent, item: DriveItem): Promise<Proof> {
  const { path, sizeBytes, signal } = sent
  if (sizeBytes === 0 && item.sizeBytes === 0) return 'checksum'
  let current = item
  for (const delayMs of DIGEST_DELAYS_MS) {
    if (comparison(current, sent) !== undefined) break
    await context.host.clock.sleep(delayMs, signal)
    const now = await findItem(context, path, signal)
    if (now?.etag !== item.etag) break
    current = now ?? current
  }
  const isEqual = comparison(current, sent)
  if (isEqual === true) return 'checksum'
  if (isEqual === undefined) {
    const found = await readWhole(context, path, { etag: item.etag, signal })
    if (found.blake3 === sent.digests.blake3) return 'read-back'
  }
  return (await isRewritten(context, sent)) ? 'altered' : 'damaged'
}

/** True for an item that has the digest of what was sent: this program's own work, whoever told of it (I4). */
export function isSameContent(item: DriveItem, sent: Sent): boolean {
  return item.kind === 'file' && comparison(item, sent) === true
}

/** Undefined where the drive tells no digest. Equal sizes alone prove nothing; different ones do. */
function comparison(item: DriveItem, { sizeBytes, digests }: Sent): boolean | undefined {
  if (item.sizeBytes !== sizeBytes) return false
  if (sizeBytes === 0) return true
  if (item.quickXor !== undefined) return item.quickXor === digests.quickXor
  if (item.sha1 !== undefined && digests.sha1 !== undefined) return item.sha1 === digests.sha1
  return undefined
}

async function isRewritten(context: OneDriveContext, { path, signal }: Sent): Promise<boolean> {
  const { kind } = await context.drive(signal)
  return kind !== 'personal' && REWRITTEN.test(path)
}
