/**
 * What the running service takes for a folder of many small files on a local disk, beside its peers: its first copy, and full
 * passes with nothing changed, as by "Sync now" (both sides are listed). Start of the service excluded, but for its threads, which
 * have ended before each pass, as they have when somebody asks for one. The first pass after a copy compares, the later ones are what
 * every other one is. Peers as in sync.bench.ts. Medians of interleaved rounds.
 *
 *   node bench/service-sync.bench.ts [--files 50000] [--rounds 3] [--dir /path/on/the/disk]
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { below } from '../main/service/paths.ts'
import { connectSocket, type SocketClient } from '../main/service/socket-client.ts'
import { secondsOfProcess } from './processor-time.ts'
import { isInstalled, makeSmallFiles, median, poll, report, timed, versionOf } from './support.ts'

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
  },
})
const TIDEKEEP = fileURLToPath(new URL('../bin/tidekeep.js', import.meta.url))
/** Threads end after five idle seconds, and memory is given back after seven. */
const IDLE_MS = 9_000
/** Passes after the first one that compares. */
const LATER_PASSES = 2
const base = mkdtempSync(join(values.dir, 'tidekeep-bench-'))
const source = join(base, 'source')
makeSmallFiles(source, Number(values.files))

interface Run {
  readonly seconds: number
  readonly cpuSeconds: number
}
const runs = new Map<string, Run[]>()
const note = (name: string, run: Run): void => void runs.set(name, [...(runs.get(name) ?? []), run])

try {
  for (let round = 0; round < Number(values.rounds); round++) {
    // Who goes first takes turns: a disk is slower after much was written.
    const turns = [() => measureService(round), async () => measurePeers(round)]
    for (const turn of round % 2 === 1 ? turns.toReversed() : turns) await turn()
  }
  const middle = (pick: (run: Run) => number): Record<string, number> =>
    Object.fromEntries([...runs].map(([name, all]) => [name, Number(median(all.map(pick)).toFixed(3))]))
  const seconds = middle((run) => run.seconds)
  const ratio = (a: string, b: string): number | 'not run' =>
    seconds[a] === undefined || seconds[b] === undefined ? 'not run' : Number((seconds[a] / seconds[b]).toFixed(2))
  report('service-sync', {
    files: Number(values.files),
    rounds: Number(values.rounds),
    seconds,
    cpuSeconds: middle((run) => run.cpuSeconds),
    ratios: {
      'service first copy, to rsync -a + sync': ratio('service first copy', 'rsync -a + sync first copy'),
      'service first copy, to restic': ratio('service first copy', 'restic backup first copy'),
      'service first rescan, to rsync -a': ratio('service first rescan', 'rsync -a no change'),
      'service rescan, to rsync -a': ratio('service rescan', 'rsync -a no change'),
      'service rescan, to restic': ratio('service rescan', 'restic backup no change'),
    },
    peers: { rsync: versionOf('rsync', ['--version']), restic: versionOf('restic', ['version']) },
  })
} finally {
  rmSync(base, { recursive: true, force: true })
}

async function measureService(round: number): Promise<void> {
  const home = join(base, `home-${round}`)
  const env = { ...process.env, TIDEKEEP_HOME: home }
  const child = spawn(process.execPath, [TIDEKEEP, 'serve', '--port', '0'], { env, stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const cpuWhile = async (work: () => Promise<number>): Promise<Run> => {
    timed('sync', [])
    await wait(IDLE_MS)
    const before = secondsOfProcess(child.pid!)
    return { seconds: await work(), cpuSeconds: secondsOfProcess(child.pid!) - before }
  }
  try {
    const client = await poll(() => connectSocket(below(home)).catch(() => undefined))
    note('service first copy', await cpuWhile(() => firstCopy(client, join(base, `service-${round}`))))
    for (let pass = 0; pass <= LATER_PASSES; pass++)
      note(pass === 0 ? 'service first rescan' : 'service rescan', await cpuWhile(() => rescan(client)))
    client.close()
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

/** From the call that adds the folder until the last file was recorded. */
async function firstCopy(client: SocketClient, target: string): Promise<number> {
  const startMs = Date.now()
  await client.call('folders.add', { path: source, target })
  await poll(async () => ((await client.call('status.get', {})).headline === 'protected' ? true : undefined))
  const [last] = await client.call('activity.list', { limit: 1 })
  if (last === undefined) throw new Error('nothing was copied')
  return (last.atMs - startMs) / 1_000
}

/** From the call until the service wrote down that all was looked at. */
async function rescan(client: SocketClient): Promise<number> {
  const [before] = await client.call('activity.list', { limit: 1 })
  const startMs = Date.now()
  await client.call('folders.sync', {})
  const endMs = await poll(async () => {
    const [folder] = await client.call('folders.list', {})
    const atMs = folder?.lastReconcileMs ?? 0
    return atMs > startMs && folder?.state === 'protected' ? atMs : undefined
  })
  const [after] = await client.call('activity.list', { limit: 1 })
  if (after?.id !== before?.id) throw new Error('something was done in a pass over what had not changed')
  return (endMs - startMs) / 1_000
}

function measurePeers(round: number): void {
  const at = (name: string): string => join(base, `${name}-${round}`)
  timed('sync', [])
  if (isInstalled('rsync')) {
    note('rsync -a + sync first copy', timed('sh', ['-c', 'rsync -a "$1/" "$2/" && sync', 'sh', source, at('rsync')]))
    for (let run = 0; run < 1 + LATER_PASSES; run++)
      note('rsync -a no change', timed('rsync', ['-a', `${source}/`, `${at('rsync')}/`]))
  }
  if (!isInstalled('restic')) return
  const restic = {
    ...process.env,
    RESTIC_PASSWORD: 'bench',
    RESTIC_REPOSITORY: at('restic'),
    RESTIC_CACHE_DIR: at('restic-cache'),
  }
  timed('restic', ['init', '-q'], restic)
  timed('sync', [])
  note('restic backup first copy', timed('sh', ['-c', 'restic backup -q "$1" && sync', 'sh', source], restic))
  note('restic backup no change', timed('restic', ['backup', '-q', source], restic))
  timed('sync', [])
}
