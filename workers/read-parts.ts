import { createHash, type Hash } from 'node:crypto'
import { closeSync, fstatSync, readSync } from 'node:fs'
import type { MessagePort } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import { TidekeepError } from '../common/errors.ts'
import { TaskControl } from './fs/control.ts'
import { assertUnchanged, openSource, translateReadError } from './fs/stable-read.ts'
import { createBlake3 } from './hash/blake3.ts'
import type { PartRead, ReadParts, ReadPartsSummary, SignatureShape, StableFile } from './tasks.ts'
import { sharedWordings } from '../common/shared-wordings.ts'
import { threadWordings } from './thread-wordings.ts'

/** Small enough to stay in the processor's cache between being read and being digested. */
const PIECE_BYTES = 1024 * 1024

/**
 * Reads a file once, in order, and hands its parts over, so that the thread that sends them does
 * nothing else. Waits while all buffers are in use; they go to and fro by transfer, as shared memory
 * is given back only when both threads happen to collect their garbage. Throws `changed` and the like
 * when the file does not stay as it was (I2), and `cancelled`.
 */
export async function readParts(params: ReadParts): Promise<ReadPartsSummary> {
  const { file, parts, port } = params
  const buffers = new Buffers(port, params.buffers)
  const control = new TaskControl(params.control)
  const digester = await createDigester(params.shape)
  const reader = new FileReader(file, (piece) => {
    digester.update(piece)
    control.advance(piece.length)
  })
  try {
    for (let at = 0; at < parts.length; at += 3) {
      const [start, keptFrom, end] = parts.subarray(at, at + 3) as unknown as [number, number, number]
      const skippedCrc = reader.skip(keptFrom - start)
      const length = end - keptFrom
      if (length === 0 || length > buffers.sizeBytes) {
        post(port, { skippedCrc, keptCrc: reader.skip(length) })
        continue
      }
      const buffer = await buffers.take()
      control.check()
      const sha256 = params.withSha256 ? createHash('sha256') : undefined
      const keptCrc = reader.readInto(new Uint8Array(buffer, 0, length), sha256)
      const message = { buffer, skippedCrc, keptCrc }
      post(port, sha256 === undefined ? message : { ...message, sha256: sha256.digest('hex') })
    }
    reader.finish()
  } finally {
    reader.close()
    buffers.free()
  }
  return digester.finish()
}

function post(port: MessagePort, message: PartRead): void {
  port.postMessage(message, message.buffer === undefined ? [] : [message.buffer])
}

/** The buffers nobody needs at the moment. */
class Buffers {
  readonly sizeBytes: number
  readonly #free: ArrayBuffer[]
  #isOver = false
  #wake: (() => void) | undefined

  constructor(port: MessagePort, buffers: readonly ArrayBuffer[]) {
    this.sizeBytes = buffers[0]?.byteLength ?? 0
    this.#free = [...buffers]
    port.on('message', (buffer: ArrayBuffer) => {
      this.#free.push(buffer)
      this.#wake?.()
    })
    port.on('close', () => {
      this.#isOver = true
      this.#wake?.()
    })
  }

  /** Throws `cancelled` when the other side is gone. */
  async take(): Promise<ArrayBuffer> {
    for (;;) {
      if (this.#isOver) throw new TidekeepError({ code: 'cancelled', message: sharedWordings.cancelled })
      const buffer = this.#free.shift()
      if (buffer !== undefined) return buffer
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** An idle thread would keep them for long. */
  free(): void {
    for (const buffer of this.#free) buffer.transfer(0)
  }
}

/** A file from its first byte to its last. */
class FileReader {
  readonly #file: StableFile
  readonly #fd: number
  readonly #consume: (piece: Uint8Array) => void
  #scratch: Uint8Array | undefined
  #position = 0

  constructor(file: StableFile, consume: (piece: Uint8Array) => void) {
    this.#file = file
    this.#consume = consume
    this.#fd = openSource(file)
    try {
      this.finish()
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Fills the buffer with the next bytes; gives their CRC32. */
  readInto(buffer: Uint8Array, also?: Hash): number {
    let crc = 0
    for (let done = 0; done < buffer.length; done += PIECE_BYTES) {
      const piece = buffer.subarray(done, done + PIECE_BYTES)
      this.#read(piece)
      crc = crc32(piece, crc)
      also?.update(piece)
      this.#consume(piece)
    }
    return crc
  }

  /** As {@link readInto}, but the bytes are not kept. */
  skip(length: number): number {
    this.#scratch ??= new Uint8Array(PIECE_BYTES)
    let crc = 0
    for (let left = length; left > 0; left -= PIECE_BYTES) {
      const piece = this.#scratch.subarray(0, left)
      this.#read(piece)
      crc = crc32(piece, crc)
      this.#consume(piece)
    }
    return crc
  }

  /** Throws `changed` unless the file is still what it was. */
  finish(): void {
    assertUnchanged(this.#file, fstatSync(this.#fd, { bigint: true }))
  }

  close(): void {
    closeSync(this.#fd)
  }

  #read(piece: Uint8Array): void {
    for (let done = 0; done < piece.length;) {
      const bytesRead = this.#readSome(piece.subarray(done))
      if (bytesRead === 0) throw this.#ended()
      done += bytesRead
      this.#position += bytesRead
    }
  }

  #readSome(into: Uint8Array): number {
    try {
      return readSync(this.#fd, into, 0, into.length, this.#position)
    } catch (error) {
      throw translateReadError(error, this.#file.absolutePath)
    }
  }

  #ended(): TidekeepError {
    const path = this.#file.absolutePath
    return new TidekeepError({ code: 'changed', message: threadWordings.changedWhileRead({ path }), path })
  }
}

interface Digester {
  update(piece: Uint8Array): void
  finish(): ReadPartsSummary
}

/** A signature comes with the digest of the whole; without one, only that is made. */
async function createDigester(shape: SignatureShape | undefined): Promise<Digester> {
  if (shape !== undefined) {
    const { SignatureBuilder } = await import('./delta/signature-builder.ts')
    return new SignatureBuilder(shape)
  }
  const hasher = createBlake3()
  return { update: (piece) => hasher.update(piece), finish: () => ({ contentHash: hasher.digestHex() }) }
}
