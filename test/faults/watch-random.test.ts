import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createOpenWatcher } from '../../main/engine/watch/open-watcher.ts'
import type { HintBatch } from '../../main/engine/watch/watcher.ts'
import { RecordingLog, seededRandom } from '../fakes/host.ts'
import { realClock } from '../fakes/real-clock.ts'

const ROUNDS = 60
const EXPECTED_ERRORS = new Set(['EINVAL', 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG'])

/** State of every path below a root. */
type Snapshot = Map<string, string>

function snapshot(root: string): Snapshot {
  const state: Snapshot = new Map()
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const absolute = join(entry.parentPath, entry.name)
    const stat = lstatSync(absolute, { bigint: true })
    const value = entry.isDirectory()
      ? `directory ${stat.ino}`
      : [stat.ino, stat.mtimeNs, stat.size, stat.mode].join(' ')
    state.set(absolute.slice(root.length + 1), value)
  }
  return state
}

/** What somebody knows of a folder who looks only where hints point. */
function follow(known: Snapshot, batch: HintBatch, now: Snapshot): void {
  if (batch.overflow) {
    known.clear()
    for (const [path, value] of now) known.set(path, value)
  }
  for (const { path, recursive } of batch.hints) {
    const isIn = (one: string): boolean => one === path || (recursive && (path === '' || one.startsWith(`${path}/`)))
    // As a pass does: what is gone takes what was below it along.
    const isGone = (one: string): boolean => isIn(one) || (!now.has(path) && one.startsWith(`${path}/`))
    for (const one of known.keys()) if (isGone(one) && !now.has(one)) known.delete(one)
    for (const [one, value] of now) if (isIn(one)) known.set(one, value)
  }
}

/** Does one random thing to the tree, the way programs and people do. */
function act(root: string, random: ReturnType<typeof seededRandom>, serial: number): void {
  const state = [...snapshot(root)]
  const isDirectory = ([, value]: readonly [string, string]): boolean => value.startsWith('directory')
  const pick = (paths: readonly string[]): string => join(root, paths[Math.floor(random.next() * paths.length)] ?? '')
  const directories = ['', ...state.filter(isDirectory).map(([path]) => path)]
  const files = state.filter((entry) => !isDirectory(entry)).map(([path]) => path)
  const fresh = join(pick(directories), `n${serial}`)
  const file = pick(files)
  const actions: readonly (() => void)[] = [
    () => writeFileSync(fresh, 'x'),
    () => appendFileSync(file, 'y'),
    () => rmSync(file),
    () => renameSync(file, fresh),
    () => chmodSync(file, 0o600 + (serial % 64)),
    () => mkdirSync(join(fresh, 'deep', 'er'), { recursive: true }),
    () => renameSync(pick(directories), fresh),
    () => {
      mkdirSync(fresh)
      for (let index = 0; index < 20; index++) writeFileSync(join(fresh, String(index)), '')
    },
    () => {
      writeFileSync(`${file}.tmp`, 'z')
      renameSync(`${file}.tmp`, file)
    },
    () => {
      rmSync(file)
      mkdirSync(file)
      writeFileSync(join(file, 'in'), '')
    },
    () => {
      if (random.next() < 0.2) rmSync(pick(directories.slice(1)), { recursive: true })
    },
  ]
  actions[Math.floor(random.next() * actions.length)]?.()
}

describe('the watcher of directories', () => {
  it('leaves no change untold over hundreds of random operations', async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(performance.now() * 1000) % 100_000)
    console.log(`seed ${seed} (repeat with SEED=${seed})`)
    const random = seededRandom(seed)
    const root = mkdtempSync(join(tmpdir(), 'tidekeep-watch-random-'))
    for (let index = 0; index < 120; index++) {
      mkdirSync(join(root, `d${index % 7}/e${index % 13}`), { recursive: true })
      writeFileSync(join(root, `d${index % 7}/e${index % 13}/f${index}`), '')
    }
    const known = snapshot(root)
    const openWatcher = createOpenWatcher({ clock: realClock, log: new RecordingLog(), backend: 'directories' })
    const watcher = openWatcher({ root, isIgnored: () => false, settleMs: 60, settleMaxMs: 500 })
    const stop = new AbortController()
    const read = async (): Promise<void> => {
      for await (const batch of watcher.batches(stop.signal)) {
        follow(known, batch, snapshot(root))
        batch.acknowledge()
      }
    }
    const reading = read()
    await expect.poll(() => watcher.coverage.kind).toBe('live')
    for (let round = 0, serial = 0; round < ROUNDS; round++) {
      for (let count = 1 + Math.floor(random.next() * 15); count > 0; count--) {
        try {
          act(root, random, serial++)
        } catch (error) {
          if (!EXPECTED_ERRORS.has((error as NodeJS.ErrnoException).code ?? '')) throw error
        }
      }
      await realClock.sleep(random.next() * 50)
    }
    const differences = (): readonly string[] => {
      const now = snapshot(root)
      return [...new Set([...known.keys(), ...now.keys()])].filter((path) => known.get(path) !== now.get(path))
    }
    await expect.poll(differences, { interval: 100 }).toEqual([])
    stop.abort()
    await reading
    rmSync(root, { recursive: true, force: true })
  })
})
