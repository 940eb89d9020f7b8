import { describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { EndpointBreakers } from '../../main/providers/decorators/breaker.ts'
import { intercept } from '../../main/providers/decorators/intercept.ts'
import { retrying } from '../../main/providers/decorators/retrying.ts'
import { createMemoryProvider } from '../../main/providers/memory/index.ts'
import type { TargetProvider } from '../../main/providers/provider.ts'
import { createFakeHost } from '../fakes/host.ts'

const PATH = 'a' as RelPath
const never = { signal: new AbortController().signal }

interface Bucket {
  readonly provider: TargetProvider
  requests: number
}

/** A store with several buckets, all of which are silent while it is down. */
class Store {
  readonly host = createFakeHost()
  failure: TidekeepError | undefined
  readonly #breakers = new EndpointBreakers(this.host.clock)

  bucket(name: string, endpoint: string | undefined): Bucket {
    const memory = createMemoryProvider({ name })
    const inner = intercept(memory, {
      stat: async () => {
        bucket.requests++
        if (this.failure !== undefined) throw this.failure
        return { kind: 'file', path: PATH, size: 0, mtimeNs: 0n }
      },
    })
    const named = endpoint === undefined ? inner : { ...inner, endpoint }
    const bucket = { provider: retrying(named, { ...this.host, breakers: this.#breakers }), requests: 0 }
    return bucket
  }

  /** One call a second of each bucket, whatever becomes of it. */
  async ask(buckets: readonly Bucket[], seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      for (const { provider } of buckets) provider.stat(PATH, never).catch(() => undefined)
      await this.host.clock.advance(1000)
    }
  }
}

const down = new TidekeepError({ code: 'unavailable', message: 'bucket one does not answer.' })

describe('targets of one endpoint', () => {
  it('are down together: ten buckets ask it no more often than one', async () => {
    const requests = await Promise.all(
      [1, 10].map(async (count) => {
        const store = new Store()
        const buckets = Array.from({ length: count }, (_, index) => store.bucket(`b${index}`, 'https://s3.example'))
        store.failure = down
        await store.ask(buckets, 600)
        return buckets.reduce((sum, bucket) => sum + bucket.requests, 0)
      }),
    )
    // What is under way when the breaker opens is one call of each.
    expect(requests[1]).toBeLessThanOrEqual(requests[0]! + 9)
  })

  it('are up together: the one that is let through speaks for all of them', async () => {
    const store = new Store()
    const [one, two] = [store.bucket('one', 'https://s3.example'), store.bucket('two', 'https://s3.example')]
    store.failure = down
    await store.ask([one], 60)
    await expect(two.provider.stat(PATH, never)).rejects.toMatchObject({ code: 'unavailable' })
    expect(two.requests).toBe(0)
    store.failure = undefined
    await store.host.clock.advance(31_000)
    await one.provider.stat(PATH, never)
    await expect(two.provider.stat(PATH, never)).resolves.toMatchObject({ path: PATH })
  })

  it('speak of themselves: one does not repeat what was said of another', async () => {
    const store = new Store()
    const [one, two] = [store.bucket('one', 'https://s3.example'), store.bucket('two', 'https://s3.example')]
    store.failure = down
    await store.ask([one], 60)
    await expect(one.provider.stat(PATH, never)).rejects.toMatchObject({ message: down.message })
    await expect(two.provider.stat(PATH, never)).rejects.toMatchObject({
      message: expect.stringMatching(/two does not answer/),
    })
  })

  it('do not wait for what one of them was told to wait for', async () => {
    const store = new Store()
    const [one, two] = [store.bucket('one', 'https://s3.example'), store.bucket('two', 'https://s3.example')]
    store.failure = new TidekeepError({
      code: 'throttled',
      message: 'Slow down.',
      retry: { kind: 'after', delayMs: 60_000 },
    })
    await store.ask([one], 1)
    store.failure = undefined
    await expect(one.provider.stat(PATH, never)).rejects.toMatchObject({ code: 'throttled' })
    await expect(two.provider.stat(PATH, never)).resolves.toMatchObject({ path: PATH })
  })
})

describe('targets of different endpoints, and those that share with none', () => {
  it.each([
    ['https://a.example', 'https://b.example'],
    [undefined, undefined],
  ])('do not know of each other (%s, %s)', async (left, right) => {
    const store = new Store()
    const [one, two] = [store.bucket('one', left), store.bucket('two', right)]
    store.failure = down
    await store.ask([one], 60)
    store.failure = undefined
    await expect(two.provider.stat(PATH, never)).resolves.toMatchObject({ path: PATH })
  })
})
