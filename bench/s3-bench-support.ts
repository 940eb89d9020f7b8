/** What the S3 benches share: the sink, the peers, and the record of results. */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createPool } from '../main/pool.ts'
import type { Abilities } from '../main/providers/s3/abilities.ts'
import { createS3Provider } from '../main/providers/s3/index.ts'
import type { TargetProvider } from '../main/providers/provider.ts'
import { createFakeHost } from '../test/fakes/host.ts'
import { realClock } from '../test/fakes/real-clock.ts'
import { memorySecrets } from '../test/fakes/s3/harness.ts'

const KEYS = { accessKeyId: 'AKIDBENCH', secretAccessKey: 'secretbench' }

/** What the sink pretends to be. */
const SINK_ABILITIES: Abilities = {
  writes: async () => ({ conditions: true, conditionalDelete: true, checksums: true }),
  multipart: async () => ({ checksum: 'full', conditions: true }),
  copies: async () => ({ sourceConditions: true, targetConditions: true }),
  assembly: async () => ({ sourceConditions: true, checksum: true }),
  known: {
    writes: { conditions: true, conditionalDelete: true, checksums: true },
    assembly: { sourceConditions: true, checksum: true },
  },
}

/** A running sink. */
export interface Sink {
  readonly endpoint: string
  stop(): void
}

/** Starts `bench/sink.ts` in a process of its own. */
export async function startSink(latencyMs: number): Promise<Sink> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('sink.ts', import.meta.url)), String(latencyMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => resolve(data.toString().trim()))
    child.once('exit', () => reject(new Error('the sink did not start')))
  })
  return { endpoint: `http://127.0.0.1:${port}`, stop: () => void child.kill() }
}

/** A provider on the sink, with worker threads of its own. */
export async function openOnSink(sink: Sink): Promise<{ provider: TargetProvider; close: () => Promise<void> }> {
  const pool = createPool()
  const provider = await createS3Provider({
    bucket: 'bench',
    prefix: '',
    options: { endpoint: sink.endpoint, accountId: 'bench' },
    deps: {
      host: createFakeHost({ clock: realClock }),
      pool,
      secrets: memorySecrets({ 's3:bench': JSON.stringify(KEYS) }),
    },
    env: {},
    abilities: SINK_ABILITIES,
  })
  return {
    provider,
    close: async () => {
      await provider.close()
      await pool.close()
    },
  }
}

/** Wall and CPU seconds of `rclone` with these arguments; undefined where it is not installed. */
export function runRclone(sink: Sink, args: readonly string[]): { seconds: number; cpuSeconds: number } | undefined {
  if (spawnSync('rclone', ['version']).status !== 0) return undefined
  const remote = [
    '--s3-provider',
    'Other',
    '--s3-endpoint',
    sink.endpoint,
    '--s3-force-path-style',
    '--s3-no-check-bucket',
  ]
  const keys = ['--s3-access-key-id', KEYS.accessKeyId, '--s3-secret-access-key', KEYS.secretAccessKey]
  // Settings of this machine (profiles, certificate bundles) are not what is measured.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|RCLONE_)/.test(name)))
  const cpuBefore = childCpuSeconds()
  const startedMs = performance.now()
  const result = spawnSync('rclone', [...args, ...remote, ...keys, '--config', '/dev/null'], { encoding: 'utf8', env })
  if (result.status !== 0) throw new Error(`rclone failed: ${result.stderr.slice(-2000)}`)
  return { seconds: (performance.now() - startedMs) / 1000, cpuSeconds: childCpuSeconds() - cpuBefore }
}

/** CPU seconds of children that have ended, where /proc tells. */
function childCpuSeconds(): number {
  if (process.platform !== 'linux') return Number.NaN
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}

/** The first line of a program's version, or that it is not there. */
export function versionOf(program: string): string {
  return spawnSync(program, ['version'], { encoding: 'utf8' }).stdout?.split('\n')[0] ?? 'not installed'
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** Prints the result and keeps it in `bench/results/<name>.json` with the machine it was measured on. */
export function record(name: string, result: Readonly<Record<string, unknown>>): void {
  const whole = {
    name,
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    versions: { node: process.version, rclone: versionOf('rclone') },
    ...result,
  }
  const text = `${JSON.stringify(whole, undefined, 2)}\n`
  writeFileSync(fileURLToPath(new URL(`results/${name}.json`, import.meta.url)), text)
  console.log(text)
}
