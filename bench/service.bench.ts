/**
 * The running service with many files: time until every folder is watched, resident set of the whole
 * process while it works and some seconds after, and how long a saved file takes to be safe at a local target.
 *
 *   node bench/service.bench.ts [--files 200000] [--saves 20]
 */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { StatusView } from '../common/protocol.ts'
import { connectSocket } from '../main/service/socket-client.ts'
import { below } from '../main/service/paths.ts'
import { median, report } from './support.ts'

const { values } = parseArgs({
  options: { files: { type: 'string', default: '200000' }, saves: { type: 'string', default: '20' } },
})
const DIRECTORIES = 2_100
/** Worker threads end after five idle seconds, and memory is given back after seven. */
const IDLE_MS = 15_000
const DEADLINE_MS = 600_000
const TIDEKEEP = fileURLToPath(new URL('../bin/tidekeep.js', import.meta.url))
const base = mkdtempSync(join(tmpdir(), 'tidekeep-bench-'))
const source = join(base, 'source')
const target = join(base, 'target')
const home = join(base, 'home')

for (let number = 0; number < Number(values.files); number++) {
  const directory = join(source, `d${number % 42}`, `e${number % DIRECTORIES}`)
  if (number < DIRECTORIES) mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, `f${number}`), `file ${number}`)
}
mkdirSync(target)
const env = { ...process.env, TIDEKEEP_HOME: home }
try {
  await run(['folder', 'add', source, '--target', target])
  const first = await start()
  await first.until((status) => status.headline === 'protected')
  const backup = await first.rss()
  await first.stop()
  const again = await start()
  await again.until((status) => status.headline === 'protected')
  const restart = await again.rss()
  const saves: number[] = []
  for (let save = 0; save < Number(values.saves); save++)
    saves.push(await saveToSafe(join('d1', 'e1', `f${1 + save * DIRECTORIES}`), `save ${save}`))
  await again.reconcile()
  const reconcile = await again.rss()
  report('service', {
    files: Number(values.files),
    directories: DIRECTORIES,
    watchedAfterSeconds: again.watchedSeconds,
    protectedAfterSeconds: again.protectedSeconds(),
    rssMiB: { 'first backup': backup, 'restart with its full pass': restart, 'full pass on demand': reconcile },
    saveToSafeMs: { median: Math.round(median(saves)), worst: Math.round(Math.max(...saves)), saves: saves.length },
  })
  await again.stop()
} finally {
  rmSync(base, { recursive: true, force: true })
}

async function start() {
  const startMs = performance.now()
  const child = spawn(process.execPath, [TIDEKEEP, 'serve', '--no-ui'], { env, stdio: 'ignore' })
  const client = await poll(() => connectSocket(below(home)))
  let protectedMs = Number.NaN
  const until = async (wanted: (status: StatusView) => boolean): Promise<void> => {
    await poll(async () => (wanted(await client.call('status.get', {})) ? true : undefined))
    protectedMs = performance.now()
  }
  await poll(async () =>
    (await client.call('status.get', {})).folders[0]?.coverage.kind === 'live' ? true : undefined,
  )
  const watchedSeconds = seconds(performance.now() - startMs)
  return {
    until,
    watchedSeconds,
    protectedSeconds: () => seconds(protectedMs - startMs),
    reconcile: async () => {
      const last = (await client.call('status.get', {})).folders[0]?.lastReconcileMs
      await client.call('folders.sync', {})
      await poll(async () => {
        const { headline, folders } = await client.call('status.get', {})
        return headline === 'protected' && folders[0]?.lastReconcileMs !== last ? true : undefined
      })
    },
    /** The most since the start, now, and once nothing has been done for a while. */
    rss: async () => {
      const before = { peak: memoryMiB(child.pid, 'VmHWM'), atTheEnd: memoryMiB(child.pid, 'VmRSS') }
      await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
      return { ...before, after15Seconds: memoryMiB(child.pid, 'VmRSS') }
    },
    stop: async () => {
      client.close()
      child.kill('SIGTERM')
      await new Promise((resolve) => child.once('exit', resolve))
    },
  }
}

function memoryMiB(pid: number | undefined, name: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Math.round(Number(line?.[1]) / 1024)
}

/** From the end of the save to the same bytes under the file's name at the target. */
async function saveToSafe(path: string, text: string): Promise<number> {
  appendFileSync(join(source, path), text)
  const wanted = readFileSync(join(source, path))
  const startMs = performance.now()
  await poll(async () =>
    existsSync(join(target, path)) && readFileSync(join(target, path)).equals(wanted) ? true : undefined,
  )
  return performance.now() - startMs
}

async function run(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [TIDEKEEP, ...args], { env, stdio: 'ignore' })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`tidekeep ${args.join(' ')} ended with ${String(code)}`)
}

async function poll<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error('waited for ten minutes')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function seconds(durationMs: number): number {
  return Number((durationMs / 1000).toFixed(2))
}
