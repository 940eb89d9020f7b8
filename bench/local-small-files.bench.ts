/**
 * Many small files to a local target, first copy: the provider alone (hashed, verified, durable)
 * beside `rsync -a` with `sync`, and restic. Medians of interleaved rounds; every run goes to a
 * fresh directory, because ext4 is slow to reuse inodes it freed in the last minutes.
 *
 *   node bench/local-small-files.bench.ts [--files 50000] [--rounds 3] [--dir /path/on/the/disk] [--group 1000] [--only tidekeep,rsync]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { toRelPath } from '../common/paths.ts'
import { createPool } from '../main/pool.ts'
import { createLocalProvider } from '../main/providers/local/index.ts'
import type { BatchItem, Content, TargetProvider } from '../main/providers/provider.ts'
import { createFakeHost } from '../test/fakes/host.ts'
import { isInstalled, makeSmallFiles, median, report } from './support.ts'

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
    group: { type: 'string', default: '1000' },
    inflight: { type: 'string', default: '2' },
    only: { type: 'string', default: 'tidekeep,rsync,restic' },
  },
})

const OURS = 'tidekeep (local provider)'
const base = mkdtempSync(join(values.dir, 'tidekeep-bench-'))
const source = join(base, 'source')
const pool = createPool()

/** What a scan would hand over; not part of the measured time, as the peers' own scan is a small part of theirs. */
function scanSource(): BatchItem[] {
  const items: BatchItem[] = []
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const absolutePath = join(entry.parentPath, entry.name)
    const stat = statSync(absolutePath, { bigint: true })
    const size = Number(stat.size)
    const file = { absolutePath, size, mtimeNs: stat.mtimeNs, ctimeNs: stat.ctimeNs, inode: `${stat.dev}:${stat.ino}` }
    const content: Content = { size, file, open: () => never() }
    const metadata = { mtimeNs: stat.mtimeNs, mode: Number(stat.mode & 0o777n) }
    items.push({
      path: toRelPath(absolutePath.slice(source.length + 1)),
      content,
      metadata,
      expect: { kind: 'absent' },
    })
  }
  return items.sort((a, b) => (a.path < b.path ? -1 : 1))
}

// eslint-disable-next-line require-yield
async function* never(): AsyncGenerator<Uint8Array> {
  throw new Error('a local file is read by the provider itself')
}

async function putAll(provider: TargetProvider, items: readonly BatchItem[]): Promise<void> {
  const group = Number(values.group)
  const { signal } = new AbortController()
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const batch = items.slice(next, (next += group))
      for (const result of await provider.features.putBatch!(batch, { signal })) if (!result.ok) throw result.error
    }
  }
  await Promise.all(Array.from({ length: Number(values.inflight) }, lane))
}

async function tidekeepRun(target: string, items: readonly BatchItem[]): Promise<void> {
  const provider = createLocalProvider({ root: target, deps: { host: createFakeHost(), pool } })
  await putAll(provider, items)
  await provider.close()
}

function command(line: string, target: string): void {
  const result = spawnSync('sh', ['-c', line], {
    env: {
      ...process.env,
      SOURCE: source,
      TARGET: target,
      RESTIC_PASSWORD: 'bench',
      RESTIC_CACHE_DIR: `${target}-cache`,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (result.status !== 0) throw new Error(`${line} failed`)
}

const items = await (async () => {
  makeSmallFiles(source, Number(values.files))
  spawnSync('sync')
  return scanSource()
})()

interface Run {
  readonly name: string
  readonly run: (target: string) => Promise<void> | void
}
const candidates: readonly Run[] = [
  { name: OURS, run: (target) => tidekeepRun(target, items) },
  { name: 'rsync -a; sync', run: (target) => command('rsync -a "$SOURCE/" "$TARGET/" && sync', target) },
  {
    name: 'restic backup; sync',
    run: (target) => command('restic -q init -r "$TARGET" && restic -q backup -r "$TARGET" "$SOURCE" && sync', target),
  },
]
const runs = candidates.filter(({ name }) => {
  const program = name.split(' ')[0]!
  if (!values.only.split(',').includes(program)) return false
  const present = program === 'tidekeep' || isInstalled(program)
  if (!present) console.log(`not run: ${name} (install ${program})`)
  return present
})

const seconds = new Map<string, number[]>(runs.map(({ name }) => [name, []]))
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { name, run } of runs) {
      spawnSync('sync')
      const startedMs = performance.now()
      await run(join(base, `${name.split(' ')[0]}-${round}`))
      seconds.get(name)!.push((performance.now() - startedMs) / 1000)
    }
  }
  const medians = Object.fromEntries([...seconds].map(([name, each]) => [name, round(median(each))]))
  const ours = median(seconds.get(OURS) ?? [])
  report('local-small-files', {
    files: items.length,
    rounds: Number(values.rounds),
    directory: values.dir === tmpdir() ? 'disk' : values.dir,
    seconds: medians,
    ratios: Object.fromEntries(
      [...seconds].filter(([name]) => name !== OURS).map(([name, each]) => [`to ${name}`, round(ours / median(each))]),
    ),
    all: Object.fromEntries([...seconds].map(([name, each]) => [name, each.map(round)])),
  })
} finally {
  await pool.close()
  rmSync(base, { recursive: true, force: true })
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
