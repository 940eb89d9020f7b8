import { blake3Short } from '../hash/blake3.ts'
import { ChunkIndex, rowHasHash } from './chunk-index.ts'
import { ChunkRows } from './chunk-rows.ts'
import { giveBackKernel, takeKernel, GEAR_REACH_BYTES, KERNEL_FREE_AT, type Kernel } from './kernel/kernel.ts'
import { PIECE_BYTES, type Matcher, type NewRows } from './matcher.ts'
import { Runs } from './runs.ts'
import { longestChunk, longestGroup, ROW_WORDS } from './shape.ts'
import type { Signature } from './signature.ts'
import { Window } from './window.ts'

type ChunkSignature = Extract<Signature, { kind: 'chunks' }>

/** More than a signature is first made with: a group with an insert in it stays one. */
const MOST_GROUP_CHUNKS = 48
/** So many old chunks from the lost one on, and from where an overwrite would go on, may come next. */
const NEXT_CHUNKS = 8
const OPPOSITE_CHUNKS = 3
/** After so much that is new, those from the lost one on are found by cutting alone. */
const MOST_NEXT_BYTES = 4 * 1024 * 1024
/** Places to look for them are this far apart at least: periodic content has one at every period. */
const LEAST_STRIDE_BYTES = 256
/** Comparisons that may fail, and how many chunks are searched for one more: hostile content must not make it slow. */
const FREE_FAILURES = 64
const CHUNKS_PER_FAILURE = 2

/**
 * "Follow, then cut". While the file goes on as the old one did, whole groups are hashed and compared,
 * and nothing is cut. Where a group differs its chunks are compared, and from the first that differs
 * on the file is cut by content, until a chunk is known; then it is followed from there.
 */
export class ChunkMatcher implements Matcher {
  readonly window: Window
  readonly runs = new Runs()
  readonly #kernel: Kernel
  readonly #old: ChunkSignature
  readonly #index: ChunkIndex
  readonly #rows: ChunkRows
  readonly #hash = new Uint32Array(4)
  readonly #longest: number
  /** How much of the file is settled. */
  #settledBytes = 0
  /** The old chunk that comes next while in step, where it begins, and its group. */
  #isInStep = true
  #next = 0
  #nextStart = 0
  #nextGroup = 0
  /** How far the file was ahead of the old content where the step was lost, and what was done since the beginning to find it. */
  #shift = 0
  #searchedBytes = 0
  #searchedBefore = 0
  #failures = 0

