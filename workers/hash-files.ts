import { SafeRoot } from './fs/safe-root.ts'
import { readHeld } from './fs/read-held.ts'
import { readStable } from './fs/stable-read.ts'
import { blake3Hex } from './hash/blake3.ts'
import type { HashHeld, StableFile } from './tasks.ts'

/**
 * BLAKE3 hex of small files, each held in memory at once, in their order; undefined for one that is no
 * longer what was scanned, or cannot be read: asked for alone, it says why.
 */
export function hashFiles(files: readonly StableFile[]): readonly (string | undefined)[] {
  const [whole, piece] = [bufferFor(files), bufferFor(files)]
  return files.map((file) =>
    unlessItFails(() => {
      let length = 0
      readStable(file, piece, (bytes) => {
        whole.set(bytes, length)
        length += bytes.length
      })
      return blake3Hex(whole.subarray(0, length))
    }),
  )
}

/** The same of files of a local target, as they were listed. Throws where the target as a whole is not there. */
export function hashHeld({ place, files }: HashHeld): readonly (string | undefined)[] {
  const root = SafeRoot.open(place.root, { inode: place.rootInode })
  try {
    const held = { etagBy: place.etagBy, buffer: bufferFor(files) }
    return files.map((file) => unlessItFails(() => blake3Hex(readHeld(root, file, held))))
  } finally {
    root.close()
  }
}

function unlessItFails(run: () => string): string | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

/** One byte more than the largest file has. */
function bufferFor(files: readonly { readonly size: number }[]): Uint8Array {
  return new Uint8Array(1 + files.reduce((most, { size }) => Math.max(most, size), 0))
}
