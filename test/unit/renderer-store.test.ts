import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { StatusView, TopicName, Topics } from '../../common/protocol.ts'
import { createPictures } from '../../renderer/state/pictures.ts'
import { createStore, mergeRecent, RECENT_LIMIT } from '../../renderer/state/store.ts'
import type { Connection, ConnectionState } from '../../renderer/transports/connection.ts'
import { activityRow as row } from '../fakes/activity-row.ts'

const status = (sentence: string): StatusView => ({
  headline: 'protected',
  sentence,
  version: '0',
  pausedUntil: 0,
  folders: [],
  transfers: [],
  progress: null,
  reasons: [],
  attention: [],
})

interface Fake extends Connection {
  push<T extends TopicName>(topic: T, value: Topics[T]): void
  become(state: ConnectionState): void
  readonly called: readonly string[]
}

function fakeConnection(): Fake {
  const listeners = new Map<string, (value: unknown) => void>()
  const called: string[] = []
  let watcher = (_state: ConnectionState): void => undefined
  return {
    transport: 'http',
    called,
    call: async (name) => {
      called.push(name)
      const answers: Record<string, unknown> = { 'status.get': status('read'), 'activity.list': [row(1), row(2)] }
      return answers[name] as never
    },
    subscribe: (topic, listener) => {
      listeners.set(topic, listener as (value: unknown) => void)
      return () => void listeners.delete(topic)
    },
    watch: (listener) => {
      watcher = listener
      listener('connecting')
      return () => undefined
    },
    close: () => undefined,
    push: (topic, value) => listeners.get(topic)?.(value),
    become: (state) => watcher(state),
  }
}

// Nothing is placed or painted here.
beforeEach(() => {
  vi.stubGlobal('requestAnimationFrame', () => undefined)
})
afterEach(() => {
  vi.unstubAllGlobals()
})

