import { blake3Short } from '../hash/blake3.ts'
import { Rows } from './rows.ts'
import { longestGroup, ROW_BYTES } from './shape.ts'

/**
 * Past this, groups are kept whole and their chunks left out: content that is cut far finer than
 * usual costs later matches some precision, and never more room than a signature may take.
 */
const CROWDED_BYTES = 20 * 1024 * 1024

/** Collects the chunks of a file in order, and makes the groups that they are found by. */
export class ChunkRows {
  readonly chunks = new Rows()
  readonly groups = new Rows()
  readonly #read: (from: number, to: number) => Uint8Array
  readonly #longestGroup: number
  readonly #mostChunks: number
  readonly #hash = new Uint32Array(4)
  #openChunks = 0
  #openBytes = 0

  /** `read` gives the bytes between two addresses, as far back as `openBytes` before the last chunk's end. */
  constructor(read: (from: number, to: number) => Uint8Array, { averageBytes, mostChunks }: GroupLimits) {
    this.#read = read
    this.#longestGroup = longestGroup(averageBytes)
    this.#mostChunks = mostChunks
  }

  /** Bytes of the group that is not closed yet: they are read again when it is. */
  get openBytes(): number {
    return this.#openBytes
  }

  /** No room is left for chunks on their own. */
  get isCrowded(): boolean {
    return (this.chunks.count + this.groups.count) * ROW_BYTES > CROWDED_BYTES
  }

  /** Appends a chunk that ends at address `end`. */
  add(end: number, length: number, hash: Uint32Array): void {
    if (this.#openBytes + length > this.#longestGroup) this.close(end - length)
    this.chunks.push(length, hash)
    this.#openChunks++
    this.#openBytes += length
    if (this.#openChunks >= this.#mostChunks && !this.isCrowded) this.close(end)
  }

  /** Ends the open group, if there is one; its last chunk ended at address `end`. */
  close(end: number): void {
    if (this.#openChunks === 0) return
    blake3Short(this.#read(end - this.#openBytes, end), this.#hash)
    if (this.isCrowded) {
      this.chunks.truncate(this.chunks.count - this.#openChunks)
      this.chunks.push(this.#openBytes, this.#hash)
      this.#openChunks = 1
    }
    this.groups.push(this.#openChunks, this.#hash)
    this.#openChunks = 0
    this.#openBytes = 0
  }

  /** Appends a whole group with its chunks, as another signature has them. The open group has to be closed. */
  appendGroup(rows: { readonly chunks: Uint32Array; readonly groups: Uint32Array }, group: GroupPlace): void {
    this.chunks.append(rows.chunks, group.firstChunk, group.chunkCount)
    this.groups.append(rows.groups, group.index, 1)
  }
}

/** When a group is full. */
export interface GroupLimits {
  readonly averageBytes: number
  readonly mostChunks: number
}

/** Where a group is among the rows of a signature. */
export interface GroupPlace {
  readonly index: number
  readonly firstChunk: number
  readonly chunkCount: number
}
