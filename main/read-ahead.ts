import type { ByteRange } from '../common/model.ts'

/** Reads a range of one file. */
export type ReadRange = (range: ByteRange, signal: AbortSignal) => AsyncIterable<Uint8Array>

/** From this size on, a file comes in parts that are on their way at once. */
export const READ_AHEAD_MIN_BYTES = 32 * 1024 * 1024
const PART_BYTES = 8 * 1024 * 1024

interface Part {
  readonly pieces: Promise<readonly Uint8Array[]>
  readonly isExtra: boolean
}

/**
 * Reads large files in parts, in order, with further parts on their way meanwhile: one connection seldom fills a line.
 * `extra` parts at once at most, over all the files it reads, so that memory does not grow with them.
 */
export class ReadAhead {
  #free: number

  constructor(extra: number) {
    this.#free = extra
  }

  /** The content, from its first byte to its last. What ends the reading early ends every part. */
  async *content(sizeBytes: number, read: ReadRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const abort = new AbortController()
    const either = AbortSignal.any([signal, abort.signal])
    const parts: Part[] = []
    let next = 0
    try {
      for (;;) {
        while (next < sizeBytes && (parts.length === 0 || this.#free > 0)) {
          const isExtra = parts.length > 0
          if (isExtra) this.#free--
          const pieces = collected(read({ start: next, end: Math.min(sizeBytes, next + PART_BYTES) }, either))
          // Whoever comes to it is told; nobody comes to those behind one that failed.
          pieces.catch(() => undefined)
          parts.push({ pieces, isExtra })
          next += PART_BYTES
        }
        const [first] = parts
        if (first === undefined) return
        yield* await first.pieces
        this.#end(parts.shift()!)
      }
    } finally {
      abort.abort()
      await Promise.allSettled(parts.map(({ pieces }) => pieces))
      for (const part of parts) this.#end(part)
    }
  }

  #end({ isExtra }: Part): void {
    if (isExtra) this.#free++
  }
}

async function collected(reading: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for await (const piece of reading) pieces.push(piece)
  return pieces
}
