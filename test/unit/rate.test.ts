import { describe, expect, it } from 'vitest'
import type { TransferView } from '../../common/protocol.ts'
import { Rate } from '../../main/engine/rate.ts'
import { slowerReason } from '../../main/engine/slower.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const MIB = 1024 ** 2

class Line {
  readonly #clock = new VirtualClock()
  readonly rate = new Rate(this.#clock)
  #total = 0

  async carry(bytesPerSecond: number, seconds: number): Promise<number> {
    let rate = 0
    for (let second = 0; second < seconds; second++) {
      await this.#clock.advance(1_000)
      this.#total += bytesPerSecond
      rate = this.rate.update(this.#total)
    }
    return rate
  }
}

const transfer = (bytesDone: number, bytesTotal: number): TransferView => ({
  jobId: 1,
  folderId: 'f1',
  path: 'a',
  kind: 'upload',
  bytesDone,
  bytesTotal,
})

describe('a rate', () => {
  it('is called dropped when less than half of what was usual moves, and no more once that is usual', async () => {
    const line = new Line()
    await line.carry(10 * MIB, 30)
    expect(line.rate.hasDropped).toBe(false)
    await line.carry(2 * MIB, 8)
    expect(line.rate.hasDropped).toBe(true)
    await line.carry(2 * MIB, 120)
    expect(line.rate.hasDropped).toBe(false)
    await line.carry(10 * MIB, 5)
    expect(line.rate.hasDropped).toBe(false)
  })

  it('is called nothing in its first seconds, nor after a standstill', async () => {
    const line = new Line()
    await line.carry(10 * MIB, 2)
    await line.carry(1 * MIB, 5)
    expect(line.rate.hasDropped).toBe(false)
    await line.carry(10 * MIB, 20)
    await line.carry(0, 120)
    expect(await line.carry(1 * MIB, 2)).toBeGreaterThan(0)
    expect(line.rate.hasDropped).toBe(false)
  })
})

describe('why it is slower', () => {
  it.each([
    ['many small files', [transfer(0, 2_000), transfer(100, 60_000)], 'Speed dropped: many small files'],
    ['what was sent is checked', [transfer(9 * MIB, 9 * MIB)], 'Speed dropped: what was sent is being checked'],
    ['the line', [transfer(0, 2_000), transfer(0, 9 * MIB)], 'Speed dropped: the target or the way there is slower'],
  ])('is told by what is under way: %s', (_why, transfers, text) => {
    expect(slowerReason(transfers, [])).toEqual([{ kind: 'slower', text }])
  })

  it('is left to the reason beside it where there is one that was not lifted', () => {
    const small = [transfer(0, 2_000)]
    expect(slowerReason(small, [{ lift: 'possible' }])).toEqual([{ kind: 'slower', text: 'Speed dropped' }])
    expect(slowerReason(small, [{}])).toEqual([{ kind: 'slower', text: 'Speed dropped' }])
    expect(slowerReason(small, [{ lift: 'lifted' }])[0]?.text).toBe('Speed dropped: many small files')
  })

  it('is nothing while no content moves', () => {
    expect(slowerReason([transfer(0, 0)], [])).toEqual([])
  })
})
