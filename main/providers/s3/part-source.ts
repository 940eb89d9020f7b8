import { closeSync, fstatSync, read as readCallback } from 'node:fs'
import { promisify } from 'node:util'
import type { ByteRange } from '../../../common/model.ts'
import { assertUnchanged, openSource, translateReadError } from '../../../workers/fs/stable-read.ts'
import type { Content, LocalFile } from '../provider.ts'
import { sourceChanged } from './put-small.ts'

const readFile = promisify(readCallback)
/** Small enough that digesting one does not hold anything else up. */
const PIECE_BYTES = 4 * 1024 ** 2

/** Content read once, from its first byte to its last, and checked to have stayed the same (I2). */
export interface PartSource {
  /** Fills the buffer with the next bytes, handing each piece to `consume`. Throws `changed` when there are fewer. */
  fill(buffer: Uint8Array, consume: (piece: Uint8Array) => void): Promise<void>
  /** A range that was read before, again; for parts too large to be kept. */
  again(range: ByteRange): AsyncIterable<Uint8Array>
  /** After the last byte: throws `changed` unless the source is still what it was. */
  finish(): Promise<void>
  close(): Promise<void>
}

/** Opens the content at its beginning. Throws `changed` or `vanished`. */
export function openPartSource(content: Content): PartSource {
  return content.file === undefined ? fromStream(content) : fromFile(content.file)
}

function fromFile(file: LocalFile): PartSource {
  const fd = openSource(file)
  let position = 0
  let closed = false
  const close = (): void => {
    if (!closed) closeSync(fd)
    closed = true
  }
  try {
    assertUnchanged(file, fstatSync(fd, { bigint: true }))
  } catch (error) {
    close()
    throw error
  }
  const readAt = async (buffer: Uint8Array, at: number): Promise<number> => {
    try {
      return (await readFile(fd, buffer, 0, buffer.length, at)).bytesRead
    } catch (error) {
      throw translateReadError(error, file.absolutePath)
    }
  }
  const readFully = async (buffer: Uint8Array, at: number): Promise<void> => {
    for (let done = 0; done < buffer.length;) {
      const bytesRead = await readAt(buffer.subarray(done), at + done)
      if (bytesRead === 0) throw sourceChanged()
      done += bytesRead
    }
  }
  return {
    fill: async (buffer, consume) => {
      for (let done = 0; done < buffer.length; done += PIECE_BYTES) {
        const piece = buffer.subarray(done, done + PIECE_BYTES)
        await readFully(piece, position)
        position += piece.length
        consume(piece)
      }
    },
    again: async function* ({ start, end }) {
      for (let at = start; at < end; at += PIECE_BYTES) {
        const piece = new Uint8Array(Math.min(PIECE_BYTES, end - at))
        await readFully(piece, at)
        yield piece
      }
    },
    finish: async () => assertUnchanged(file, fstatSync(fd, { bigint: true })),
    close: async () => close(),
  }
}

function fromStream(content: Content): PartSource {
  const iterator = content.open()[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array(0)
  const next = async (): Promise<boolean> => {
    const step = await iterator.next()
    if (step.done !== true) rest = step.value
    return step.done !== true
  }
  return {
    fill: async (buffer, consume) => {
      for (let done = 0; done < buffer.length;) {
        if (rest.length === 0 && !(await next())) throw sourceChanged()
        const piece = rest.subarray(0, Math.min(buffer.length - done, PIECE_BYTES))
        buffer.set(piece, done)
        consume(piece)
        rest = rest.subarray(piece.length)
        done += piece.length
      }
    },
    again: (range) => content.open(range),
    finish: async () => {
      while (rest.length === 0 && (await next())) continue
      if (rest.length > 0) throw sourceChanged()
    },
    close: async () => {
      await iterator.return?.()
    },
  }
}
