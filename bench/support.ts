import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '../test/fakes/host.ts'
import { join } from 'node:path'

/** Runs a command to its end and answers its seconds and peak resident set, as `/usr/bin/time` measures them. */
export function timed(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): { readonly seconds: number; readonly rssMiB: number; readonly cpuSeconds: number } {
  const run = spawnSync('/usr/bin/time', ['-f', '%e %M %U %S', command, ...args], {
    encoding: 'utf8',
    env,
    maxBuffer: 1 << 28,
  })
  const [seconds = Number.NaN, rssKiB = Number.NaN, user = 0, system = 0] = (run.stderr.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number)
  if (run.status !== 0 || Number.isNaN(seconds)) throw new Error(`${command} failed: ${run.stderr}`)
  return { seconds, rssMiB: Math.round(rssKiB / 1024), cpuSeconds: user + system }
}

/** True when the peer is on this machine. */
export function isInstalled(command: string): boolean {
  return spawnSync('which', [command]).status === 0
}

export function versionOf(command: string, args: readonly string[]): string {
  return (spawnSync(command, args, { encoding: 'utf8' }).stdout.split('\n')[0] ?? '').trim()
}

const DEADLINE_MS = 600_000
/** Rarely: the answers of a service are no part of what is measured, and it tells itself when it ended. */
const POLL_MS = 250

/** What `look` finds, as soon as it does; throws after ten minutes. */
export async function poll<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = performance.now() + DEADLINE_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > deadlineMs) throw new Error('waited for ten minutes')
    await wait(POLL_MS)
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Files of 1 to 20 KB in 200 directories; the same in every run. */
export function makeSmallFiles(root: string, fileCount: number): void {
  const random = seededRandom(7)
  const noise = Buffer.from(Array.from({ length: 1 << 20 }, () => Math.floor(random.next() * 256)))
  for (let number = 0; number < fileCount; number++) {
    const folder = join(root, `area-${number % 20}`, `folder-${number % 200}`)
    if (number < 200) mkdirSync(folder, { recursive: true })
    const size = 1024 + Math.floor(random.next() * 19 * 1024)
    const start = Math.floor(random.next() * (noise.length - size))
    writeFileSync(join(folder, `file-${number}.dat`), noise.subarray(start, start + size))
  }
}

/** Files of one size in mebibytes, of noise that repeats; the same in every run. */
export function makeLargeFiles(root: string, fileCount: number, sizeMiB: number): void {
  const random = seededRandom(11)
  const noise = Buffer.from(Array.from({ length: 1 << 20 }, () => Math.floor(random.next() * 256)))
  mkdirSync(root, { recursive: true })
  for (let number = 0; number < fileCount; number++) {
    const file = openSync(join(root, `file-${number}.bin`), 'w')
    for (let written = 0; written < sizeMiB; written++) {
      noise.writeUInt32LE(number * sizeMiB + written)
      writeSync(file, noise)
    }
    closeSync(file)
  }
}

/** Prints a result and keeps it in bench/results with the machine and the day. */
export function report(name: string, figures: object): void {
  const result = {
    name,
    date: new Date().toISOString().slice(0, 10),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 1024 ** 3),
      platform: process.platform,
      node: process.version,
    },
    ...figures,
  }
  console.log(JSON.stringify(result, undefined, 2))
  const directory = fileURLToPath(new URL('results', import.meta.url))
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, `${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`)
}
