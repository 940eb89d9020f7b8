import { TidekeepError } from '../../common/errors.ts'
import {
  BINDING_FIXED_BYTES,
  bodyEnd,
  CHECKSUM_BYTES,
  checksumOf,
  HEADER_BYTES,
  KIND_NUMBERS,
  MAGIC,
  MAX_BINDING_TEXT_BYTES,
  OFFSETS,
  seal,
  VERSION,
  type Header,
} from './format.ts'
import { AVERAGE_RANGE, BLOCK_RANGE, longestGroup, MAX_READ_BYTES, ROW_BYTES, ROW_WORDS } from './shape.ts'
import type { Wording } from '../../common/messages/wording.ts'
import { threadWordings } from '../thread-wordings.ts'

const damage = threadWordings.delta

/** The object of a target that a signature is of. */
export interface Binding {
  readonly etag: string
  readonly versionId?: string
}

/**
 * A signature that was found sound: lengths and counts agree with each other and with the file's
 * size. That does not make it true. Rows are `ROW_WORDS` words each: for `fixed` a weak hash, for chunks a
 * length, for groups a number of chunks, and then 16 bytes of BLAKE3.
 */
export type Signature = { readonly sizeBytes: number; readonly contentHash: string } & (
  | { readonly kind: 'fixed'; readonly blockBytes: number; readonly blocks: Uint32Array }
  | {
      readonly kind: 'chunks'
      readonly averageBytes: number
      readonly chunks: Uint32Array
      readonly groups: Uint32Array
      /** Where each group begins in the file, and the end of the last. */
      readonly groupStarts: Float64Array
      /** Number of the first chunk of each group, and the number of chunks. */
      readonly groupChunks: Uint32Array
    }
)

/** Reads a signature from anywhere. Everything is checked before anything is allocated. Throws `corrupt`. */
export function readSignature(bytes: Uint8Array): Signature {
  const { header } = readFrame(bytes)
  const { sizeBytes, contentHash, unitBytes, rowCount, groupCount } = header
  const rows = wordsOf(bytes, HEADER_BYTES, rowCount * ROW_WORDS)
  if (header.kind === 'fixed') return { kind: 'fixed', sizeBytes, contentHash, blockBytes: unitBytes, blocks: rows }
  const groups = wordsOf(bytes, HEADER_BYTES + rowCount * ROW_BYTES, groupCount * ROW_WORDS)
  const chunks = { kind: 'chunks', averageBytes: unitBytes, chunks: rows, groups } as const
  return { sizeBytes, contentHash, ...chunks, ...placeGroups(header, rows, groups) }
}

/** What a signature is of. Throws `corrupt`. */
export function signatureBinding(bytes: Uint8Array): { readonly contentHash: string } & Partial<Binding> {
  const { header, binding } = readFrame(bytes)
  return { contentHash: header.contentHash, ...binding }
}

/** The same signature, of this object; a binding that is there is replaced. Throws `corrupt`, and `invalid` for texts no store has. */
export function bindSignature(signature: Uint8Array, { etag, versionId = '' }: Binding): Uint8Array {
  const { header } = readFrame(signature)
  const texts = [etag, versionId].map((text) => Buffer.from(text))
  if (etag === '' || texts.some((text) => text.length > MAX_BINDING_TEXT_BYTES)) {
    throw new TidekeepError({ code: 'invalid', message: damage.unbindable })
  }
  const end = bodyEnd(header)
  const [etagBytes, versionBytes] = texts as [Buffer, Buffer]
  const textsAt = end + BINDING_FIXED_BYTES
  const bound = new Uint8Array(textsAt + etagBytes.length + versionBytes.length + CHECKSUM_BYTES)
  bound.set(signature.subarray(0, end))
  const view = new DataView(bound.buffer)
  view.setUint16(end, etagBytes.length, true)
  view.setUint16(end + 2, versionBytes.length, true)
  bound.set(etagBytes, textsAt)
  bound.set(versionBytes, textsAt + etagBytes.length)
  seal(bound)
  return bound
}

