import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createPastLock } from '../../main/state/past-lock.ts'
import { RecordingLog, temporaryPaths } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'
import { startChild } from './support/children.ts'

const lockOf = (paths: { readonly state: string }) =>
  createPastLock({ paths, clock: realClock, log: new RecordingLog() })
const removed = () => Promise.resolve('removed')

describe('what restores need of the past', () => {
  it('is not let go of while another process restores, and is as soon as that is killed', async () => {
    const paths = temporaryPaths()
    const lock = lockOf(paths)
    expect(await lock.unlessHeld(removed)).toBe('removed')
    const [one, other] = [startChild('./hold-past.ts', paths.state), startChild('./hold-past.ts', paths.state)]
    await Promise.all([one, other].map((child) => child.until((line) => line === 'held')))
    expect(await lock.unlessHeld(removed)).toBeUndefined()
    await one.kill()
    expect(await lock.unlessHeld(removed)).toBeUndefined()
    await other.kill()
    expect(await lock.unlessHeld(removed)).toBe('removed')
  })

  it('is not let go of while this process restores, until all of its restores are over', async () => {
    const lock = lockOf(temporaryPaths())
    const [one, other] = [await lock.hold(), await lock.hold()]
    one()
    one()
    expect(await lock.unlessHeld(removed)).toBeUndefined()
    other()
    expect(await lock.unlessHeld(removed)).toBe('removed')
  })

  it('makes a restore wait that begins while versions are being removed', async () => {
    const lock = lockOf(temporaryPaths())
    const { promise: done, resolve: end } = Promise.withResolvers<void>()
    const order: string[] = []
    const removing = lock.unlessHeld(() => done.then(() => void order.push('removed')))
    const holding = (async () => {
      const release = await lock.hold()
      order.push('held')
      release()
    })()
    const abort = new AbortController()
    const stopped = lock.hold(abort.signal)
    abort.abort(new Error('stopped'))
    await expect(stopped).rejects.toThrow('stopped')
    end()
    await Promise.all([removing, holding])
    expect(order).toEqual(['removed', 'held'])
  })

  it('stops no restore where the state cannot be written, and nothing goes there', async () => {
    const { home } = temporaryPaths()
    writeFileSync(join(home, 'file'), '')
    const lock = lockOf({ state: join(home, 'file', 'state') })
    ;(await lock.hold())()
    expect(await lock.unlessHeld(removed)).toBeUndefined()
  })

  it('goes on after foreign bytes in its file', async () => {
    const paths = temporaryPaths()
    mkdirSync(paths.state, { recursive: true })
    writeFileSync(
      join(paths.state, 'past.lock'),
      'these bytes are not from SQLite, and there are more of them. '.repeat(9),
    )
    expect(existsSync(join(paths.state, 'past.lock'))).toBe(true)
    expect(await lockOf(paths).unlessHeld(removed)).toBe('removed')
  })
})
