import { createBlake3 } from './hash/blake3.ts'
import { readStable } from './fs/stable-read.ts'
import type { StableFile } from './tasks.ts'

const BUFFER_BYTES = 4 * 1024 * 1024

/** BLAKE3 hex of a file that stayed as it was scanned. Throws as `readStable`. */
export function hashFile(file: StableFile): string {
  const hasher = createBlake3()
  readStable(file, new Uint8Array(Math.min(BUFFER_BYTES, Math.max(1, file.size))), (piece) => hasher.update(piece))
  return hasher.digestHex()
}
