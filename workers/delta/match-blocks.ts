import { blake3Short } from '../hash/blake3.ts'
import { BlockIndex, indexBytes } from './block-index.ts'
import { rowHasHash } from './chunk-index.ts'
import { giveBackKernel, takeKernel, KERNEL_FREE_AT, type Kernel } from './kernel/kernel.ts'
import { PIECE_BYTES, type Matcher, type NewRows } from './matcher.ts'
import { Rows } from './rows.ts'
import { Runs } from './runs.ts'
import { ROW_WORDS } from './shape.ts'
import type { Signature } from './signature.ts'
import { Window } from './window.ts'

type BlockSignature = Extract<Signature, { kind: 'fixed' }>

/**
 * The block that should come next is looked for by its strong hash alone; where the file differs, its
 * weak hash rolls on byte by byte until a block is known, which is then followed.
 */
export class BlockMatcher implements Matcher {
  readonly window: Window
  readonly runs = new Runs()
  readonly #kernel: Kernel
  readonly #old: BlockSignature
  readonly #index: BlockIndex
  readonly #rows = new Rows()
  readonly #hash = new Uint32Array(4)
  readonly #blockCount: number
  /** Of the block that is shorter than the others, at the end; 0 where there is none. */
  readonly #restBytes: number
  #settledBytes = 0
  #signedBytes = 0
  #isInStep = true
  #next = 0

  constructor(old: BlockSignature) {
    const { blockBytes, blocks, sizeBytes } = old
    const fullCount = Math.floor(sizeBytes / blockBytes)
    const windowBytes = 2 * blockBytes + PIECE_BYTES + 64
    this.#kernel = takeKernel(windowBytes + indexBytes(fullCount))
    this.window = new Window(this.#kernel.bytes, KERNEL_FREE_AT, {
      carryBytes: 2 * blockBytes,
      pieceBytes: PIECE_BYTES,
    })
    this.#index = new BlockIndex(this.#kernel, KERNEL_FREE_AT + windowBytes, { blocks, blockCount: fullCount })
    this.#old = old
    this.#blockCount = blocks.length / ROW_WORDS
    this.#restBytes = sizeBytes % blockBytes
  }

  take(isLast: boolean): number {
    const { window } = this
    let at = window.addressOf(this.#settledBytes)
    while (at < window.end) {
      const after = this.#isInStep ? this.#follow(at, isLast) : this.#search(at, isLast)
      if (after === undefined) break
      at = after
    }
    this.#settledBytes = window.fileOffset(at)
    this.#signUpTo(at)
    if (isLast && window.fileOffset(at) > this.#signedBytes) this.#sign(window.addressOf(this.#signedBytes), at)
    return Math.min(at, window.addressOf(this.#signedBytes))
  }

  close(): void {
    giveBackKernel(this.#kernel)
  }

  get rows(): NewRows {
    return { rowCount: this.#rows.count, groupCount: 0, parts: this.#rows.parts }
  }

  /** One block along the old content. Answers where it ended, `at` when the step is lost, undefined when more bytes are needed to tell. */
  #follow(at: number, isLast: boolean): number | undefined {
    const length = this.#lengthOf(this.#next)
    const available = this.window.end - at
    if (available < length && !isLast) return undefined
    if (length === 0 || available < length || !this.#isBlock(this.#next, at, length)) {
      this.#isInStep = false
      return at
    }
    return this.#copy(at, this.#next)
  }

  /** Through unknown bytes to the next known block, with answers as `follow`. */
  #search(at: number, isLast: boolean): number | undefined {
    const { blockBytes } = this.#old
    const last = this.window.end - blockBytes
    if (at > last) return isLast ? this.#finish(at) : undefined
    const place = this.#kernel.roll(at, last, blockBytes)
    if (place === 0) return this.#addLiteral(at, last + 1)
    blake3Short(this.window.bytes(place, place + blockBytes), this.#hash)
    const block = this.#index.find(this.#hash, this.#next)
    if (block === -1) return this.#addLiteral(at, place + 1)
    return this.#copy(this.#addLiteral(at, place), block)
  }

  /** Less than a block is left: it can still end as the old content did. */
  #finish(at: number): number {
    const { end } = this.window
    const rest = end - this.#restBytes
    const endsAlike = this.#restBytes > 0 && rest >= at && this.#isBlock(this.#blockCount - 1, rest, this.#restBytes)
    if (!endsAlike) return this.#addLiteral(at, end)
    return this.#copy(this.#addLiteral(at, rest), this.#blockCount - 1)
  }

  #lengthOf(block: number): number {
    if (block >= this.#blockCount) return 0
    return block === this.#blockCount - 1 && this.#restBytes > 0 ? this.#restBytes : this.#old.blockBytes
  }

  #isBlock(block: number, at: number, length: number): boolean {
    blake3Short(this.window.bytes(at, at + length), this.#hash)
    return rowHasHash(this.#old.blocks, block, this.#hash)
  }

  #copy(at: number, block: number): number {
    const { blockBytes, blocks } = this.#old
    const length = this.#lengthOf(block)
    const start = this.window.fileOffset(at)
    this.runs.addCopy(start, length, block * blockBytes)
    if (length === blockBytes && start % blockBytes === 0) {
      this.#signUpTo(at)
      this.#rows.append(blocks, block, 1)
      this.#signedBytes += length
    }
    this.#isInStep = true
    this.#next = block + 1
    return at + length
  }

  #addLiteral(at: number, end: number): number {
    this.runs.addLiteral(this.window.fileOffset(at), end - at)
    return end
  }

  /** Makes rows for the blocks of the new content that end at or before an address. */
  #signUpTo(end: number): void {
    const { blockBytes } = this.#old
    let at = this.window.addressOf(this.#signedBytes)
    for (; end - at >= blockBytes; at += blockBytes) this.#sign(at, at + blockBytes)
  }

  #sign(at: number, end: number): void {
    blake3Short(this.window.bytes(at, end), this.#hash)
    this.#rows.push(this.#kernel.weakHash(at, end - at), this.#hash)
    this.#signedBytes += end - at
  }
}
