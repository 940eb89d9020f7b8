import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Checksum, ChecksumAlgorithm } from '../common/model.ts'
import { createBlake3 } from '../workers/hash/blake3.ts'

/** An incremental digest. One use. */
export interface Digest {
  update(bytes: Uint8Array): void
  hex(): string
}

/** Those that can be computed here, strongest first. */
const MAKE_DIGEST = new Map<ChecksumAlgorithm, () => Digest>([
  ['blake3', blake3],
  ['sha256', () => hashOf('sha256')],
  ['md5', () => hashOf('md5')],
  ['crc32', crc],
])

/** The strongest checksum that content can be compared with, or undefined when there is none. */
export function strongest(checksums: readonly Checksum[]): Checksum | undefined {
  for (const algorithm of MAKE_DIGEST.keys()) {
    const found = checksums.find((checksum) => checksum.algorithm === algorithm)
    if (found !== undefined) return found
  }
  return undefined
}

/** A fresh digest. BLAKE3 where the wanted one cannot be computed here. */
export function createDigest(algorithm: ChecksumAlgorithm): Digest {
  return (MAKE_DIGEST.get(algorithm) ?? blake3)()
}

/** The digest of a whole stream, and how long it was. */
export async function digestStream(
  stream: AsyncIterable<Uint8Array>,
  algorithm: ChecksumAlgorithm,
  onBytes?: (bytes: number) => void,
): Promise<{ readonly hex: string; readonly size: number }> {
  const digest = createDigest(algorithm)
  let size = 0
  for await (const bytes of stream) {
    digest.update(bytes)
    size += bytes.byteLength
    onBytes?.(bytes.byteLength)
  }
  return { hex: digest.hex(), size }
}

function blake3(): Digest {
  const hasher = createBlake3()
  return { update: (bytes) => hasher.update(bytes), hex: () => hasher.digestHex() }
}

function hashOf(algorithm: 'sha256' | 'md5'): Digest {
  const hash = createHash(algorithm)
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
}

function crc(): Digest {
  let value = 0
  return {
    update: (bytes) => {
      value = crc32(bytes, value)
    },
    hex: () => value.toString(16).padStart(8, '0'),
  }
}
