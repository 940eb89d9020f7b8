import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createNodeHost } from '../../main/service/node-host.ts'
import { temporaryPaths } from '../fakes/host.ts'

function host(env: Record<string, string> = {}) {
  return createNodeHost({ env: { TIDEKEEP_HOME: temporaryPaths().home, ...env } })
}

describe('the host of a plain Node process', () => {
  it('makes no directory and no file before something is logged', () => {
    const { paths, log, notify } = host()
    expect(existsSync(paths.logs)).toBe(false)
    log.debug('below the level')
    expect(existsSync(paths.logs)).toBe(false)
    notify({ id: 'x', title: 'Tidekeep', body: 'All safe.' })
    expect(JSON.parse(readFileSync(join(paths.logs, 'tidekeep.log'), 'utf8'))).toMatchObject({
      event: 'notice',
      body: 'All safe.',
    })
  })

  it('takes its log level from TIDEKEEP_LOG_LEVEL and names a wrong one', () => {
    const { paths, log } = host({ TIDEKEEP_LOG_LEVEL: 'DEBUG' })
    log.debug('shown')
    expect(readFileSync(join(paths.logs, 'tidekeep.log'), 'utf8')).toContain('"event":"shown"')
    expect(() => host({ TIDEKEEP_LOG_LEVEL: 'loud' })).toThrow(
      /TIDEKEEP_LOG_LEVEL must be one of debug, info, warn, error/,
    )
  })

  it('sleeps, and wakes at once with the reason of an abort', async () => {
    const { clock } = host()
    const startMs = clock.monotonic()
    await clock.sleep(20)
    expect(clock.monotonic() - startMs).toBeGreaterThanOrEqual(18)
    const controller = new AbortController()
    const sleep = clock.sleep(2 ** 40, controller.signal)
    controller.abort(new Error('enough'))
    await expect(sleep).rejects.toThrow('enough')
    await expect(clock.sleep(5, AbortSignal.abort(new Error('already')))).rejects.toThrow('already')
    const [before, now, after] = [Date.now(), clock.now(), Date.now()]
    expect([before, now, after].toSorted((a, b) => a - b)).toEqual([before, now, after])
  })

  it('runs a timer once, not when it was cancelled, and a very long one not at once', async () => {
    const { clock } = host()
    const ran: string[] = []
    clock.after(5, () => ran.push('due'))
    clock.after(5, () => ran.push('cancelled'))()
    const endLong = clock.after(2 ** 33, () => ran.push('long'))
    await clock.sleep(30)
    endLong()
    expect(ran).toEqual(['due'])
  })

  it('gives random numbers in [0, 1) and hex of the length asked for', () => {
    const { random } = host()
    const numbers = Array.from({ length: 1_000 }, () => random.next())
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
    expect(new Set(numbers).size).toBe(1_000)
    expect(Math.abs(numbers.reduce((total, number) => total + number, 0) / 1_000 - 0.5)).toBeLessThan(0.06)
    expect(random.hex(16)).toMatch(/^[0-9a-f]{32}$/)
    expect(random.hex(16)).not.toBe(random.hex(16))
  })
})
