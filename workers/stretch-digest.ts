import type { EntryColumns } from './entry-columns.ts'
import { createBlake3 } from './hash/blake3.ts'
import { DIRECTORY_FLAG, type WalkBatch } from './walk/batch.ts'
import { FILE_KIND } from './entry-columns.ts'

/**
 * Of a stretch that was walked: everything of its entries but the times of directories, which move with what is in them and are
 * never compared.
 */
export function digestOfWalk(batch: WalkBatch): string {
  const isDirectory = (at: number): boolean => (batch.modes[at]! & DIRECTORY_FLAG) !== 0
  const { modes, sizes, devices, inodes } = batch
  const times = [batch.mtimesNs, batch.ctimesNs].map((column) => without(column, isDirectory))
  return digestOf('walked', [batch.paths], [modes, sizes, ...times, devices, inodes])
}

/** Of a stretch that a target listed: what {@link EntryColumns} say of its entries but modes and when they were made; times and inodes of files alone. */
export function digestOfListing(columns: EntryColumns): string {
  const isNoFile = (at: number): boolean => columns.kinds[at] !== FILE_KIND
  const { paths, kinds, sizes } = columns
  const ofFiles = [columns.mtimesNs, columns.inodes, columns.ctimesNs].map((column) => without(column, isNoFile))
  return digestOf('listed', [paths], [kinds, sizes, ...ofFiles])
}

/** How long each part is stands before it, so that none passes for the next one's beginning. */
function digestOf(what: string, texts: readonly string[], columns: readonly ArrayBufferView[]): string {
  const parts = [
    ...texts.map((text) => Buffer.from(text)),
    ...columns.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  ]
  const hasher = createBlake3()
  hasher.update(Buffer.from(`${what} ${parts.map(({ length }) => length).join(' ')}\n`))
  for (const part of parts) hasher.update(part)
  return hasher.digestHex()
}

function without(column: BigInt64Array, isLeftOut: (at: number) => boolean): BigInt64Array {
  let copy: BigInt64Array | undefined
  for (let at = 0; at < column.length; at++) if (isLeftOut(at)) (copy ??= column.slice())[at] = 0n
  return copy ?? column
}
