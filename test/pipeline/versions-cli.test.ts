import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TidekeepProcesses } from '../fakes/tidekeep-process.ts'

interface Listed {
  readonly versions: readonly {
    readonly token: string
    readonly state: string
    readonly storedAt: string | null
    readonly endedAt: string | null
    readonly sizeBytes: number
  }[]
}

let place = ''
let tidekeep: TidekeepProcesses
/** Another computer: nothing is remembered of the target. */
let elsewhere: TidekeepProcesses

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tk-versions-'))
  mkdirSync(at('source/b'), { recursive: true })
  tidekeep = new TidekeepProcesses(at('home'))
  elsewhere = new TidekeepProcesses(at('elsewhere'))
})
afterEach(() => {
  tidekeep.killAll()
  elsewhere.killAll()
  rmSync(place, { recursive: true, force: true })
})

const at = (name: string): string => join(place, name)

async function sync(): Promise<Date> {
  const { exitCode, stderr } = await tidekeep.run(
    'sync',
    at('source'),
    at('target'),
    '--mode',
    'mirror',
    '--max-delete',
    '100%',
  )
  expect(exitCode, stderr).toBe(0)
  const done = new Date()
  // Ends are told by the second: what comes next is to be in another one.
  while (Math.floor(Date.now() / 1000) === Math.floor(done.getTime() / 1000)) await setImmediate()
  return done
}

describe('versions and moments, from a computer that knows only the address', () => {
  it('are listed, restored as of a moment, and one by one', async () => {
    writeFileSync(at('source/a.txt'), 'first')
    writeFileSync(at('source/b/gone'), 'was here')
    const first = await sync()
    writeFileSync(at('source/a.txt'), 'the second one')
    rmSync(at('source/b/gone'))
    writeFileSync(at('source/new'), 'later')
    await sync()

    const { versions } = await elsewhere.json<Listed>('versions', at('target'), 'a.txt')
    expect(versions.map(({ state, sizeBytes }) => [state, sizeBytes])).toEqual([
      ['current', 14],
      ['replaced', 5],
    ])
    expect(Date.parse(versions[1]!.storedAt!)).toBeLessThanOrEqual(first.getTime())
    expect(Date.parse(versions[1]!.endedAt!)).toBeGreaterThan(first.getTime())
    const shown = await elsewhere.run('versions', at('target'), 'b/gone')
    expect(shown.stdout).toMatch(/deleted .*b\/gone\n1 earlier version of b\/gone\./s)

    const asOf = ['restore', at('target'), at('then'), '--at', first.toISOString()]
    const dry = await elsewhere.run(...asOf, '-n')
    expect([dry.exitCode, existsSync(at('then'))]).toEqual([0, false])
    const restored = await elsewhere.json(...asOf)
    expect(restored).toMatchObject({ exitCode: 0, asOf: { at: first.toISOString(), uncertain: 0, younger: 1 } })
    expect(readFileSync(at('then/a.txt'), 'utf8')).toBe('first')
    expect(readFileSync(at('then/b/gone'), 'utf8')).toBe('was here')
    expect(existsSync(at('then/new'))).toBe(false)
    const again = await elsewhere.json(...asOf)
    expect(again).toMatchObject({ counts: { downloaded: 0, skipped: 2 } })

    const { token } = versions[1]!
    const one = await elsewhere.run('restore', at('target'), at('one'), '--path', 'a.txt', '--token', token)
    expect([one.exitCode, readFileSync(at('one/a.txt'), 'utf8')]).toEqual([0, 'first'])
    const none = await elsewhere.run('restore', at('target'), at('one'), '--path', 'a.txt', '--token', 'other')
    expect([none.exitCode, none.stderr]).toEqual([13, expect.stringContaining('has no version other')])
    expect((await elsewhere.run('versions', at('target'), 'never')).exitCode).toBe(1)
  })

  it('what was not kept is said, and nothing else is put in its place', async () => {
    writeFileSync(at('source/a.txt'), 'first')
    await sync()
    writeFileSync(at('source/a.txt'), 'second')
    const second = await sync()
    writeFileSync(at('source/a.txt'), 'third')
    const args = ['sync', at('source'), at('target'), '--keep-days', '0', '--max-delete', '100%']
    expect((await tidekeep.run(...args)).exitCode).toBe(0)
    const { exitCode, stdout } = await elsewhere.run(
      'restore',
      at('target'),
      at('then'),
      '--at',
      second.toISOString(),
      '--json',
    )
    expect(exitCode).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({
      failures: [{ path: 'a.txt', message: expect.stringContaining('not kept') }],
    })
    expect(existsSync(at('then/a.txt'))).toBe(false)
  })
})
