/**
 * A stretch of a file in a kernel's memory. Pieces always arrive at the same address; what is still
 * needed of the bytes before is moved right in front of it, so that both are one stretch.
 */
export class Window {
  readonly #memory: Uint8Array
  readonly #pieceAt: number
  /** The place to put the next bytes; `accept` says how many. */
  readonly piece: Uint8Array
  /** Addresses of the first byte that is held and of the end. */
  start: number
  end: number
  #fileStart = 0

  /** Takes `carryBytes + pieceBytes` of memory from `at` on. */
  constructor(memory: Uint8Array, at: number, { carryBytes, pieceBytes }: WindowSizes) {
    this.#memory = memory
    this.#pieceAt = at + carryBytes
    this.piece = memory.subarray(this.#pieceAt, this.#pieceAt + pieceBytes)
    this.start = this.end = this.#pieceAt
  }

  /** Counts in what was put into `piece`. */
  accept(byteCount: number): void {
    this.end = this.#pieceAt + byteCount
  }

  /** Where in the file the byte at an address is. */
  fileOffset(address: number): number {
    return this.#fileStart + (address - this.start)
  }

  /** Where the byte at an offset of the file is; it must be held. */
  addressOf(fileOffset: number): number {
    return this.start + (fileOffset - this.#fileStart)
  }

  /** The bytes between two addresses. */
  bytes(from: number, to: number): Uint8Array {
    return this.#memory.subarray(from, to)
  }

  /** Forgets everything before `from`, and makes room for the next piece. What is held then ends where that will begin. */
  keepFrom(from: number): void {
    const kept = this.end - from
    this.#fileStart = this.fileOffset(from)
    this.#memory.copyWithin(this.#pieceAt - kept, from, this.end)
    this.start = this.#pieceAt - kept
    this.end = this.#pieceAt
  }
}

/** How much a window holds. */
export interface WindowSizes {
  /** The most that is ever kept when the next piece comes. */
  readonly carryBytes: number
  readonly pieceBytes: number
}