describe('the store of the renderer', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('draws twice a second however fast the service talks, and ends with the newest', async () => {
    const connection = fakeConnection()
    const store = createStore(connection, createPictures())
    let draws = 0
    store.subscribe(() => draws++)
    for (let index = 0; index < 100; index++) {
      connection.push('status', status(`s${index}`))
      await vi.advanceTimersByTimeAsync(10)
    }
    await vi.advanceTimersByTimeAsync(500)
    expect(draws).toBe(3)
    expect(store.get().status?.sentence).toBe('s99')
  })

  it('draws less often where drawing takes long, but once in two seconds at least', async () => {
    const connection = fakeConnection()
    const store = createStore(connection, createPictures())
    let draws = 0
    store.subscribe(() => {
      draws++
      vi.advanceTimersByTime(30)
    })
    for (let index = 0; index < 100; index++) {
      connection.push('status', status(`s${index}`))
      await vi.advanceTimersByTimeAsync(50)
    }
    expect(draws).toBeGreaterThanOrEqual(2)
    expect(draws).toBeLessThanOrEqual(4)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(store.get().status?.sentence).toBe('s99')
  })

  it('shows another state of all at once, however long drawing takes', async () => {
    const connection = fakeConnection()
    const store = createStore(connection, createPictures())
    store.subscribe(() => vi.advanceTimersByTime(30))
    connection.push('status', status('first'))
    await vi.advanceTimersByTimeAsync(1)
    connection.push('status', { ...status('offline now'), headline: 'offline' })
    expect(store.get().status?.sentence).toBe('offline now')
  })

  it('shows at once that it is connected and what happened before, however long the first status took to draw', async () => {
    const connection = fakeConnection()
    const store = createStore(connection, createPictures())
    store.subscribe(() => vi.advanceTimersByTime(30))
    connection.push('status', status('first'))
    await vi.advanceTimersByTimeAsync(1)
    connection.become('live')
    await vi.advanceTimersByTimeAsync(1)
    expect([store.get().connection, store.get().recent?.length]).toEqual(['live', 2])
  })

  it('draws as often as always while somebody uses the window, also what waits already', async () => {
    const connection = fakeConnection()
    let isInUse = false
    const store = createStore(
      connection,
      createPictures(() => isInUse),
    )
    store.subscribe(() => vi.advanceTimersByTime(30))
    connection.push('status', status('first'))
    await vi.advanceTimersByTimeAsync(1)
    connection.push('status', status('soon'))
    await vi.advanceTimersByTimeAsync(300)
    expect(store.get().status?.sentence).toBe('first')
    isInUse = true
    connection.push('status', status('removed'))
    await vi.advanceTimersByTimeAsync(1)
    expect(store.get().status?.sentence).toBe('removed')
  })

  it('shows what somebody asked for without waiting', async () => {
    const connection = fakeConnection()
    const store = createStore(connection, createPictures())
    connection.push('status', status('first'))
    connection.push('status', status('soon'))
    await store.take(async () => status('paused'))
    expect(store.get().status?.sentence).toBe('paused')
  })

  it('reads the present state on every reconnection and keeps the last one while offline', async () => {
    const connection = fakeConnection()
    const store = createStore(connection, createPictures())
    connection.become('live')
    await vi.advanceTimersByTimeAsync(600)
    expect(store.get().status?.sentence).toBe('read')
    connection.become('offline')
    await vi.advanceTimersByTimeAsync(600)
    expect(store.get()).toMatchObject({ connection: 'offline', status: { sentence: 'read' } })
    connection.become('live')
    await vi.advanceTimersByTimeAsync(600)
    expect(connection.called.filter((name) => name === 'status.get')).toHaveLength(2)
  })

  it('never lets a slow answer replace what was pushed after it was asked for', async () => {
    const connection = fakeConnection()
    const store = createStore(connection, createPictures())
    const asked = Promise.withResolvers<StatusView>()
    const taken = store.take(() => asked.promise)
    connection.push('status', status('pushed'))
    asked.resolve(status('old'))
    await taken
    await vi.advanceTimersByTimeAsync(600)
    expect(store.get().status?.sentence).toBe('pushed')
    await store.take(async () => status('newer'))
    await vi.advanceTimersByTimeAsync(600)
    expect(store.get().status?.sentence).toBe('newer')
  })

  it('hears nothing any more once closed', async () => {
    const connection = fakeConnection()
    const store = createStore(connection, createPictures())
    connection.push('status', status('before'))
    store.close()
    connection.push('status', status('after'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(store.get().status?.sentence).toBe('before')
  })

  it('keeps each recent row once, newest first, up to a limit', () => {
    const many = Array.from({ length: RECENT_LIMIT }, (_, index) => row(index + 10))
    const merged = mergeRecent(many, [row(10), row(5_000), row(3)])
    expect(merged).toHaveLength(RECENT_LIMIT)
    expect(merged[0]?.id).toBe(5_000)
    expect(new Set(merged.map(({ id }) => id)).size).toBe(RECENT_LIMIT)
  })
})

describe('the page before this one', () => {
  const kept = { status: status('from before'), recent: [row(7)] }

  it('left what is painted before any call returns, and it gives way to the first answer', async () => {
    const connection = fakeConnection()
    const store = createStore(connection, createPictures(), {
      read: () => kept,
      write: () => undefined,
      forget: () => undefined,
    })
    expect(store.get()).toEqual({ ...kept, connection: 'connecting' })
    connection.become('live')
    // In touch alone does not make what is shown new.
    expect(store.get()).toEqual({ ...kept, connection: 'connecting' })
    await expect.poll(() => store.get().connection).toBe('live')
    expect(store.get().status?.sentence).toBe('read')
  })

  it('hands on what it shows when it goes away, and nothing to somebody who is signed out', async () => {
    const written: unknown[] = []
    let forgotten = 0
    const connection = fakeConnection()
    const memory = {
      read: () => undefined,
      write: (snapshot: unknown) => void written.push(snapshot),
      forget: () => void forgotten++,
    }
    const store = createStore(connection, createPictures(), memory)
    store.remember()
    expect(written).toEqual([])
    connection.become('live')
    await expect.poll(() => store.get().connection).toBe('live')
    connection.push('status', status('pushed'))
    store.remember()
    expect(written).toMatchObject([{ status: { sentence: 'pushed' } }])
    connection.become('refused')
    expect(forgotten).toBe(1)
    store.remember()
    expect(written).toHaveLength(1)
  })
})
