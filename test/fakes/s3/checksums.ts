import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { createCRC32, createCRC64, type IHasher } from 'hash-wasm'
import type { Content } from './content.ts'
import { S3Error, type ChecksumName, type S3Request } from './types.ts'

const NAMES: readonly ChecksumName[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']
/** Reflected polynomials. CRC64NVME: NVM Express base specification 2.0, "64b CRC". */
const CRC32C_POLYNOMIAL = 0x82f63b78
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5'

const crc32c: IHasher = await createCRC32(CRC32C_POLYNOMIAL)
const crc64nvme: IHasher = await createCRC64(CRC64NVME_POLYNOMIAL)

/** `CRC32` becomes `x-amz-checksum-crc32`. */
export function checksumHeader(name: ChecksumName): string {
  return `x-amz-checksum-${name.toLowerCase()}`
}

/** Reads an algorithm's name. Throws InvalidRequest for one that does not exist. */
export function toChecksumName(raw: string): ChecksumName {
  const name = NAMES.find((candidate) => candidate === raw.toUpperCase())
  if (name === undefined) throw new S3Error(400, 'InvalidRequest', 'Checksum algorithm provided is unsupported.')
  return name
}

/** Base64 digest of content. */
export function digest(name: ChecksumName, content: Iterable<Uint8Array>): string {
  switch (name) {
    case 'CRC32': {
      let value = 0
      for (const piece of content) value = crc32(piece, value)
      return crc32Base64(value)
    }
    case 'CRC32C':
      return runHasher(crc32c, content)
    case 'CRC64NVME':
      return runHasher(crc64nvme, content)
    case 'SHA1':
    case 'SHA256': {
      const hash = createHash(name.toLowerCase())
      for (const piece of content) hash.update(piece)
      return hash.digest('base64')
    }
  }
}

/** Base64 digest of content, however large where that can be reckoned. */
export function digestOf(name: ChecksumName, content: Content): string {
  return name === 'CRC32' ? crc32Base64(content.crc32()) : digest(name, content.pieces())
}

/** The checksum a request carries, as header or trailer. Two of them, or an algorithm without its value, are refused. */
export function claimedChecksum(request: S3Request): { algorithm: ChecksumName; value: string } | undefined {
  const carried = NAMES.flatMap((algorithm) => {
    const name = checksumHeader(algorithm)
    const value = request.headers[name] ?? request.trailers[name]
    return value === undefined ? [] : [{ algorithm, value }]
  })
  if (carried.length > 1) throw new S3Error(400, 'InvalidRequest', 'Expecting a single x-amz-checksum- header.')
  const announced = request.headers['x-amz-sdk-checksum-algorithm']
  if (announced !== undefined && carried[0]?.algorithm !== toChecksumName(announced)) {
    throw new S3Error(
      400,
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding header found.',
    )
  }
  return carried[0]
}

/** Throws BadDigest or InvalidRequest unless the bytes have the claimed checksum and Content-MD5. */
export function verifyChecksums(request: S3Request, body: Iterable<Uint8Array>): void {
  const pieces = [...body]
  const claimed = claimedChecksum(request)
  if (claimed !== undefined && digest(claimed.algorithm, pieces) !== claimed.value) {
    throw new S3Error(400, 'BadDigest', `The ${claimed.algorithm} you specified did not match the calculated checksum.`)
  }
  const md5 = request.headers['content-md5']
  if (md5 !== undefined && md5 !== md5Of(pieces).toString('base64')) {
    throw new S3Error(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.')
  }
}

/** MD5 of content, raw. */
export function md5Of(content: Iterable<Uint8Array>): Buffer {
  const hash = createHash('md5')
  for (const piece of content) hash.update(piece)
  return hash.digest()
}

/** Checksum of the checksums of the parts, as `base64-N`. */
export function compositeDigest(name: ChecksumName, parts: readonly string[]): string {
  const raw = Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')))
  return `${digest(name, [raw])}-${parts.length}`
}

/** The digest Amazon adds where the client sends none. */
export function defaultChecksum(content: Content): { algorithm: ChecksumName; value: string; type: 'FULL_OBJECT' } {
  return { algorithm: 'CRC64NVME', value: digest('CRC64NVME', content.pieces()), type: 'FULL_OBJECT' }
}

function crc32Base64(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes.toString('base64')
}

function runHasher(hasher: IHasher, content: Iterable<Uint8Array>): string {
  hasher.init()
  for (const piece of content) hasher.update(piece)
  return Buffer.from(hasher.digest('hex'), 'hex').toString('base64')
}
