/**
 * Rescan of unchanged small files: the local scanner (worker thread, default ignore rules, every
 * entry decoded) beside `rsync -a` with nothing to do and `find`. Medians of interleaved rounds on a
 * warm cache.
 *
 *   node bench/rescan.bench.ts [--files 50000,200000] [--rounds 7] [--dir /path/on/the/disk]
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT_PATH } from '../common/paths.ts'
import { DEFAULT_SETTINGS } from '../common/settings.ts'
import { createLocalScanner } from '../main/engine/scan/local-scanner.ts'
import { createPool } from '../main/pool.ts'

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '50000,200000' },
    rounds: { type: 'string', default: '7' },
    dir: { type: 'string', default: tmpdir() },
  },
})

const FILES_PER_DIRECTORY = 100
const base = mkdtempSync(join(values.dir, 'tidekeep-rescan-'))

function makeTree(root: string, fileCount: number): void {
  for (let number = 0; number < fileCount; number++) {
    const directory = Math.floor(number / FILES_PER_DIRECTORY)
    const folder = join(root, `area-${directory % 20}`, `folder-${directory}`)
    if (number % FILES_PER_DIRECTORY === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `file-${number}.dat`), 'x'.repeat(1 + (number % 50)))
  }
}

async function scanSeconds(pool: ReturnType<typeof createPool>, root: string, expected: number): Promise<number> {
  const scanner = createLocalScanner(pool)({ root, ignoreLines: DEFAULT_SETTINGS.ignore, excludedPaths: [] })
  const startMs = performance.now()
  let files = 0
  for await (const batch of scanner.scan([{ path: ROOT_PATH, recursive: true }], new AbortController().signal)) {
    for (const entry of batch.entries) if (entry.kind === 'file') files++
  }
  const seconds = (performance.now() - startMs) / 1000
  if (files !== expected) throw new Error(`${files} of ${expected} files were found`)
  return seconds
}

function runSeconds(command: string, ...args: readonly string[]): number {
  const startMs = performance.now()
  const { status, stderr } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
  return (performance.now() - startMs) / 1000
}

const median = (seconds: readonly number[]): number =>
  Number((seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? 0).toFixed(3))

async function measure(fileCount: number): Promise<Record<string, number>> {
  const root = join(base, `source-${fileCount}`)
  const copy = join(base, `copy-${fileCount}`)
  makeTree(root, fileCount)
  runSeconds('rsync', '-a', `${root}/`, `${copy}/`)
  const times = { tidekeep: [] as number[], tidekeepCold: [] as number[], rsync: [] as number[], find: [] as number[] }
  const pool = createPool()
  await scanSeconds(pool, root, fileCount)
  for (let round = 0; round < Number(values.rounds); round++) {
    times.tidekeep.push(await scanSeconds(pool, root, fileCount))
    times.rsync.push(runSeconds('rsync', '-a', `${root}/`, `${copy}/`))
    times.find.push(runSeconds('find', root, '-printf', '%s %T@\\n'))
    const fresh = createPool()
    times.tidekeepCold.push(await scanSeconds(fresh, root, fileCount))
    await fresh.close()
  }
  await pool.close()
  return {
    files: fileCount,
    tidekeepSeconds: median(times.tidekeep),
    tidekeepFirstScanSeconds: median(times.tidekeepCold),
    rsyncSeconds: median(times.rsync),
    findSeconds: median(times.find),
  }
}

try {
  const results: Record<string, number>[] = []
  for (const count of values.files.split(',')) results.push(await measure(Number(count)))
  const report = {
    bench: 'rescan',
    date: new Date().toISOString(),
    machine: { cpu: cpus()[0]?.model, cores: availableParallelism(), kernel: release() },
    versions: {
      node: process.version,
      rsync: spawnSync('rsync', ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0],
    },
    peakRssMib: Math.round(process.resourceUsage().maxRSS / 1024),
    results,
  }
  const text = `${JSON.stringify(report, undefined, 2)}\n`
  writeFileSync(new URL('results/rescan.json', import.meta.url), text)
  console.log(text)
} finally {
  rmSync(base, { recursive: true, force: true })
}
