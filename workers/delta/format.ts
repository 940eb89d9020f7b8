import { blake3Hex } from '../hash/blake3.ts'
import { ROW_BYTES } from './shape.ts'

/** Layout of `.hssig` version 1, little endian; docs/formats/hssig.md is its description. */
export const MAGIC = new Uint8Array([0x54, 0x4b, 0x48, 0x53, 0x53, 0x49, 0x47, 0x0a])
export const VERSION = 1
export const HEADER_BYTES = 64
export const CHECKSUM_BYTES = 32
/** Two lengths, before the texts of a binding. */
export const BINDING_FIXED_BYTES = 4
/** Of the ETag and of the version id, each. */
export const MAX_BINDING_TEXT_BYTES = 1024

export const OFFSETS = {
  version: 8,
  kind: 10,
  reserved: 11,
  unitBytes: 12,
  sizeBytes: 16,
  rowCount: 24,
  groupCount: 28,
  contentHash: 32,
} as const

export const KIND_NUMBERS = { fixed: 1, chunks: 2 } as const

/** What a header says. `unitBytes`: block size, or average of the chunks. */
export interface Header {
  readonly kind: keyof typeof KIND_NUMBERS
  readonly unitBytes: number
  readonly sizeBytes: number
  /** Blocks or chunks. */
  readonly rowCount: number
  readonly groupCount: number
  /** BLAKE3 hex of the whole file. */
  readonly contentHash: string
}

/** Length of header and rows. */
export function bodyEnd({ rowCount, groupCount }: Pick<Header, 'rowCount' | 'groupCount'>): number {
  return HEADER_BYTES + (rowCount + groupCount) * ROW_BYTES
}

/** A complete signature that is bound to nothing, from its header and its rows in order. */
export function encodeUnbound(header: Header, rows: readonly Uint8Array[]): Uint8Array {
  const end = bodyEnd(header)
  const bytes = new Uint8Array(end + BINDING_FIXED_BYTES + CHECKSUM_BYTES)
  const view = new DataView(bytes.buffer)
  bytes.set(MAGIC)
  view.setUint16(OFFSETS.version, VERSION, true)
  view.setUint8(OFFSETS.kind, KIND_NUMBERS[header.kind])
  view.setUint32(OFFSETS.unitBytes, header.unitBytes, true)
  view.setBigUint64(OFFSETS.sizeBytes, BigInt(header.sizeBytes), true)
  view.setUint32(OFFSETS.rowCount, header.rowCount, true)
  view.setUint32(OFFSETS.groupCount, header.groupCount, true)
  bytes.set(Buffer.from(header.contentHash, 'hex'), OFFSETS.contentHash)
  let at = HEADER_BYTES
  for (const part of rows) {
    bytes.set(part, at)
    at += part.length
  }
  seal(bytes)
  return bytes
}

/** Writes the checksum of all that is before it into the last bytes. */
export function seal(bytes: Uint8Array): void {
  bytes.set(checksumOf(bytes), bytes.length - CHECKSUM_BYTES)
}

/** BLAKE3 of everything but the last 32 bytes. */
export function checksumOf(bytes: Uint8Array): Uint8Array {
  return Buffer.from(blake3Hex(bytes.subarray(0, bytes.length - CHECKSUM_BYTES)), 'hex')
}
