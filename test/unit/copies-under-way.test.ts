import { expect, it } from 'vitest'
import { CopiesUnderWay } from '../../main/providers/local/copies-under-way.ts'
import { createFakeHost } from '../fakes/host.ts'

it('nobody waits where nothing is copied', async () => {
  await new CopiesUnderWay(createFakeHost().clock).next()
})

it('whoever waits goes on with the first copy that ends, also with one that failed', async () => {
  for (const how of ['resolve', 'reject'] as const) {
    const copies = new CopiesUnderWay(createFakeHost().clock)
    const [one, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const ended = [copies.run(() => one.promise), copies.run(() => other.promise)]
    let isOver = false
    const waiting = copies.next().then(() => (isOver = true))
    await Promise.resolve()
    expect(isOver).toBe(false)
    if (how === 'resolve') other.resolve()
    else other.reject(new Error('the disk is full'))
    await Promise.allSettled([ended[1]])
    await waiting
    one.resolve()
    await ended[0]
  }
})

it('what hangs in a copy keeps nobody waiting for long', async () => {
  const host = createFakeHost()
  const copies = new CopiesUnderWay(host.clock)
  void copies.run(() => new Promise(() => undefined))
  let isOver = false
  void copies.next().then(() => (isOver = true))
  await host.clock.advance(999)
  expect(isOver).toBe(false)
  await host.clock.advance(1)
  expect(isOver).toBe(true)
})
