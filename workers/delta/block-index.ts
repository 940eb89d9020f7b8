import { rowHasHash } from './chunk-index.ts'
import type { Kernel } from './kernel/kernel.ts'
import { ROW_WORDS } from './shape.ts'

/** Of blocks with one weak hash, so many are kept. */
const MOST_CANDIDATES = 8
/** A weak hash that leads to nothing so often in a row is no longer looked for: each time costs a strong one. */
const MOST_FALSE_ALARMS = 64

const MAP_BYTES = 2 ** 20

/** Finds the blocks of a signature by their weak hash first; the table of those is in a kernel's memory. */
export class BlockIndex {
  readonly #kernel: Kernel
  readonly #blocks: Uint32Array
  /** By the first block of a weak hash and on: the next block with the same one, or -1. */
  readonly #nextSame: Int32Array
  readonly #falseAlarms: Uint8Array

  /** `blockCount` of the rows are looked for; the table lies at `at`, which takes `indexBytes`. */
  constructor(kernel: Kernel, at: number, { blocks, blockCount }: IndexedBlocks) {
    this.#kernel = kernel
    this.#blocks = blocks
    this.#nextSame = new Int32Array(blockCount).fill(-1)
    this.#falseAlarms = new Uint8Array(blockCount)
    kernel.bytes.fill(0, at, at + indexBytes(blockCount))
    kernel.useTables(at, at + MAP_BYTES, slotsFor(blockCount))
    for (let block = 0; block < blockCount; block++) {
      const first = kernel.addWeak(blocks[block * ROW_WORDS]!, block + 1) - 1
      if (first >= 0) this.#appendSame(first, block)
    }
  }

  /**
   * The block with this strong hash among those that `roll` stopped at: the first from `expected` on, or
   * else the first; -1 when it was a false alarm.
   */
  find(hash: Uint32Array, expected: number): number {
    const first = this.#kernel.found() - 1
    let found = -1
    for (let block = first; block !== -1; block = this.#nextSame[block]!) {
      if (!rowHasHash(this.#blocks, block, hash) || found >= expected) continue
      if (found === -1 || block >= expected) found = block
    }
    this.#falseAlarms[first] = found === -1 ? this.#falseAlarms[first]! + 1 : 0
    if (this.#falseAlarms[first] === MOST_FALSE_ALARMS) this.#kernel.dropWeak(this.#blocks[first * ROW_WORDS]!)
    return found
  }

  #appendSame(first: number, block: number): void {
    let last = first
    for (let count = 1; this.#nextSame[last] !== -1; count++) {
      if (count === MOST_CANDIDATES - 1) return
      last = this.#nextSame[last]!
    }
    this.#nextSame[last] = block
  }
}

/** Rows of blocks, and how many of them have the full length. */
export interface IndexedBlocks {
  readonly blocks: Uint32Array
  readonly blockCount: number
}

/** What an index of so many blocks takes of a kernel's memory. */
export function indexBytes(blockCount: number): number {
  return MAP_BYTES + slotsFor(blockCount) * 8
}

function slotsFor(blockCount: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(16, blockCount * 2)))
}
