import { ROW_WORDS } from './shape.ts'
import type { Signature } from './signature.ts'

type ChunkSignature = Extract<Signature, { kind: 'chunks' }>

/** Of chunks whose hashes begin with the same word, so many are kept: more of them cost time and find nothing better. */
const MOST_CANDIDATES = 8
/** A search ends after so many slots, however the hashes were chosen. */
const MOST_PROBES = 64

/** Finds the chunks of a signature by their hash, and by where they lie. */
export class ChunkIndex {
  readonly #chunks: Uint32Array
  readonly #groupStarts: Float64Array
  readonly #groupChunks: Uint32Array
  readonly #mask: number
  /** Made when first needed: a file that goes on as it was needs none. */
  #slots: Int32Array | undefined
  readonly chunkCount: number

  constructor({ chunks, groupStarts, groupChunks }: ChunkSignature) {
    this.#chunks = chunks
    this.#groupStarts = groupStarts
    this.#groupChunks = groupChunks
    this.chunkCount = chunks.length / ROW_WORDS
    this.#mask = 2 ** Math.ceil(Math.log2(Math.max(16, this.chunkCount * 1.5))) - 1
  }

  /** Bytes of a chunk. */
  lengthOf(chunk: number): number {
    return this.#chunks[chunk * ROW_WORDS]!
  }

  /** True when the chunk has this hash. */
  hasHash(chunk: number, hash: Uint32Array): boolean {
    return rowHasHash(this.#chunks, chunk, hash)
  }

  /** The chunk with this hash and length: the first from `expected` on, or else the first of all; -1 when there is none. */
  find(hash: Uint32Array, length: number, expected: number): number {
    const slots = (this.#slots ??= this.#fillSlots())
    let first = -1
    for (let probe = 0, slot = hash[0]! & this.#mask; probe < MOST_PROBES; probe++, slot = (slot + 1) & this.#mask) {
      const chunk = slots[slot]! - 1
      if (chunk < 0) break
      if (!this.hasHash(chunk, hash) || this.lengthOf(chunk) !== length) continue
      if (chunk >= expected) return chunk
      if (first === -1) first = chunk
    }
    return first
  }

  /** The group that a chunk belongs to. */
  groupOf(chunk: number): number {
    return lastNotAfter(this.#groupChunks, chunk)
  }

  /** Where a chunk begins. */
  startOf(chunk: number): number {
    const group = this.groupOf(chunk)
    let start = this.#groupStarts[group]!
    for (let before = this.#groupChunks[group]!; before < chunk; before++) start += this.lengthOf(before)
    return start
  }

  /** The first chunk that begins at `offset` or after it; the number of chunks when there is none. */
  firstFrom(offset: number): number {
    if (offset <= 0) return 0
    const group = lastNotAfter(this.#groupStarts, offset)
    let chunk = this.#groupChunks[group]!
    for (let start = this.#groupStarts[group]!; start < offset && chunk < this.chunkCount; chunk++) {
      start += this.lengthOf(chunk)
    }
    return chunk
  }

  #fillSlots(): Int32Array {
    const slots = new Int32Array(this.#mask + 1)
    for (let chunk = 0; chunk < this.chunkCount; chunk++) this.#insert(slots, chunk)
    return slots
  }

  #insert(slots: Int32Array, chunk: number): void {
    const word = this.#chunks[chunk * ROW_WORDS + 1]!
    let equal = 0
    for (let probe = 0, slot = word & this.#mask; probe < MOST_PROBES; probe++, slot = (slot + 1) & this.#mask) {
      const other = slots[slot]! - 1
      if (other < 0) {
        slots[slot] = chunk + 1
        return
      }
      if (this.#chunks[other * ROW_WORDS + 1] === word && ++equal === MOST_CANDIDATES) return
    }
  }
}

/** True when the row has this hash. */
export function rowHasHash(rows: Uint32Array, row: number, hash: Uint32Array): boolean {
  const at = row * ROW_WORDS
  return rows[at + 1] === hash[0] && rows[at + 2] === hash[1] && rows[at + 3] === hash[2] && rows[at + 4] === hash[3]
}

/** In ascending numbers that begin at or below `wanted`, the place of the last that is not above it. The final one, an end, is never meant. */
function lastNotAfter(ascending: Uint32Array | Float64Array, wanted: number): number {
  let low = 0
  let high = ascending.length - 2
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (ascending[middle]! <= wanted) low = middle
    else high = middle - 1
  }
  return low
}