  constructor(old: ChunkSignature) {
    const { averageBytes } = old
    this.#longest = longestChunk(averageBytes)
    const carryBytes = longestGroup(averageBytes) + Math.max(longestGroup(averageBytes), 2 * this.#longest) + 256
    this.#kernel = takeKernel(carryBytes + PIECE_BYTES)
    this.window = new Window(this.#kernel.bytes, KERNEL_FREE_AT, { carryBytes, pieceBytes: PIECE_BYTES })
    this.#old = old
    this.#index = new ChunkIndex(old)
    const limits = { averageBytes, mostChunks: MOST_GROUP_CHUNKS }
    this.#rows = new ChunkRows((from, to) => this.window.bytes(from, to), limits)
  }

  take(isLast: boolean): number {
    const { window } = this
    let at = window.addressOf(this.#settledBytes)
    while (at < window.end) {
      const after = this.#isInStep ? this.#follow(at, isLast) : this.#search(at, isLast)
      if (after === undefined) break
      at = after
    }
    if (isLast) this.#rows.close(at)
    this.#settledBytes = window.fileOffset(at)
    return Math.max(window.start, at - Math.max(this.#rows.openBytes, GEAR_REACH_BYTES))
  }

  close(): void {
    giveBackKernel(this.#kernel)
  }

  get rows(): NewRows {
    const { chunks, groups } = this.#rows
    return { rowCount: chunks.count, groupCount: groups.count, parts: [...chunks.parts, ...groups.parts] }
  }

  /** One step along the old content. Answers where it ended, `at` when the step is lost, undefined when more bytes are needed to tell. */
  #follow(at: number, isLast: boolean): number | undefined {
    const available = this.window.end - at
    if (this.#next === this.#index.chunkCount) return this.#lose(at)
    if (this.#old.groupChunks[this.#nextGroup] === this.#next) {
      const length = this.#old.groupStarts[this.#nextGroup + 1]! - this.#nextStart
      if (available < length && !isLast) return undefined
      if (available >= length && this.#isGroup(at, length)) return this.#copyGroup(at, length)
    }
    const length = this.#index.lengthOf(this.#next)
    if (available < length && !isLast) return undefined
    if (available < length || !this.#isChunk(this.#next, at, length)) return this.#lose(at)
    return this.#copyNext(at, length)
  }

  /** One step through unknown content, with answers as `follow`. */
  #search(at: number, isLast: boolean): number | undefined {
    const { window } = this
    if (!isLast && window.end - at < 2 * this.#longest) return undefined
    const end = this.#kernel.chunkEnd(at, window.end, this.#old.averageBytes, this.#longest)
    const gap = this.#kernel.gapAt(at, window.end, this.#old.averageBytes)
    for (let place = at; place !== 0;) {
      const chunk = this.#findNext(place, isLast)
      if (chunk !== -1) {
        this.#resume(chunk)
        return place === at ? at : this.#addLiteral(at, place)
      }
      const from = place + LEAST_STRIDE_BYTES
      place = from < end ? this.#kernel.nextCut(window.start, from, end - 1, gap) : 0
    }
    blake3Short(window.bytes(at, end), this.#hash)
    const known = this.#findKnown(at, end)
    if (known === -1) return this.#addLiteral(at, end)
    this.#resume(known)
    return this.#copyNext(at, end - at)
  }

  /** The old chunk that begins at a place where a chunk can begin, of those that may come next; -1 for none. */
  #findNext(place: number, isLast: boolean): number {
    const opposite = this.#opposite(place)
    const isNear = this.#searchedBytes - this.#searchedBefore < MOST_NEXT_BYTES
    const near = isNear ? Math.min(this.#next + NEXT_CHUNKS, this.#index.chunkCount) : this.#next
    for (let chunk = this.#next; chunk < near; chunk++) if (this.#isNext(chunk, place, isLast)) return chunk
    const far = Math.min(opposite + OPPOSITE_CHUNKS, this.#index.chunkCount)
    for (let chunk = opposite; chunk < far; chunk++) {
      if ((chunk < this.#next || chunk >= near) && this.#isNext(chunk, place, isLast)) return chunk
    }
    return -1
  }

  /** Tells by the cut at its end, which costs nothing, before it hashes. */
  #isNext(chunk: number, place: number, isLast: boolean): boolean {
    const { window } = this
    const length = this.#index.lengthOf(chunk)
    const end = place + length
    if (end > window.end) return false
    const mayEnd =
      length >= this.#longest ||
      (isLast && end === window.end) ||
      this.#kernel.isCut(window.start, end, this.#finestGap) === 1
    const chunksSearched = this.#searchedBytes / this.#old.averageBytes
    if (!mayEnd || this.#failures > FREE_FAILURES + chunksSearched / CHUNKS_PER_FAILURE) return false
    if (this.#isChunk(chunk, place, length)) return true
    this.#failures++
    return false
  }

  /** The old chunk with the hash that was just made: where an overwrite would go on, or else anywhere. */
  #findKnown(at: number, end: number): number {
    const opposite = this.#opposite(at)
    const isOpposite =
      opposite < this.#index.chunkCount &&
      this.#index.lengthOf(opposite) === end - at &&
      this.#index.hasHash(opposite, this.#hash)
    return isOpposite ? opposite : this.#index.find(this.#hash, end - at, opposite)
  }

  /** The first old chunk from there on where the old content would be, had the file not been shifted since the step was lost. */
  #opposite(at: number): number {
    return this.#index.firstFrom(this.window.fileOffset(at) - this.#shift)
  }

  get #finestGap(): number {
    return this.#old.averageBytes >> 3
  }

  #isGroup(at: number, length: number): boolean {
    blake3Short(this.window.bytes(at, at + length), this.#hash)
    return rowHasHash(this.#old.groups, this.#nextGroup, this.#hash)
  }

  #isChunk(chunk: number, at: number, length: number): boolean {
    blake3Short(this.window.bytes(at, at + length), this.#hash)
    return this.#index.hasHash(chunk, this.#hash)
  }

  #lose(at: number): number {
    this.#isInStep = false
    this.#searchedBefore = this.#searchedBytes
    this.#shift = this.window.fileOffset(at) - this.#nextStart
    return at
  }

  #resume(chunk: number): void {
    this.#isInStep = true
    this.#next = chunk
    this.#nextStart = this.#index.startOf(chunk)
    this.#nextGroup = this.#index.groupOf(chunk)
  }

  #copyGroup(at: number, length: number): number {
    const index = this.#nextGroup
    const firstChunk = this.#next
    const chunkCount = this.#old.groupChunks[index + 1]! - firstChunk
    this.runs.addCopy(this.window.fileOffset(at), length, this.#nextStart)
    if (this.#rows.isCrowded) this.#copyChunks(at, firstChunk, chunkCount)
    else {
      this.#rows.close(at)
      this.#rows.appendGroup(this.#old, { index, firstChunk, chunkCount })
    }
    this.#next += chunkCount
    this.#nextStart += length
    this.#nextGroup++
    return at + length
  }

  #copyChunks(at: number, firstChunk: number, chunkCount: number): void {
    let end = at
    for (let chunk = firstChunk; chunk < firstChunk + chunkCount; chunk++) {
      const row = chunk * ROW_WORDS
      end += this.#index.lengthOf(chunk)
      this.#rows.add(end, this.#index.lengthOf(chunk), this.#old.chunks.subarray(row + 1, row + ROW_WORDS))
    }
  }

  /** Takes the next chunk, whose hash was just made. */
  #copyNext(at: number, length: number): number {
    this.runs.addCopy(this.window.fileOffset(at), length, this.#nextStart)
    this.#rows.add(at + length, length, this.#hash)
    this.#next++
    this.#nextStart += length
    if (this.#next === this.#old.groupChunks[this.#nextGroup + 1]) this.#nextGroup++
    return at + length
  }

  #addLiteral(at: number, end: number): number {
    blake3Short(this.window.bytes(at, end), this.#hash)
    this.runs.addLiteral(this.window.fileOffset(at), end - at)
    this.#rows.add(end, end - at, this.#hash)
    this.#searchedBytes += end - at
    return end
  }
}
