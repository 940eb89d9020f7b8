import type { ContentSample } from './tasks.ts'

/** What is looked at from the beginning of a file. */
export const SAMPLE_BYTES = 64 * 1024
const HEAD_BYTES = 4 * 1024
const MAGIC_BYTES = 16

/** What the beginning of a file, {@link SAMPLE_BYTES} of it where it has so many, says about its kind. Pure. */
export function sampleOf(first: Uint8Array): ContentSample {
  return {
    sampledBytes: first.length,
    bits: entropyBits(first),
    headBits: entropyBits(first.subarray(0, HEAD_BYTES)),
    head: Buffer.from(first.subarray(0, MAGIC_BYTES)).toString('hex'),
    isZero: first.length > 0 && isAllZero(first),
  }
}

export function isAllZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

/** Shannon entropy in bits a byte; 0 of nothing. */
function entropyBits(bytes: Uint8Array): number {
  const counts = new Uint32Array(256)
  for (const byte of bytes) counts[byte]!++
  let bits = 0
  for (const count of counts) if (count > 0) bits -= (count / bytes.length) * Math.log2(count / bytes.length)
  return bits
}
