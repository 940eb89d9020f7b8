import { describe, expect, it } from 'vitest'
import { watchSleep } from '../../main/after-sleep.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

const HOUR_MS = 3_600_000

/** A clock on the wall that goes on while the timers stand still. */
class SleepingClock extends VirtualClock {
  #sleptMs = 0

  sleepFor(durationMs: number): void {
    this.#sleptMs += durationMs
  }

  override now(): number {
    return super.now() + this.#sleptMs
  }
}

/** Timers come late, and the clock that only grows has counted the time. */
class LateClock extends VirtualClock {
  #lateMs = 0

  beLate(durationMs: number): void {
    this.#lateMs += durationMs
  }

  override monotonic(): number {
    return super.monotonic() + this.#lateMs
  }
}

describe('a computer that slept', () => {
  it('is noticed where its timers stood still meanwhile, once for each sleep', async () => {
    const clock = new SleepingClock()
    let woken = 0
    const end = watchSleep(clock, () => woken++)
    await clock.advance(HOUR_MS)
    expect(woken).toBe(0)
    clock.sleepFor(8 * HOUR_MS)
    await clock.advance(15_000)
    expect(woken).toBe(1)
    await clock.advance(HOUR_MS)
    clock.sleepFor(60_000)
    await clock.advance(15_000)
    expect(woken).toBe(2)
    end()
    expect(clock.pending).toBe(0)
  })

  it('is noticed where its timers are late', async () => {
    const clock = new LateClock()
    let woken = 0
    watchSleep(clock, () => woken++)
    clock.beLate(HOUR_MS)
    await clock.advance(15_000)
    expect(woken).toBe(1)
  })

  it('is not one that is merely busy, or whose clock was set back', async () => {
    const clock = new SleepingClock()
    let woken = 0
    watchSleep(clock, () => woken++)
    clock.sleepFor(20_000)
    await clock.advance(15_000)
    clock.sleepFor(-HOUR_MS)
    await clock.advance(60_000)
    expect(woken).toBe(0)
  })
})
