import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../../workers/fs/system-code.ts'
import type { Situation, Surroundings } from '../host.ts'

/** Where the machine tells of itself; another place in tests. */
export interface SurroundingsOptions {
  readonly platform: NodeJS.Platform
  /** Linux: a directory for each power supply. */
  readonly powerDirectory?: string
  /** What a program prints. Rejects where there is none, and when it fails. */
  readonly run?: (program: string, args: readonly string[]) => Promise<string>
}

const PATIENCE_MS = 2_000
const NETWORK_MANAGER = 'org.freedesktop.NetworkManager'
/** NMMetered of NetworkManager's D-Bus interface: yes, and "guess yes", as for a telephone's hotspot. */
const METERED: readonly string[] = ['1', '3']
const UNMETERED: readonly string[] = ['2', '4']

/**
 * What Linux tells by files and by a program of systemd, without code of its own: batteries in
 * /sys/class/power_supply, and NetworkManager's word about the connection. Elsewhere nothing is known.
 */
export function createSurroundings(options: SurroundingsOptions): Surroundings {
  const { platform, powerDirectory = '/sys/class/power_supply', run = runProgram } = options
  let canAsk = platform === 'linux'
  const network = async (): Promise<Situation['network']> => {
    if (!canAsk) return 'unknown'
    try {
      const path = `/${NETWORK_MANAGER.replaceAll('.', '/')}`
      const args = ['--system', '--auto-start=no', 'get-property', NETWORK_MANAGER, path, NETWORK_MANAGER, 'Metered']
      const value = /^u (\d+)\s*$/.exec(await run('busctl', args))?.[1] ?? ''
      return METERED.includes(value) ? 'metered' : UNMETERED.includes(value) ? 'unmetered' : 'unknown'
    } catch (error) {
      // Without the program there is nothing to ask, now or later.
      if (systemCode(error) === 'ENOENT') canAsk = false
      return 'unknown'
    }
  }
  return {
    look: async () => ({
      ...(platform === 'linux' ? await readPower(powerDirectory) : { power: 'unknown' as const }),
      network: await network(),
    }),
  }
}

interface Supply {
  readonly type: string
  readonly status: string
  readonly percent: number
}

/** Batteries of mice and headphones are not what the machine runs on. */
async function readPower(directory: string): Promise<Pick<Situation, 'power' | 'batteryPercent'>> {
  try {
    const supplies = await Promise.all((await readdir(directory)).map((name) => readSupply(join(directory, name))))
    const batteries = supplies.filter(
      (supply) => supply !== undefined && supply.type === 'Battery',
    ) as readonly Supply[]
    if (!batteries.some(({ status }) => status === 'Discharging')) return { power: 'mains' }
    const percents = batteries.map(({ percent }) => percent).filter((percent) => Number.isFinite(percent))
    if (percents.length === 0) return { power: 'battery' }
    const sum = percents.reduce((total, percent) => total + percent, 0)
    return { power: 'battery', batteryPercent: Math.round(sum / percents.length) }
  } catch {
    // Containers and some machines have no such directory.
    return { power: 'unknown' }
  }
}

async function readSupply(directory: string): Promise<Supply | undefined> {
  const read = (name: string): Promise<string> =>
    readFile(join(directory, name), 'utf8').then(
      (text) => text.trim(),
      () => '',
    )
  const [type, scope, status, capacity] = await Promise.all(['type', 'scope', 'status', 'capacity'].map(read))
  if (scope === 'Device') return undefined
  return { type: type ?? '', status: status ?? '', percent: capacity === '' ? Number.NaN : Number(capacity) }
}

function runProgram(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { timeout: PATIENCE_MS, encoding: 'utf8' }, (error, stdout) => {
      if (error === null) resolve(stdout)
      else reject(error)
    })
  })
}
