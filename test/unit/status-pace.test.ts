import { describe, expect, it } from 'vitest'
import { StatusPace } from '../../main/engine/status-pace.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const TICK_MS = 200

/** How often it is told in so many seconds of steady change where telling takes `costMs`. */
async function toldIn(seconds: number, costMs: number): Promise<number> {
  const clock = new VirtualClock()
  let spentMs = 0
  const pace = new StatusPace({ monotonic: () => clock.monotonic() + spentMs })
  let told = 0
  for (let atMs = 0; atMs < seconds * 1_000; atMs += TICK_MS) {
    pace.changed(false)
    if (pace.isDue()) {
      told++
      pace.telling(() => void (spentMs += costMs))
    }
    await clock.advance(TICK_MS)
  }
  return told
}

describe('the pace of the status', () => {
  it('is about twice a second while telling it is cheap', async () => {
    expect(await toldIn(12, 1)).toBe(20)
  })

  it('is slower where telling it costs, and once in about two seconds at least', async () => {
    expect(await toldIn(12, 6)).toBe(20)
    expect(await toldIn(20, 500)).toBe(13)
  })

  it('tells what a person did, and that work ended, with the next look, whatever the last one cost', async () => {
    const clock = new VirtualClock()
    const pace = new StatusPace(clock)
    pace.telling(() => undefined)
    pace.changed(false)
    expect(pace.isDue()).toBe(false)
    pace.changed(true)
    expect(pace.isDue()).toBe(true)
  })

  it('is every ten seconds where nothing changes', async () => {
    const clock = new VirtualClock()
    const pace = new StatusPace(clock)
    pace.telling(() => undefined)
    await clock.advance(9_999)
    expect(pace.isDue()).toBe(false)
    await clock.advance(1)
    expect(pace.isDue()).toBe(true)
  })
})
