/** Bytes of the digest. */
const DIGEST_BYTES = 20
const DIGEST_BITS = DIGEST_BYTES * 8
/** Each byte goes in this many bits after the one before it. */
const SHIFT_BITS = 11
/** 11 and 160 have no common divisor: after this many bytes the place is the same again. */
const CYCLE_BYTES = DIGEST_BITS
const CYCLE_WORDS = CYCLE_BYTES / 4
/** Bytes that lie askew in memory are copied this many at a time; whole cycles. */
const SCRATCH_BYTES = CYCLE_BYTES * 256

/** Incremental QuickXorHash. One use: `update` any number of times, then `digestHex` once. */
export interface QuickXor {
  update(bytes: Uint8Array): void
  /** Lower-case hex, as every digest of this program; Graph tells Base64. */
  digestHex(): string
}

/**
 * A fresh QuickXorHash, the digest that OneDrive and SharePoint tell of every file: it finds what a
 * transfer spoils, and nothing that someone means to hide. Definition and test vectors: Microsoft's
 * "Code Snippets: QuickXorHash Algorithm". Because XOR knows no order, bytes 160 apart are added to
 * each other first, a word at a time, and shifted into place only at the end.
 */
export function createQuickXor(): QuickXor {
  const words = new Uint32Array(CYCLE_WORDS)
  const bytes = new Uint8Array(words.buffer)
  const scratch = new Uint8Array(SCRATCH_BYTES)
  let length = 0

  const addBytes = (piece: Uint8Array): void => {
    for (let index = 0, at = length % CYCLE_BYTES; index < piece.length; index++) {
      bytes[at]! ^= piece[index]!
      at = at + 1 === CYCLE_BYTES ? 0 : at + 1
    }
    length += piece.length
  }
  /** Only at the start of a cycle, and whole cycles. */
  const addCycles = (piece: Uint8Array): void => {
    if (piece.byteOffset % 4 === 0) addWords(words, piece)
    else {
      for (let start = 0; start < piece.length; start += SCRATCH_BYTES) {
        const part = piece.subarray(start, start + SCRATCH_BYTES)
        scratch.set(part)
        addWords(words, scratch.subarray(0, part.length))
      }
    }
    length += piece.length
  }
  return {
    update: (piece) => {
      const toCycle = (CYCLE_BYTES - (length % CYCLE_BYTES)) % CYCLE_BYTES
      const head = piece.subarray(0, toCycle)
      const wholeBytes = Math.floor((piece.length - head.length) / CYCLE_BYTES) * CYCLE_BYTES
      addBytes(head)
      addCycles(piece.subarray(head.length, head.length + wholeBytes))
      addBytes(piece.subarray(head.length + wholeBytes))
    },
    digestHex: () => Buffer.from(fold(bytes, length)).toString('hex'),
  }
}

/** QuickXorHash of one buffer, lower-case hex. */
export function quickXorHex(bytes: Uint8Array): string {
  const hasher = createQuickXor()
  hasher.update(bytes)
  return hasher.digestHex()
}

function addWords(words: Uint32Array, piece: Uint8Array): void {
  const added = new Uint32Array(piece.buffer, piece.byteOffset, piece.length / 4)
  for (let start = 0; start < added.length; start += CYCLE_WORDS) {
    for (let index = 0; index < CYCLE_WORDS; index++) words[index]! ^= added[start + index]!
  }
}

/** Shifts each byte of a cycle into its place, then adds the length to the last eight bytes. */
function fold(cycle: Uint8Array, length: number): Uint8Array {
  const digest = new Uint8Array(DIGEST_BYTES)
  for (let index = 0; index < CYCLE_BYTES; index++) {
    const bit = (index * SHIFT_BITS) % DIGEST_BITS
    const at = bit >> 3
    const shifted = cycle[index]! << (bit & 7)
    digest[at]! ^= shifted & 0xff
    digest[(at + 1) % DIGEST_BYTES]! ^= shifted >> 8
  }
  const lengthBytes = new DataView(new ArrayBuffer(8))
  lengthBytes.setBigUint64(0, BigInt(length), true)
  for (let index = 0; index < 8; index++) digest[DIGEST_BYTES - 8 + index]! ^= lengthBytes.getUint8(index)
  return digest
}
