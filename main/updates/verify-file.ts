import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { ReleaseFile } from './manifest.ts'
import { Refusal } from './refusal.ts'

const CHUNK_BYTES = 1024 ** 2

/** Reads a downloaded file once and throws {@link Refusal} unless it is, byte for byte, the one that was signed for. */
export async function demandFile(path: string, file: Pick<ReleaseFile, 'sizeBytes' | 'sha512'>): Promise<void> {
  // A link could lead elsewhere by the time the installer follows it.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch((error: unknown) => {
    throw new Refusal('not-a-file', error)
  })
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw new Refusal('not-a-file')
    if (stat.size !== file.sizeBytes) throw new Refusal('wrong-size')
    const hash = createHash('sha512')
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, file.sizeBytes))
    let readBytes = 0
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length)
      if (bytesRead === 0) break
      readBytes += bytesRead
      hash.update(chunk.subarray(0, bytesRead))
    }
    if (readBytes !== file.sizeBytes) throw new Refusal('wrong-size')
    if (hash.digest('hex') !== file.sha512) throw new Refusal('wrong-content')
  } finally {
    await handle.close()
  }
}
