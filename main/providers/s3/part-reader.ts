import { closeSync, fstatSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { ByteRange } from '../../../common/model.ts'
import { assertUnchanged, openSource } from '../../../workers/fs/stable-read.ts'
import { createBlake3 } from '../../../workers/hash/blake3.ts'
import { throwIfCancelled } from '../http/abort-listeners.ts'
import { openFileSource, openContentSource } from '../http/content-source.ts'
import type { Content } from '../provider.ts'
import { keptFrom, type PlannedPart } from './part-plan.ts'

/** Small enough that digesting one does not hold anything else up. */
const PIECE_BYTES = 4 * 1024 ** 2

/** Part of the content, read and digested. */
export interface ReadPart {
  readonly part: PlannedPart
  /** CRC32 of the bytes the store copies (before `keptFrom`), and of those that are sent. */
  readonly copiedCrc: number
  readonly sentCrc: number
  /** The bytes that are sent; undefined where there are none, or too many to keep. */
  readonly bytes: Uint8Array | undefined
  /** SHA-256 of these, hex, where it was made in the same read. */
  readonly sha256?: string
  /** The bytes are no longer needed. Once for each part. */
  release(): void
}

/** Everything there is to know of content that was read. */
export interface ReadSummary {
  /** BLAKE3 of the whole, hex. */
  readonly blake3: string
  /** Unbound; where one was asked for and can be made. */
  readonly signature?: Uint8Array
}

/** Content read once, from its first byte to its last, part by part, and checked to have stayed the same (I2). */
export interface PartReader {
  /** The next part, once there is room to keep its bytes; undefined after the last. Throws `changed` and the like. */
  next(): Promise<ReadPart | undefined>
  /** After the last part: throws `changed` unless the source is still what it was. */
  finish(): Promise<ReadSummary>
  close(): Promise<void>
}

/** How much is kept in memory. */
export interface Slots {
  readonly count: number
  /** Parts that send more than this are not kept. */
  readonly sizeBytes: number
}

/** True for a part whose bytes are kept in a slot. */
export function fits(part: PlannedPart, { sizeBytes }: Pick<Slots, 'sizeBytes'>): boolean {
  const length = part.range.end - keptFrom(part)
  return length > 0 && length <= sizeBytes
}

/** As many buffers as the bounds allow, each for the largest part that fits. */
export function planSlots(
  plan: readonly PlannedPart[],
  { bufferBytes, partsInFlight }: { bufferBytes: number; partsInFlight: number },
): Slots {
  let sizeBytes = 0
  let kept = 0
  for (const part of plan) {
    if (!fits(part, { sizeBytes: bufferBytes })) continue
    sizeBytes = Math.max(sizeBytes, part.range.end - keptFrom(part))
    kept++
  }
  const count = Math.min(kept, partsInFlight, Math.floor(bufferBytes / Math.max(1, sizeBytes)))
  return { count: Math.max(1, count), sizeBytes }
}

/** Reads in this thread: any content. Throws `changed` or `vanished`. */
export function openLocalReader(
  plan: readonly PlannedPart[],
  content: Content,
  { slots, signal }: { slots: Slots; signal: AbortSignal },
): PartReader {
  const source = openContentSource(content)
  const hasher = createBlake3()
  const free = createBuffers(slots)
  let index = 0
  let scratch: Uint8Array | undefined
  const digest = async (piece: Uint8Array, before: number): Promise<number> => {
    throwIfCancelled(signal)
    await source.read(piece)
    hasher.update(piece)
    return crc32(piece, before)
  }
  const digestInto = async (buffer: Uint8Array): Promise<number> => {
    let crc = 0
    for (let done = 0; done < buffer.length; done += PIECE_BYTES)
      crc = await digest(buffer.subarray(done, done + PIECE_BYTES), crc)
    return crc
  }
  const digestOnly = async (length: number): Promise<number> => {
    if (length === 0) return 0
    // One for all parts: the garbage of one each would be most of the memory that an upload takes.
    scratch ??= new Uint8Array(PIECE_BYTES)
    let crc = 0
    for (let done = 0; done < length; done += scratch.length)
      crc = await digest(scratch.subarray(0, length - done), crc)
    return crc
  }
  return {
    next: async () => {
      const part = plan[index++]
      if (part === undefined) return undefined
      const copiedCrc = await digestOnly(keptFrom(part) - part.range.start)
      const length = part.range.end - keptFrom(part)
      if (!fits(part, slots))
        return { part, copiedCrc, sentCrc: await digestOnly(length), bytes: undefined, release: () => {} }
      const buffer = await free.take()
      const bytes = buffer.subarray(0, length)
      return { part, copiedCrc, sentCrc: await digestInto(bytes), bytes, release: () => free.giveBack(buffer) }
    },
    finish: async () => {
      await source.finish()
      return { blake3: hasher.digestHex() }
    },
    close: () => source.close(),
  }
}

/** Throws `changed` or `vanished` unless the content is still what it was; says nothing of what is no file. */
export function assertSame({ file }: Content): void {
  if (file === undefined) return
  const fd = openSource(file)
  try {
    assertUnchanged(file, fstatSync(fd, { bigint: true }))
  } finally {
    closeSync(fd)
  }
}

/** A range that was read before, again; for parts too large to be kept. */
export async function* readAgain(content: Content, range: ByteRange): AsyncGenerator<Uint8Array> {
  if (content.file === undefined) return yield* content.open(range)
  const source = openFileSource(content.file, range.start)
  try {
    for (let at = range.start; at < range.end; at += PIECE_BYTES) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, range.end - at))
      await source.read(piece)
      yield piece
    }
    await source.finish()
  } finally {
    await source.close()
  }
}

/** Buffers made when first needed; who finds none waits for the next that is given back. */
function createBuffers({ count, sizeBytes }: Slots): {
  take(): Promise<Uint8Array>
  giveBack(buffer: Uint8Array): void
} {
  const free: Uint8Array[] = []
  const waiting: ((buffer: Uint8Array) => void)[] = []
  let made = 0
  return {
    take: async () => {
      const buffer = free.pop()
      if (buffer !== undefined) return buffer
      if (made >= count) return new Promise((resolve) => waiting.push(resolve))
      made++
      return new Uint8Array(sizeBytes)
    },
    giveBack: (buffer) => {
      const next = waiting.shift()
      if (next === undefined) free.push(buffer)
      else next(buffer)
    },
  }
}
