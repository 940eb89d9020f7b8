import { crc32 } from 'node:zlib'

/** Reflected polynomial of CRC-32/ISO-HDLC, the one zlib and S3 use. */
const POLYNOMIAL = 0xedb88320
const ONE = 0x80000000

/**
 * CRC32 of two pieces put together, from the CRC32 of each and the length of the second. The first
 * is multiplied by x^(8·length) modulo the polynomial, as in zlib's crc32_combine (Mark Adler).
 */
export function crc32Combine(first: number, second: number, secondLengthBytes: number): number {
  return (multiply(powerOfX(secondLengthBytes), first) ^ second) >>> 0
}

/** CRC32 of the CRC32s of parts, and their number: what a store shows for composite checksums. */
export function compositeCrc32(parts: readonly number[]): string {
  const raw = Buffer.concat(parts.map((part) => Buffer.from(crc32Base64(part), 'base64')))
  return `${crc32Base64(crc32(raw))}-${parts.length}`
}

/** As `x-amz-checksum-crc32` has it: big-endian, base64. */
export function crc32Base64(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes.toString('base64')
}

/** Product of two polynomials modulo the CRC's, reflected. */
function multiply(a: number, b: number): number {
  let product = 0
  let shifted = b
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL
  }
  return product >>> 0
}

/** x^(8·bytes) modulo the polynomial, by repeated squaring. Plain division: lengths exceed 32 bits. */
function powerOfX(lengthBytes: number): number {
  // x^8, the power for one byte.
  let square = ONE >>> 8
  let result = ONE
  for (let rest = lengthBytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(square, result)
    square = multiply(square, square)
  }
  return result
}
