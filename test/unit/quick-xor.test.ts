import { describe, expect, it } from 'vitest'
import { createQuickXor, quickXorHex } from '../../workers/hash/quick-xor.ts'
import { seededRandom } from '../fakes/host.ts'
import { quickXorBase64 } from '../fakes/graph/quick-xor.ts'

/** Content and digest, both Base64: those that rclone publishes, which Microsoft's own code gave. */
const VECTORS = [
  ['', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
  ['Sg==', 'SgAAAAAAAAAAAAAAAQAAAAAAAAA='],
  ['J9iPGCbfZSTNyw==', 'J8DGIzBggm+UgQTNUgYAAAAAAAA='],
  ['T6LYJIfDh81JrAK309H2JMJTXis=', 'zBTHrspn3mEcohlJdIUAbjGNaNg='],
  ['0n7nl3YJtipy6yeUbVPWtc2h45WbF9u8hTz5tNwj3dZZwfXWkk+GN3g=', 'YJLNK7JR64j9aODWfqDvEe/u6NU='],
] as const

const hexOf = (base64: string): string => Buffer.from(base64, 'base64').toString('hex')

describe('QuickXorHash', () => {
  it.each(VECTORS)('of %j is %s', (content, digest) => {
    expect(quickXorHex(Buffer.from(content, 'base64'))).toBe(hexOf(digest))
  })

  it('is that of the definition, bit by bit, for every length around a cycle and many beyond', () => {
    const random = seededRandom(11)
    const bytes = Uint8Array.from({ length: 70_000 }, () => Math.floor(random.next() * 256))
    for (const size of [...Array(340).keys(), 4096, 40_959, 40_960, 40_961, 69_999]) {
      expect(quickXorHex(bytes.subarray(0, size)), `${size} bytes`).toBe(hexOf(quickXorBase64(bytes.subarray(0, size))))
    }
  })

  it('does not depend on how the content is cut, nor on where it lies in memory', () => {
    const random = seededRandom(12)
    const bytes = Uint8Array.from({ length: 200_000 }, () => Math.floor(random.next() * 256))
    const whole = quickXorHex(bytes)
    for (let round = 0; round < 50; round++) {
      const hasher = createQuickXor()
      for (let start = 0; start < bytes.length;) {
        const end = Math.min(bytes.length, start + Math.floor(random.next() ** 3 * 90_000))
        hasher.update(bytes.subarray(start, end))
        start = end
      }
      expect(hasher.digestHex()).toBe(whole)
    }
    const askew = new Uint8Array(bytes.length + 3)
    askew.set(bytes, 3)
    expect(quickXorHex(askew.subarray(3))).toBe(whole)
  })
})
