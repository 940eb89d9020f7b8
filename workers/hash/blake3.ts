import { createRequire } from 'node:module'
import type { IHasher } from 'hash-wasm'

/** Incremental BLAKE3. One use: `update` any number of times, then `digestHex` once. */
export interface Blake3 {
  update(bytes: Uint8Array): void
  digestHex(): string
}

type NativeModule = typeof import('@napi-rs/blake-hash')

/** Native where a prebuilt binary fits this machine (about ten times faster), WebAssembly elsewhere. */
const native = loadNative()
const shared: IHasher | undefined = native === undefined ? await loadWasm() : undefined

/** Which implementation this process uses; for `doctor` and the equality test. */
export const blake3Implementation: 'native' | 'wasm' = native === undefined ? 'wasm' : 'native'

const BASE64_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const DIGIT_BY_CHAR = new Uint8Array(128)
for (let digit = 0; digit < 64; digit++) DIGIT_BY_CHAR[BASE64_DIGITS.charCodeAt(digit)] = digit

/** A fresh hasher. */
export function createBlake3(): Blake3 {
  if (native === undefined) return createWasmHasher(shared!)
  const hasher = new native.Blake3Hasher()
  return { update: (bytes) => void hasher.update(bytes), digestHex: () => hasher.digestBuffer().toString('hex') }
}

/** BLAKE3 of one buffer, lower-case hex. */
export function blake3Hex(bytes: Uint8Array): string {
  // By way of a text: a Buffer made by native code costs more, and has to be finalised for each file.
  if (native !== undefined) return Buffer.from(native.blake3UrlSafeBase64(bytes), 'base64url').toString('hex')
  const hasher = createBlake3()
  hasher.update(bytes)
  return hasher.digestHex()
}

/**
 * The first 16 bytes of one buffer's BLAKE3, as four little-endian words into `words`. For many short
 * buffers: a text costs half of what a Buffer does, and leaves nothing to be finalised.
 */
export function blake3Short(bytes: Uint8Array, words: Uint32Array): void {
  if (native === undefined) {
    const digest = shared!.init().update(bytes).digest('binary')
    for (let word = 0; word < 4; word++) words[word] = readWord(digest, word * 4)
    return
  }
  const text = native.blake3UrlSafeBase64(bytes)
  // Five and a third digits are a word: bits are gathered until there are 32 of them.
  let gathered = 0
  let missingBits = 32
  let word = 0
  for (let at = 0; word < 4; at++) {
    const digit = DIGIT_BY_CHAR[text.charCodeAt(at)]!
    missingBits -= 6
    if (missingBits > 0) {
      gathered |= digit << missingBits
      continue
    }
    words[word++] = swapBytes(gathered | (digit >>> -missingBits))
    missingBits += 32
    gathered = missingBits === 32 ? 0 : digit << missingBits
  }
}

function swapBytes(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}

function readWord(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function loadNative(): NativeModule | undefined {
  if (process.env['TIDEKEEP_HASH'] === 'wasm') return undefined
  try {
    // Loaded by name at run time: a missing prebuilt binary must not stop the program.
    return createRequire(import.meta.url)('@napi-rs/blake-hash') as NativeModule
  } catch {
    return undefined
  }
}

async function loadWasm(): Promise<IHasher> {
  const { createBLAKE3 } = await import('hash-wasm')
  return createBLAKE3()
}

/** hash-wasm makes hashers asynchronously; one instance serves all by swapping its saved state in and out. */
function createWasmHasher(hasher: IHasher): Blake3 {
  let state = hasher.init().save()
  return {
    update: (bytes) => {
      hasher.load(state)
      hasher.update(bytes)
      state = hasher.save()
    },
    digestHex: () => hasher.load(state).digest('hex'),
  }
}
