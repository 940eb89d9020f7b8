import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { acquireInstanceLock } from '../../main/state/instance-lock.ts'
import { temporaryPaths } from '../fakes/host.ts'
import { startChild } from './support/children.ts'

describe('the instance lock', () => {
  it('keeps a second process out, names the first, and is free at once when that is killed', async () => {
    const directory = temporaryPaths().state
    const first = startChild('./hold-lock.ts', directory)
    await first.until((line) => line === 'held')
    const second = startChild('./hold-lock.ts', directory)
    const refusal = await second.until((line) => line !== '')
    expect(refusal).toMatch(/^locked Another Tidekeep is already using .*state \(pid \d+\)\.$/)
    await second.ended
    expect(() => acquireInstanceLock(directory)).toThrow(/already using/)
    await first.kill()
    const lock = acquireInstanceLock(directory)
    expect(lock.directory).toBe(directory)
    lock.release()
  })

  it('refuses the same process a second time, until it is released', () => {
    const directory = temporaryPaths().state
    const lock = acquireInstanceLock(directory)
    expect(() => acquireInstanceLock(directory)).toThrow(
      expect.objectContaining({ code: 'locked', message: expect.stringContaining(`(pid ${process.pid})`) }),
    )
    lock.release()
    lock.release()
    acquireInstanceLock(directory).release()
  })

  it('is not stopped by foreign bytes in its file or an unreadable process number', () => {
    const directory = temporaryPaths().state
    acquireInstanceLock(directory).release()
    writeFileSync(
      join(directory, 'lock.db'),
      'these bytes are not from SQLite, and there are more than a header of them. '.repeat(4),
    )
    writeFileSync(join(directory, 'lock.pid'), 'nonsense')
    acquireInstanceLock(directory).release()
  })

  it('says what to do when the directory cannot be made', () => {
    const { home } = temporaryPaths()
    writeFileSync(join(home, 'file'), '')
    expect(() => acquireInstanceLock(join(home, 'file', 'state'))).toThrow(
      expect.objectContaining({ code: 'forbidden' }),
    )
  })
})
