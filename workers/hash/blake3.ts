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

/** A fresh hasher. */
export function createBlake3(): Blake3 {
  if (native === undefined) return createWasmHasher(shared!)
  const hasher = new native.Blake3Hasher()
  return { update: (bytes) => void hasher.update(bytes), digestHex: () => hasher.digestBuffer().toString('hex') }
}

/** BLAKE3 of one buffer, lower-case hex. */
export function blake3Hex(bytes: Uint8Array): string {
  if (native !== undefined) return native.blake3(bytes).toString('hex')
  const hasher = createBlake3()
  hasher.update(bytes)
  return hasher.digestHex()
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
