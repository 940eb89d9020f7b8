import { TidekeepError } from '../../common/errors.ts'
import { blake3Short, createBlake3 } from '../hash/blake3.ts'
import type { SignatureShape, SignedFile } from '../tasks.ts'
import { ChunkRows } from './chunk-rows.ts'
import { encodeUnbound } from './format.ts'
import { giveBackKernel, takeKernel, KERNEL_FREE_AT, type Kernel } from './kernel/kernel.ts'
import { Rows } from './rows.ts'
import { AVERAGE_RANGE, BLOCK_RANGE, longestChunk, longestGroup } from './shape.ts'
import { Window } from './window.ts'
import { threadWordings } from '../thread-wordings.ts'

/** Few enough to stay in the cache of a core while they are cut and hashed. */
const PIECE_BYTES = 512 * 1024
const GROUP_CHUNKS = 32

/** One way of cutting. `take` works on what the window holds and answers the first address it still needs. */
interface Cutter {
  take(window: Window, isLast: boolean): number
  readonly rowCount: number
  readonly groupCount: number
  readonly parts: readonly Uint8Array[]
}

/**
 * Makes a signature, and the BLAKE3 of the whole, from content that comes in pieces of any length.
 * One use: `update` any number of times, then `finish` once. Takes about 4 MiB while it works.
 * Throws `invalid` for a shape outside of what a signature can hold.
 */
export class SignatureBuilder {
  /** Reading straight into this buffer and updating with its beginning saves a copy. Not to be used after `finish`. */
  readonly buffer: Uint8Array
  readonly #shape: SignatureShape
  readonly #hasher = createBlake3()
  readonly #kernel: Kernel
  readonly #window: Window
  readonly #cutter: Cutter
  #waitingBytes = 0
  #sizeBytes = 0

  constructor(shape: SignatureShape) {
    assertShape(shape)
    this.#shape = shape
    const carryBytes = carryFor(shape)
    this.#kernel = takeKernel(carryBytes + PIECE_BYTES)
    this.#window = new Window(this.#kernel.bytes, KERNEL_FREE_AT, { carryBytes, pieceBytes: PIECE_BYTES })
    this.#cutter =
      shape.kind === 'chunks'
        ? new ChunkCutter(this.#kernel, this.#window, shape.averageBytes)
        : new BlockCutter(this.#kernel, shape.blockBytes)
    this.buffer = this.#window.piece
  }

  update(bytes: Uint8Array): void {
    this.#sizeBytes += bytes.length
    const isInPlace = bytes.buffer === this.buffer.buffer && bytes.byteOffset === this.buffer.byteOffset
    if (isInPlace && this.#waitingBytes === 0) {
      this.#waitingBytes = bytes.length
      this.#process(false)
      return
    }
    for (let taken = 0; taken < bytes.length;) {
      const part = bytes.subarray(taken, taken + this.buffer.length - this.#waitingBytes)
      this.buffer.set(part, this.#waitingBytes)
      this.#waitingBytes += part.length
      taken += part.length
      if (this.#waitingBytes === this.buffer.length) this.#process(false)
    }
  }

  finish(): SignedFile {
    this.#process(true)
    giveBackKernel(this.#kernel)
    const contentHash = this.#hasher.digestHex()
    const { rowCount, groupCount, parts } = this.#cutter
    const unitBytes = this.#shape.kind === 'chunks' ? this.#shape.averageBytes : this.#shape.blockBytes
    const header = { kind: this.#shape.kind, unitBytes, sizeBytes: this.#sizeBytes, rowCount, groupCount, contentHash }
    return { contentHash, signature: encodeUnbound(header, parts) }
  }

  #process(isLast: boolean): void {
    this.#hasher.update(this.buffer.subarray(0, this.#waitingBytes))
    this.#window.accept(this.#waitingBytes)
    this.#waitingBytes = 0
    this.#window.keepFrom(this.#cutter.take(this.#window, isLast))
  }
}

/** Cuts by content. */
class ChunkCutter implements Cutter {
  readonly #kernel: Kernel
  readonly #rows: ChunkRows
  readonly #averageBytes: number
  readonly #hash = new Uint32Array(4)

  constructor(kernel: Kernel, window: Window, averageBytes: number) {
    this.#kernel = kernel
    this.#rows = new ChunkRows((from, to) => window.bytes(from, to), { averageBytes, mostChunks: GROUP_CHUNKS })
    this.#averageBytes = averageBytes
  }

  take(window: Window, isLast: boolean): number {
    const most = longestChunk(this.#averageBytes)
    const least = isLast ? 1 : most
    let at = window.start + this.#rows.openBytes
    while (window.end - at >= least) {
      const end = this.#kernel.chunkEnd(at, window.end, this.#averageBytes, most)
      blake3Short(window.bytes(at, end), this.#hash)
      this.#rows.add(end, end - at, this.#hash)
      at = end
    }
    if (isLast) this.#rows.close(at)
    return at - this.#rows.openBytes
  }

  get rowCount(): number {
    return this.#rows.chunks.count
  }
  get groupCount(): number {
    return this.#rows.groups.count
  }
  get parts(): readonly Uint8Array[] {
    return [...this.#rows.chunks.parts, ...this.#rows.groups.parts]
  }
}

/** Cuts at every multiple of the block size. */
class BlockCutter implements Cutter {
  readonly groupCount = 0
  readonly #kernel: Kernel
  readonly #blockBytes: number
  readonly #rows = new Rows()
  readonly #hash = new Uint32Array(4)

  constructor(kernel: Kernel, blockBytes: number) {
    this.#kernel = kernel
    this.#blockBytes = blockBytes
  }

  take(window: Window, isLast: boolean): number {
    const least = isLast ? 1 : this.#blockBytes
    let at = window.start
    while (window.end - at >= least) {
      const end = Math.min(at + this.#blockBytes, window.end)
      blake3Short(window.bytes(at, end), this.#hash)
      this.#rows.push(this.#kernel.weakHash(at, end - at), this.#hash)
      at = end
    }
    return at
  }

  get rowCount(): number {
    return this.#rows.count
  }
  get parts(): readonly Uint8Array[] {
    return this.#rows.parts
  }
}

function carryFor(shape: SignatureShape): number {
  if (shape.kind === 'fixed') return shape.blockBytes
  return longestGroup(shape.averageBytes) + longestChunk(shape.averageBytes)
}

function assertShape(shape: SignatureShape): void {
  const [bytes, { least, most }] =
    shape.kind === 'fixed' ? [shape.blockBytes, BLOCK_RANGE] : [shape.averageBytes, AVERAGE_RANGE]
  if (Number.isInteger(bytes) && bytes >= least && bytes <= most) return
  throw new TidekeepError({
    code: 'invalid',
    message: threadWordings.delta.cut({ bytes }),
    fix: threadWordings.delta.cutFix({ least, most }),
  })
}
