import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { ByteRange } from '../../common/model.ts'
import { ReadAhead } from '../../main/read-ahead.ts'

const MIB = 1024 * 1024
const PART = 8 * MIB
const { signal } = new AbortController()

/** A file whose every mebibyte holds its own number, and how it is read. */
class Source {
  readonly asked: ByteRange[] = []
  underWay = 0
  most = 0
  failAt = Number.POSITIVE_INFINITY

  readonly read = async function* (this: Source, range: ByteRange, stop: AbortSignal): AsyncGenerator<Uint8Array> {
    this.asked.push(range)
    this.most = Math.max(this.most, ++this.underWay)
    try {
      for (let at = range.start; at < range.end; at += MIB) {
        // Later parts come sooner than earlier ones.
        await sleep(at === 0 ? 20 : 1)
        stop.throwIfAborted()
        if (at >= this.failAt) throw new Error('the line broke')
        yield Buffer.alloc(Math.min(MIB, range.end - at), at / MIB)
      }
    } finally {
      this.underWay--
    }
  }.bind(this)
}

async function firstBytes(reading: AsyncIterable<Uint8Array>): Promise<readonly number[]> {
  const found: number[] = []
  for await (const piece of reading) found.push(piece[0]!)
  return found
}

describe('a large file read in parts', () => {
  it('comes in order and whole, with no more parts under way than allowed', async () => {
    const source = new Source()
    const size = 5 * PART + 3 * MIB
    const ahead = new ReadAhead(2)
    expect(await firstBytes(ahead.content(size, source.read, signal))).toEqual(
      Array.from({ length: size / MIB }, (_, number) => number),
    )
    expect(source.most).toBe(3)
    expect(source.asked.at(-1)).toEqual({ start: 5 * PART, end: size })
  })

  it('shares what is allowed between files, and none waits for another', async () => {
    const source = new Source()
    const ahead = new ReadAhead(1)
    await Promise.all([
      firstBytes(ahead.content(3 * PART, source.read, signal)),
      firstBytes(ahead.content(3 * PART, source.read, signal)),
    ])
    expect(source.most).toBe(3)
  })

  it('ends every part where one fails, where it is cancelled, and where nobody reads on', async () => {
    const ahead = new ReadAhead(3)
    const broken = new Source()
    broken.failAt = PART + 2 * MIB
    await expect(firstBytes(ahead.content(6 * PART, broken.read, signal))).rejects.toThrow('the line broke')
    expect(broken.underWay).toBe(0)
    const cancelled = new Source()
    const kill = new AbortController()
    const reading = firstBytes(ahead.content(6 * PART, cancelled.read, kill.signal))
    kill.abort(new Error('cancelled'))
    await expect(reading).rejects.toThrow('cancelled')
    expect(cancelled.underWay).toBe(0)
    const left = new Source()
    for await (const piece of ahead.content(6 * PART, left.read, signal)) if (piece.length > 0) break
    expect(left.underWay).toBe(0)
    // Nothing of what was allowed was lost on the way.
    const next = new Source()
    await firstBytes(ahead.content(6 * PART, next.read, signal))
    expect(next.most).toBe(4)
  })
})
