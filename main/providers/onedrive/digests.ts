import { createHash } from 'node:crypto'
import { createBlake3 } from '../../../workers/hash/blake3.ts'
import { createQuickXor } from '../../../workers/hash/quick-xor.ts'
import type { Drive } from './drive.ts'

/** Digests of whole content as it went out, hex. */
export interface ContentDigests {
  readonly blake3: string
  readonly quickXor: string
  /** Only for drives that may tell nothing else. */
  readonly sha1: string | undefined
}

/** Makes all digests in one pass. */
export interface ContentDigester {
  update(bytes: Uint8Array): void
  /** Once, after the last byte. */
  finish(): ContentDigests
}

/** Old items of personal drives have a SHA-1 and no QuickXorHash. */
export function createDigester({ kind }: Pick<Drive, 'kind'>): ContentDigester {
  const blake3 = createBlake3()
  const quickXor = createQuickXor()
  const sha1 = kind === 'personal' ? createHash('sha1') : undefined
  return {
    update: (bytes) => {
      blake3.update(bytes)
      quickXor.update(bytes)
      sha1?.update(bytes)
    },
    finish: () => ({ blake3: blake3.digestHex(), quickXor: quickXor.digestHex(), sha1: sha1?.digest('hex') }),
  }
}
