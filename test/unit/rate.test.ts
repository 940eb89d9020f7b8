import { describe, expect, it } from 'vitest'
import type { ReasonView, TransferView } from '../../common/protocol.ts'
import { Rate } from '../../main/engine/rate.ts'
import { slowerReason } from '../../main/engine/slower.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const MIB = 1024 ** 2

class Line {
  readonly #clock = new VirtualClock()
  readonly rate = new Rate(this.#clock)
  #total = 0
  #burst = 0

  async carry(bytesPerSecond: number, seconds: number): Promise<number> {
    let rate = 0
    for (let second = 0; second < seconds; second++) {
      await this.#clock.advance(1_000)
      this.#total += bytesPerSecond
      rate = this.rate.update(this.#total, this.#burst)
    }
    return rate
  }

  /** Work begins anew: what was done before is no part of it. */
  beginBurst(): void {
    this.#total = 0
    this.#burst++
  }
}

/** Nothing limits what moves. */
const FREE = { bytesPerSecond: MIB, uploadLimit: 0, downloadLimit: 0 }
const LIMIT = { kind: 'limit', lift: 'possible' } as const

const transfer = (bytesDone: number, bytesTotal: number, kind: TransferView['kind'] = 'upload'): TransferView => ({
  jobId: 1,
  folderId: 'f1',
  path: 'a',
  kind,
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

  it('of new work has nothing of how fast the last work was', async () => {
    const line = new Line()
    await line.carry(700 * MIB, 15)
    await line.carry(0, 10)
    line.beginBurst()
    expect(await line.carry(6 * MIB, 2)).toBe(6 * MIB)
    await line.carry(6 * MIB, 15)
    expect(line.rate.hasDropped).toBe(false)
    await line.carry(1 * MIB, 8)
    expect(line.rate.hasDropped).toBe(true)
  })
})

describe('why it is slower', () => {
  it.each([
    ['many small files', [transfer(0, 2_000), transfer(100, 60_000)], 'Speed dropped: many small files'],
    ['what was sent is checked', [transfer(9 * MIB, 9 * MIB)], 'Speed dropped: what was sent is being checked'],
    ['the line', [transfer(0, 2_000), transfer(0, 9 * MIB)], 'Speed dropped: the target or the way there is slower'],
  ])('is told by what is under way: %s', (_why, transfers, text) => {
    expect(slowerReason(transfers, [], FREE)).toEqual([{ kind: 'slower', text }])
  })

  it('is left to the reason beside it where there is one that was not lifted', () => {
    const textBeside = (other: Pick<ReasonView, 'kind' | 'stops' | 'lift'>) =>
      slowerReason([transfer(0, 2_000)], [other], FREE)[0]?.text
    expect(textBeside({ kind: 'metered', stops: true, lift: 'possible' })).toBe('Speed dropped')
    expect(textBeside({ kind: 'timetable', stops: true, lift: 'possible' })).toBe('Speed dropped')
    expect(textBeside({ kind: 'scanning' })).toBe('Speed dropped')
    expect(textBeside({ kind: 'limit', lift: 'lifted' })).toBe('Speed dropped: many small files')
  })

  it('is nothing where a limit lets no more through: the limit is told, and nothing dropped', () => {
    const upload = [transfer(MIB, 9 * MIB)]
    const limited = { bytesPerSecond: 5.9 * MIB, uploadLimit: 6 * MIB, downloadLimit: 0 }
    expect(slowerReason(upload, [LIMIT], limited)).toEqual([])
    expect(slowerReason(upload, [LIMIT], { ...limited, bytesPerSecond: 3 * MIB })).toEqual([])
    const timetable = { kind: 'timetable', lift: 'possible' } as const
    expect(slowerReason(upload, [timetable], { ...limited, downloadLimit: 6 * MIB })).toEqual([])
  })

  it('is what is under way where much less moves than the limit lets through, or what moves has no limit', () => {
    const limited = { bytesPerSecond: 2.9 * MIB, uploadLimit: 6 * MIB, downloadLimit: 0 }
    const upload = transfer(MIB, 9 * MIB)
    const line = 'Speed dropped: the target or the way there is slower'
    const textOf = (transfers: readonly TransferView[], pace = limited) =>
      slowerReason(transfers, [LIMIT], pace).map(({ text }) => text)
    expect(textOf([upload])).toEqual([line])
    const fast = { ...limited, bytesPerSecond: 5.9 * MIB }
    expect(textOf([upload, transfer(0, 9 * MIB, 'download')], fast)).toEqual([line])
    expect(textOf([transfer(0, 9 * MIB, 'keep-both')], fast)).toEqual([line])
  })

  it('is nothing while no content moves', () => {
    expect(slowerReason([transfer(0, 0)], [], FREE)).toEqual([])
  })
})
