import { getHeapStatistics } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createMemoryReturn } from '../../main/memory.ts'

const MEBIBYTE = 1024 * 1024

/** Small objects that live long enough to leave the young generation, and are then let go. */
function leaveGarbage(): void {
  const kept = Array.from({ length: 400_000 }, (_, index) => ({ index, name: `file ${index}` }))
  expect(kept).toHaveLength(400_000)
}

describe('memory that finished work left behind', () => {
  it('is given back', () => {
    const giveBack = createMemoryReturn()
    leaveGarbage()
    const beforeBytes = getHeapStatistics().total_heap_size
    expect(giveBack()).toBe(true)
    expect(beforeBytes - getHeapStatistics().total_heap_size).toBeGreaterThan(8 * MEBIBYTE)
  })

  it('is not looked for where little was left, nor twice', () => {
    const giveBack = createMemoryReturn()
    expect(giveBack()).toBe(false)
    leaveGarbage()
    expect([giveBack(), giveBack()]).toEqual([true, false])
  })

  it('is given back without the collector being handed to anyone else', () => {
    const giveBack = createMemoryReturn()
    leaveGarbage()
    giveBack()
    expect(runInNewContext('typeof gc')).toBe('undefined')
  })
})
