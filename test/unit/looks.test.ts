import { describe, expect, it } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import { LEAST_LOOK_MS, LOOK_EVERY_MS, Looks } from '../../main/api/looks.ts'
import type { Features, TargetProvider } from '../../main/providers/provider.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

interface Asked {
  opened: number
  closed: number
}

function provider(asked: Asked, features: Partial<Features>, list?: TargetProvider['list']): TargetProvider {
  asked.opened++
  return { features, list, close: async () => void asked.closed++ } as unknown as TargetProvider
}

describe('looks at a target', () => {
  it('ask again after five minutes, or after five seconds where a person wants to know', async () => {
    const clock = new VirtualClock()
    const asked: Asked = { opened: 0, closed: 0 }
    const looks = new Looks({ clock })
    const look = async (isFresh: boolean): Promise<number> => {
      const open = async (): Promise<TargetProvider> => provider(asked, { capacity: async () => ({ freeBytes: 1 }) })
      await looks.at({ key: 'k', isFresh, open })
      return asked.opened
    }
    expect(await look(false)).toBe(1)
    await clock.advance(LOOK_EVERY_MS - 1)
    expect(await look(false)).toBe(1)
    expect(await look(true)).toBe(2)
    await clock.advance(LEAST_LOOK_MS - 1)
    expect(await look(true)).toBe(2)
    await clock.advance(1)
    expect(await look(true)).toBe(3)
    expect(asked.closed).toBe(3)
  })

  it('ask again soon at a target that was away a moment ago', async () => {
    const clock = new VirtualClock()
    const looks = new Looks({ clock })
    let isAway = true
    const open = async (): Promise<TargetProvider> => {
      if (isAway) throw new TidekeepError({ code: 'unavailable', message: 'The store is away.' })
      return provider({ opened: 0, closed: 0 }, { capacity: async () => ({ freeBytes: 1 }) })
    }
    const look = () => looks.at({ key: 'k', isFresh: false, open })
    expect(await look()).toMatchObject({ isReachable: false })
    isAway = false
    await clock.advance(LEAST_LOOK_MS - 1)
    expect(await look()).toMatchObject({ isReachable: false })
    await clock.advance(1)
    expect(await look()).toMatchObject({ isReachable: true })
  })

  it('read one batch where the target does not tell how full it is, and never say more than they know', async () => {
    const asked: Asked = { opened: 0, closed: 0 }
    let batches = 0
    const list = async function* (): AsyncGenerator<readonly never[]> {
      for (;;) {
        batches++
        yield []
      }
    }
    const looks = new Looks({ clock: new VirtualClock() })
    const open = async (): Promise<TargetProvider> => provider(asked, {}, list)
    expect(await looks.at({ key: 'k', isFresh: false, open })).toMatchObject({ isReachable: true, capacity: {} })
    expect([batches, asked.closed]).toEqual([1, 1])
  })

  it('end after a while at a target that says nothing, and answer with the reason', async () => {
    const clock = new VirtualClock()
    const looks = new Looks({ clock })
    const open = async (): Promise<TargetProvider> =>
      provider({ opened: 0, closed: 0 }, { capacity: () => new Promise(() => undefined) })
    const silent = looks.at({ key: 'silent', isFresh: false, open })
    await clock.advance(60_000)
    expect(await silent).toMatchObject({ isReachable: false, error: { code: 'timeout' }, capacity: {} })
    const away = looks.at({
      key: 'away',
      isFresh: false,
      open: async () => {
        throw new TidekeepError({ code: 'unavailable', message: 'The disk is away.', fix: 'Connect it.' })
      },
    })
    expect(await away).toMatchObject({
      isReachable: false,
      error: { message: 'The disk is away.', fix: 'Connect it.' },
    })
  })
})
