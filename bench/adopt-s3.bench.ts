/**
 * The state of this computer is lost, the bucket is full: `folder adopt` and one pass of `serve
 * --once`, until everything the store holds is known again. The store is the strict one of the
 * tests, in a process of its own; it counts what is asked of it.
 *
 *   node bench/adopt-s3.bench.ts [--files 100000] [--dir /path/on/the/disk]
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Summary } from '../common/protocol.ts'
import { report } from './support.ts'

const { values } = parseArgs({
  options: { files: { type: 'string', default: '100000' }, dir: { type: 'string', default: tmpdir() } },
})
const FILES = Number(values.files)
const PER_DIRECTORY = 500
const TARGET = 's3://bench/copy'
const TIDEKEEP = fileURLToPath(new URL('../bin/tidekeep.js', import.meta.url))
const base = mkdtempSync(join(values.dir, 'tidekeep-bench-'))
const source = join(base, 'source')

const program = fileURLToPath(new URL('strict-store.ts', import.meta.url))
const child = spawn(process.execPath, ['--max-old-space-size=8192', program], { stdio: ['pipe', 'pipe', 'inherit'] })
const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
try {
  const endpoint = await line()
  for (let number = 0; number < FILES; number++) {
    const folder = join(source, `folder ${Math.floor(number / PER_DIRECTORY)}`)
    if (number % PER_DIRECTORY === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `file ${number}.txt`), `${number} `.repeat(1 + (number % 50)))
  }
  const first = timed(() => tidekeep(endpoint, 'sync', source, TARGET) as Summary)
  await traffic()
  rmSync(join(base, 'home'), { recursive: true, force: true })
  const adopted = timed(() => {
    tidekeep(endpoint, 'folder', 'adopt', source, '--target', TARGET)
    return tidekeep(endpoint, 'serve', '--once') as { readonly folders: readonly { readonly summary: Summary }[] }
  })
  const { requests, bytesIn } = await traffic()
  const summary = adopted.result.folders[0]?.summary
  const again = timed(() => tidekeep(endpoint, 'sync', source, TARGET) as Summary)
  report('adopt-s3', {
    files: FILES,
    firstCopySeconds: first.seconds,
    adoptSeconds: adopted.seconds,
    // Of the program alone: what it takes where nothing else wants the cores.
    adoptCpuSeconds: adopted.cpuSeconds,
    loadOfTheMachine: Math.round(loadavg()[0]! * 10) / 10,
    uploaded: summary?.counts.uploaded,
    taken: summary?.counts.metadata,
    requestsOfAdopt: requests,
    contentBytesSent: bytesIn,
    nextPassSeconds: again.seconds,
    nextPassActions: again.result.actions.length,
  })
} finally {
  child.kill()
  rmSync(base, { recursive: true, force: true })
}

function timed<T>(work: () => T): { readonly result: T; readonly seconds: number; readonly cpuSeconds: number } {
  const [startedMs, cpuBefore] = [performance.now(), childCpuSeconds()]
  const result = work()
  const seconds = Math.round((performance.now() - startedMs) / 10) / 100
  return { result, seconds, cpuSeconds: Math.round((childCpuSeconds() - cpuBefore) * 10) / 10 }
}

/** CPU seconds of children that have ended, where /proc tells. */
function childCpuSeconds(): number {
  if (process.platform !== 'linux') return Number.NaN
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}

function tidekeep(endpoint: string, ...args: readonly string[]): unknown {
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: 'BENCH',
    AWS_SECRET_ACCESS_KEY: 'bench-secret',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    TIDEKEEP_HOME: join(base, 'home'),
    TIDEKEEP_SECRETS: 'file',
  }
  const run = spawnSync(process.execPath, [TIDEKEEP, ...args, '--json'], { encoding: 'utf8', env, maxBuffer: 1 << 28 })
  if (run.status !== 0) throw new Error(`tidekeep ${args[0]} failed: ${run.stderr}`)
  return JSON.parse(run.stdout) as unknown
}

/** Requests by operation, and content bytes, since the last time it was asked. */
async function traffic(): Promise<{ readonly bytesIn: number; readonly requests: Readonly<Record<string, number>> }> {
  child.stdin.write('operations\n')
  return JSON.parse(await line()) as { bytesIn: number; requests: Record<string, number> }
}

async function line(): Promise<string> {
  const { value, done } = await lines.next()
  if (done === true) throw new Error('the store ended')
  return value
}
