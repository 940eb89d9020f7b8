import type { SignatureShape } from '../tasks.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** Bytes of one block, chunk or group in a signature: four for its length or weak hash, 16 of BLAKE3. */
export const ROW_BYTES = 20
/** Words of a row: its number, then four of hash. */
export const ROW_WORDS = ROW_BYTES / 4
/** A signature is never made longer. */
export const MAX_MADE_BYTES = 32 * MIB
/** Nothing longer is read. */
export const MAX_READ_BYTES = 64 * MIB

/** What a signature can be asked for. */
export const AVERAGE_RANGE = { least: KIB, most: 32 * MIB } as const
/** What a signature can be asked for; the setting is narrower. */
export const BLOCK_RANGE = { least: 4 * KIB, most: 16 * MIB } as const

const DEFAULT_AVERAGE_BYTES = 8 * KIB
/** Of binary content; text has twice as many. Leaves room for the groups and for unlucky content. */
const TYPICAL_CHUNKS = 2 ** 19
const MOST_BLOCKS = Math.floor((MAX_MADE_BYTES - 64 * KIB) / ROW_BYTES)

/**
 * How a file is best cut: by content where `blockBytes` is 0, else in fixed blocks of that size.
 * Chunks and blocks grow with the file, so that its signature stays within `MAX_MADE_BYTES`.
 */
export function shapeFor(sizeBytes: number, blockBytes: number): SignatureShape {
  if (blockBytes === 0) {
    let averageBytes: number = DEFAULT_AVERAGE_BYTES
    while (sizeBytes / averageBytes > TYPICAL_CHUNKS && averageBytes < AVERAGE_RANGE.most) averageBytes *= 2
    return { kind: 'chunks', averageBytes }
  }
  let fitting = blockBytes
  while (sizeBytes / fitting > MOST_BLOCKS && fitting < BLOCK_RANGE.most) fitting *= 2
  return { kind: 'fixed', blockBytes: Math.min(fitting, BLOCK_RANGE.most) }
}

/** Longest chunk: content without any cut, such as zeros, is cut there. */
export function longestChunk(averageBytes: number): number {
  return Math.max(Math.min(8 * averageBytes, MIB), 2 * averageBytes)
}

/** Longest group; also the longest chunk a signature may hold, see `ChunkRows`. */
export function longestGroup(averageBytes: number): number {
  return Math.max(MIB, 4 * averageBytes)
}
