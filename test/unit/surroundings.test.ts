import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSurroundings } from '../../main/service/surroundings.ts'

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-power-'))
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

function supply(name: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(place, name))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(place, name, file), `${text}\n`)
}

const silent = (): Promise<string> => Promise.reject(Object.assign(new Error('busctl'), { code: 'ENOENT' }))
const power = async (): Promise<unknown> =>
  createSurroundings({ platform: 'linux', powerDirectory: place, run: silent }).look()

describe('what the machine runs on', () => {
  it('is a battery that discharges, at the mean charge of all there are', async () => {
    supply('AC', { type: 'Mains', online: '0' })
    supply('BAT0', { type: 'Battery', status: 'Discharging', capacity: '10' })
    supply('BAT1', { type: 'Battery', status: 'Unknown', capacity: '35' })
    expect(await power()).toEqual({ power: 'battery', batteryPercent: 23, network: 'unknown' })
  })

  it('is the mains while a battery charges, and where there is none but that of a mouse', async () => {
    supply('BAT0', { type: 'Battery', status: 'Charging', capacity: '10' })
    expect(await power()).toMatchObject({ power: 'mains' })
    rmSync(join(place, 'BAT0'), { recursive: true })
    supply('hidpp_battery_0', { type: 'Battery', scope: 'Device', status: 'Discharging', capacity: '5' })
    expect(await power()).toMatchObject({ power: 'mains' })
  })

  it('is a battery of unknown charge where that is not told, and not known where nothing is', async () => {
    supply('BAT0', { type: 'Battery', status: 'Discharging' })
    expect(await power()).toEqual({ power: 'battery', network: 'unknown' })
    rmSync(place, { recursive: true })
    expect(await power()).toEqual({ power: 'unknown', network: 'unknown' })
    expect(await createSurroundings({ platform: 'win32', powerDirectory: place, run: silent }).look()).toEqual({
      power: 'unknown',
      network: 'unknown',
    })
  })
})

describe('how the machine is connected', () => {
  it.each([
    ['u 1\n', 'metered'],
    ['u 3\n', 'metered'],
    ['u 2\n', 'unmetered'],
    ['u 4\n', 'unmetered'],
    ['u 0\n', 'unknown'],
    ['nonsense', 'unknown'],
  ])('NetworkManager saying %j means %s', async (said, network) => {
    const asked: string[] = []
    const run = async (program: string, args: readonly string[]): Promise<string> => {
      asked.push([program, ...args].join(' '))
      return said
    }
    expect(await createSurroundings({ platform: 'linux', powerDirectory: place, run }).look()).toMatchObject({
      network,
    })
    expect(asked).toEqual([
      'busctl --system --auto-start=no get-property org.freedesktop.NetworkManager /org/freedesktop/NetworkManager org.freedesktop.NetworkManager Metered',
    ])
  })

  it('is asked no more where there is no program to ask, and again after a failure of another kind', async () => {
    let asked = 0
    let code = 'ENOENT'
    const run = (): Promise<string> => {
      asked++
      return Promise.reject(Object.assign(new Error('failed'), { code }))
    }
    const without = createSurroundings({ platform: 'linux', powerDirectory: place, run })
    await without.look()
    await without.look()
    expect(asked).toBe(1)
    code = 'ETIMEDOUT'
    const slow = createSurroundings({ platform: 'linux', powerDirectory: place, run })
    await slow.look()
    await slow.look()
    expect(asked).toBe(3)
  })
})
