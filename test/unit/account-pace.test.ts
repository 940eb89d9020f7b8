import { describe, expect, it } from 'vitest'
import { AccountPace } from '../../main/providers/onedrive/account-pace.ts'
import { never } from '../fakes/s3/harness.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

/** Requests that end when they are told to. */
class Requests {
  most = 0
  readonly #pace: AccountPace
  readonly #clock: VirtualClock
  readonly #ends: (() => void)[] = []

  constructor(pace: AccountPace, clock: VirtualClock) {
    this.#pace = pace
    this.#clock = clock
  }

  /** Begins so many at once and lets all of them end; gives how many were ever under way together. */
  async run(count: number, status: number, headers: Record<string, string> = {}): Promise<number> {
    this.most = 0
    const all = Array.from({ length: count }, () => this.#one(status, headers))
    for (let ended = 0; ended < count;) {
      await this.#clock.advance(0)
      ended += this.#ends.length
      for (const end of this.#ends.splice(0)) end()
    }
    await Promise.all(all)
    return this.most
  }

  #one(status: number, headers: Record<string, string>): Promise<void> {
    return this.#pace.inTurn(never, async () => {
      await new Promise<void>((resolve) => {
        this.#ends.push(resolve)
        this.most = Math.max(this.most, this.#ends.length)
      })
      this.#pace.heard(status, headers)
    })
  }
}

describe('requests of one account at once', () => {
  it('grow while nothing speaks against it, up to a bound, and are halved once by a wish to slow down', async () => {
    const clock = new VirtualClock()
    const requests = new Requests(new AccountPace(clock), clock)
    expect(await requests.run(40, 200)).toBe(10)
    await requests.run(200, 200)
    expect(await requests.run(40, 200)).toBeGreaterThanOrEqual(14)
    await requests.run(1000, 200)
    expect(await requests.run(60, 200)).toBe(20)
    await requests.run(1, 429, { 'retry-after': '3' })
    // The others that were under way say the same.
    const pace = new AccountPace(clock)
    for (let index = 0; index < 10; index++) pace.heard(429, { 'retry-after': '3' })
    await clock.advance(3000)
    expect(await requests.run(40, 200)).toBe(10)
    expect(await new Requests(pace, clock).run(40, 200)).toBe(5)
  })
})
