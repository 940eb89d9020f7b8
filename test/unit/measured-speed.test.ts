import { describe, expect, it } from 'vitest'
import { measuredSpeed } from '../../main/delta/measured-speed.ts'

const MIB = 1024 ** 2
const row = (atMs: number, durationMs: number, bytesSent: number, method: 'whole' | 'delta' = 'whole') => ({
  atMs,
  durationMs,
  bytesSent,
  method,
})

describe('the speed of the line', () => {
  it('is not known without transfers that say something about it', () => {
    expect(measuredSpeed([])).toBeUndefined()
    expect(
      measuredSpeed([row(1000, 10, 500), row(2000, 0, 5 * MIB), row(3000, 1000, 5 * MIB, 'delta')]),
    ).toBeUndefined()
  })

  it('is what was sent in the time something was sent', () => {
    expect(measuredSpeed([row(10_000, 2000, 4 * MIB), row(100_000, 2000, 4 * MIB)])).toBe(2 * MIB)
  })

  it('counts time once in which several were sent, in whatever order they are told', () => {
    const rows = [row(10_000, 4000, 4 * MIB), row(9_000, 3000, 2 * MIB), row(12_000, 4000, 6 * MIB)]
    expect(measuredSpeed(rows)).toBe(2 * MIB)
    expect(measuredSpeed(rows.toReversed())).toBe(2 * MIB)
  })
})
