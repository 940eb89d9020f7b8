/**
 * Watching a large tree, each backend in a process of its own: time until everything is watched,
 * memory then, and how long a change takes to arrive as a raw event. Latency without settling.
 *
 *   node bench/watch.bench.ts [--files 200000] [--directories 2100] [--events 200] [--dir /path/on/the/disk]
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { DEFAULT_SETTINGS } from '../common/settings.ts'
import { createIgnoreCheck } from '../main/engine/scan/ignore-check.ts'
import type { RawListener, RawWatcher, RawWatchOptions } from '../main/engine/watch/raw-watcher.ts'

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '200000' },
    directories: { type: 'string', default: '2100' },
    events: { type: 'string', default: '200' },
    dir: { type: 'string', default: tmpdir() },
    child: { type: 'string' },
    root: { type: 'string', default: '' },
  },
})
const BACKENDS = ['directories', 'chokidar', 'bare-process'] as const

async function openBackend(name: string, options: RawWatchOptions, listener: RawListener): Promise<RawWatcher> {
  if (name === 'chokidar') {
    const { ChokidarWatcher } = await import('../main/engine/watch/chokidar-watcher.ts')
    return new ChokidarWatcher(options, listener)
  }
  const { DirectoryWatcher } = await import('../main/engine/watch/directory-watcher.ts')
  return new DirectoryWatcher(options, listener)
}

/** In the child: opens one backend and prints what it took. */
async function measureHere(name: string, root: string): Promise<void> {
  const mib = (bytes: number): number => Math.round(bytes / 1024 / 1024)
  if (name === 'bare-process') return void console.log(JSON.stringify({ rssMib: mib(process.memoryUsage().rss) }))
  const { isIgnored } = createIgnoreCheck({ root, globalLines: DEFAULT_SETTINGS.ignore, folderLines: [] })
  const waiting = new Map<string, () => void>()
  const listener: RawListener = {
    onEvent: ({ path }) => waiting.get(path)?.(),
    onOverflow: () => undefined,
    onBroken: (failure) => {
      throw new Error(JSON.stringify(failure))
    },
  }
  const startMs = performance.now()
  const raw = await openBackend(name, { root, isIgnored }, listener)
  await raw.ready
  const readyMs = performance.now() - startMs
  const rssMib = mib(process.memoryUsage().rss)
  const latenciesMs: number[] = []
  for (let event = 0; event < Number(values.events); event++) {
    const path = `area-${event % 20}/folder-${event % Number(values.directories)}/file-0.dat`
    await new Promise((resolve) => setTimeout(resolve, 2))
    const atMs = performance.now()
    const arrived = new Promise<void>((resolve) => waiting.set(path, resolve))
    appendFileSync(join(root, path), 'x')
    await arrived
    waiting.delete(path)
    latenciesMs.push(performance.now() - atMs)
  }
  latenciesMs.sort((a, b) => a - b)
  const at = (share: number): number => Number((latenciesMs[Math.floor(latenciesMs.length * share)] ?? 0).toFixed(2))
  console.log(
    JSON.stringify({
      readySeconds: Number((readyMs / 1000).toFixed(3)),
      rssMib,
      latencyP50Ms: at(0.5),
      latencyP95Ms: at(0.95),
    }),
  )
  await raw.close()
}

function makeTree(root: string): void {
  const directories = Number(values.directories)
  const perDirectory = Math.ceil(Number(values.files) / directories)
  for (let directory = 0; directory < directories; directory++) {
    const folder = join(root, `area-${directory % 20}`, `folder-${directory}`)
    mkdirSync(folder, { recursive: true })
    for (let file = 0; file < perDirectory; file++) writeFileSync(join(folder, `file-${file}.dat`), '')
  }
}

function measureInChild(backend: string, root: string): Record<string, unknown> {
  const self = fileURLToPath(import.meta.url)
  const args = [
    self,
    '--child',
    backend,
    '--root',
    root,
    '--events',
    values.events,
    '--directories',
    values.directories,
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) return { backend, failed: stderr.trim().split('\n').at(-1) }
  return { backend, ...(JSON.parse(stdout) as object) }
}

function main(): void {
  const root = mkdtempSync(join(values.dir, 'tidekeep-watch-bench-'))
  try {
    makeTree(root)
    measureInChild('directories', root)
    const report = {
      bench: 'watch',
      date: new Date().toISOString(),
      machine: { cpu: cpus()[0]?.model, cores: availableParallelism(), kernel: release() },
      versions: { node: process.version },
      files: Number(values.files),
      directories: Number(values.directories),
      results: BACKENDS.map((backend) => measureInChild(backend, root)),
    }
    const text = `${JSON.stringify(report, undefined, 2)}\n`
    writeFileSync(new URL('results/watch.json', import.meta.url), text)
    console.log(text)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

if (values.child === undefined) main()
else await measureHere(values.child, values.root)