/** Header and binding of a signature whose length, counts and checksum are right. */
function readFrame(bytes: Uint8Array): { readonly header: Header; readonly binding: Partial<Binding> } {
  if (bytes.length > MAX_READ_BYTES) throw corrupt(damage.tooLong)
  if (bytes.length < HEADER_BYTES + BINDING_FIXED_BYTES + CHECKSUM_BYTES) throw corrupt(damage.cutShort)
  const header = readHeader(bytes)
  const end = bodyEnd(header)
  const textsAt = end + BINDING_FIXED_BYTES
  const view = viewOf(bytes)
  if (textsAt + CHECKSUM_BYTES > bytes.length) throw corrupt(damage.cutShort)
  const etagBytes = view.getUint16(end, true)
  const versionBytes = view.getUint16(end + 2, true)
  if (Math.max(etagBytes, versionBytes) > MAX_BINDING_TEXT_BYTES) throw corrupt(damage.longBinding)
  if (textsAt + etagBytes + versionBytes + CHECKSUM_BYTES !== bytes.length) throw corrupt(damage.length)
  if (etagBytes === 0 && versionBytes > 0) throw corrupt(damage.boundToNothing)
  if (Buffer.compare(checksumOf(bytes), bytes.subarray(-CHECKSUM_BYTES)) !== 0) throw corrupt(damage.checksum)
  const etag = readText(bytes, textsAt, etagBytes)
  const versionId = readText(bytes, textsAt + etagBytes, versionBytes)
  const binding = { ...(etag === '' ? {} : { etag }), ...(versionId === '' ? {} : { versionId }) }
  return { header, binding }
}

function readHeader(bytes: Uint8Array): Header {
  const view = viewOf(bytes)
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) throw corrupt(damage.beginning)
  const version = view.getUint16(OFFSETS.version, true)
  if (version !== VERSION) throw corrupt(damage.version({ version }))
  const kindNumber = view.getUint8(OFFSETS.kind)
  const kind = kindNumber === KIND_NUMBERS.fixed ? 'fixed' : kindNumber === KIND_NUMBERS.chunks ? 'chunks' : undefined
  if (kind === undefined || view.getUint8(OFFSETS.reserved) !== 0) throw corrupt(damage.kind)
  const sizeBytes = Number(view.getBigUint64(OFFSETS.sizeBytes, true))
  if (!Number.isSafeInteger(sizeBytes)) throw corrupt(damage.size)
  const header = {
    kind,
    sizeBytes,
    unitBytes: view.getUint32(OFFSETS.unitBytes, true),
    rowCount: view.getUint32(OFFSETS.rowCount, true),
    groupCount: view.getUint32(OFFSETS.groupCount, true),
    contentHash: Buffer.from(bytes.subarray(OFFSETS.contentHash, HEADER_BYTES)).toString('hex'),
  } as const
  assertCounts(header)
  return header
}

/** What the size of the file says about the number of rows. */
function assertCounts({ kind, unitBytes, sizeBytes, rowCount, groupCount }: Header): void {
  const { least, most } = kind === 'fixed' ? BLOCK_RANGE : AVERAGE_RANGE
  if (unitBytes < least || unitBytes > most) throw corrupt(damage.unit)
  const isPossible =
    kind === 'fixed'
      ? groupCount === 0 && rowCount === Math.ceil(sizeBytes / unitBytes)
      : groupCount <= rowCount && rowCount <= sizeBytes && groupCount > 0 === sizeBytes > 0
  if (!isPossible) throw corrupt(damage.counts)
}

/** Every chunk belongs to one group, no group is longer than the limit, and together they are the file. */
function placeGroups(
  { unitBytes, sizeBytes, rowCount, groupCount }: Header,
  chunks: Uint32Array,
  groups: Uint32Array,
): { readonly groupStarts: Float64Array; readonly groupChunks: Uint32Array } {
  const most = longestGroup(unitBytes)
  const groupStarts = new Float64Array(groupCount + 1)
  const groupChunks = new Uint32Array(groupCount + 1)
  let chunk = 0
  for (let group = 0; group < groupCount; group++) {
    const count = groups[group * ROW_WORDS]!
    if (count === 0 || count > rowCount - chunk) throw corrupt(damage.groups)
    let bytes = 0
    for (const end = chunk + count; chunk < end; chunk++) {
      const length = chunks[chunk * ROW_WORDS]!
      bytes += length
      if (length === 0 || bytes > most) throw corrupt(damage.chunkLength)
    }
    groupStarts[group + 1] = groupStarts[group]! + bytes
    groupChunks[group + 1] = chunk
  }
  if (chunk !== rowCount || groupStarts[groupCount] !== sizeBytes) throw corrupt(damage.sum)
  return { groupStarts, groupChunks }
}

/** Words in place where that is possible, else a copy. */
function wordsOf(bytes: Uint8Array, at: number, count: number): Uint32Array {
  const from = bytes.byteOffset + at
  if (from % 4 === 0) return new Uint32Array(bytes.buffer, from, count)
  return new Uint32Array(bytes.slice(at, at + count * 4).buffer)
}

/** Texts have one form only, so that equal bindings are equal bytes. */
function readText(bytes: Uint8Array, at: number, length: number): string {
  const stored = Buffer.from(bytes.subarray(at, at + length))
  const text = stored.toString()
  if (Buffer.compare(Buffer.from(text), stored) !== 0) throw corrupt(damage.bindingText)
  return text
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function corrupt(why: Wording): TidekeepError {
  return new TidekeepError({ code: 'corrupt', message: damage.damaged({ why }), retry: { kind: 'never' } })
}
