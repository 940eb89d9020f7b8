import { describe, expect, it } from 'vitest'
import { secondsFor } from '../../workers/fs/file-times.ts'
import { heldNs } from '../../workers/fs/held-times.ts'

describe('a time that is held', () => {
  it.each([0n, -1n, 1_600_000_000_123_456_789n, -315_360_000_000_000_000n])('is what it was: %s', (timeNs) => {
    expect(heldNs(timeNs)).toBe(timeNs)
  })

  it.each([16_725_225_600_000_000_000n, -16_725_225_600_000_000_000n, 2n ** 63n - 1n, -(2n ** 63n)])(
    'fits 64 bits, and can be set as it is: %s',
    (timeNs) => {
      const held = heldNs(timeNs)
      expect(BigInt.asIntN(64, held)).toBe(held)
      expect(held < 0n).toBe(timeNs < 0n)
      expect(BigInt(Number(secondsFor(held))) * 1_000_000_000n).toBe(held)
      expect(heldNs(held)).toBe(held)
    },
  )
})
