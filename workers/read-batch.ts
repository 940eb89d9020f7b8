import { createHash } from 'node:crypto'
import { blake3Hex } from './hash/blake3.ts'
import { readStable } from './fs/stable-read.ts'
import { toTaskFailure } from './task-failure.ts'
import type { ReadResult, StableFile } from './tasks.ts'

/** Reads small files whole and digests them. Each succeeds or fails alone. */
export function readBatch(files: readonly StableFile[]): readonly ReadResult[] {
  return files.map(readOne)
}

function readOne(file: StableFile): ReadResult {
  try {
    const bytes = new Uint8Array(file.size)
    let done = 0
    const buffer = new Uint8Array(Math.min(256 * 1024, Math.max(1, file.size)))
    readStable(file, buffer, (piece) => {
      bytes.set(piece, done)
      done += piece.length
    })
    return { ok: true, bytes, blake3: blake3Hex(bytes), sha256: createHash('sha256').update(bytes).digest('hex') }
  } catch (error) {
    return { ok: false, failure: toTaskFailure(error) }
  }
}
