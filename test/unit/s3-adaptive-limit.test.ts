import { describe, expect, it } from 'vitest'
import { createAdaptiveLimit, type AdaptiveLimit } from '../../main/providers/s3/adaptive-limit.ts'
import { never } from '../fakes/s3/harness.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

interface Store {
  /** How long a request takes when `busy` are on their way. */
  readonly serviceMs: (busy: number) => number
}

/** Runs `count` requests against a modelled store on virtual time; resolves to what was most at once. */
async function drive(
  limit: AdaptiveLimit,
  clock: VirtualClock,
  { store, count }: { store: Store; count: number },
): Promise<number> {
  let busy = 0
  let most = 0
  let done = 0
  const request = async (): Promise<void> => {
    busy++
    most = Math.max(most, busy)
    await clock.sleep(store.serviceMs(busy))
    busy--
    done++
  }
  const all = Promise.all(Array.from({ length: count }, () => limit.run(never, request)))
  const isDone = (): boolean => done === count
  while (!isDone()) await clock.advance(25)
  await all
  return most
}

const open = (clock: VirtualClock): AdaptiveLimit => createAdaptiveLimit({ clock, initial: 32, min: 4, max: 256 })

describe('the number of small requests at once', () => {
  it('climbs to the top where only latency limits', async () => {
    const clock = new VirtualClock()
    const limit = open(clock)
    expect(await drive(limit, clock, { store: { serviceMs: () => 25 }, count: 6000 })).toBe(256)
  })

  it('goes back to where it was when a wider limit brings nothing', async () => {
    const clock = new VirtualClock()
    const limit = open(clock)
    // A store that does one request each millisecond, however many wait.
    let freeAtMs = 0
    const serviceMs = (): number => {
      freeAtMs = Math.max(freeAtMs, clock.monotonic()) + 1
      return freeAtMs - clock.monotonic()
    }
    await drive(limit, clock, { store: { serviceMs }, count: 4000 })
    expect(limit.current).toBeLessThanOrEqual(48)
  })

  it('halves once for a burst of refusals, and lets nothing start during the pause', async () => {
    const clock = new VirtualClock()
    const limit = open(clock)
    for (let refusal = 0; refusal < 20; refusal++) limit.slowDown(1000)
    expect(limit.current).toBe(16)
    let started = false
    const running = limit.run(never, async () => {
      started = true
    })
    await clock.advance(999)
    expect(started).toBe(false)
    await clock.advance(2)
    await running
    expect(started).toBe(true)
  })

  it('never falls below its least', () => {
    const clock = new VirtualClock()
    const limit = open(clock)
    for (let minute = 0; minute < 10; minute++) {
      limit.slowDown(0)
      void clock.advance(60_000)
    }
    expect(limit.current).toBeGreaterThanOrEqual(4)
  })

  it('starts over after a rest', async () => {
    const clock = new VirtualClock()
    const limit = open(clock)
    await drive(limit, clock, { store: { serviceMs: () => 25 }, count: 6000 })
    expect(limit.current).toBe(256)
    await clock.advance(11_000)
    await limit.run(never, async () => {})
    expect(limit.current).toBe(32)
  })

  it('lets go of those who stop waiting', async () => {
    const clock = new VirtualClock()
    const limit = createAdaptiveLimit({ clock, initial: 1, min: 1, max: 1 })
    const first = limit.run(never, () => clock.sleep(10))
    const stop = new AbortController()
    const second = limit.run(stop.signal, async () => 'ran')
    stop.abort()
    await expect(second).rejects.toMatchObject({ code: 'cancelled' })
    const third = limit.run(never, async () => 'third')
    await clock.advance(20)
    await first
    expect(await third).toBe('third')
  })
})
