import { once } from 'node:events'
import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isTidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { createPool } from '../../main/pool.ts'
import { createLocalProvider } from '../../main/providers/local/index.ts'
import { openLocalDestination } from '../../main/restore/local-destination.ts'
import { hasDescriptorPaths } from '../../workers/fs/anchors.ts'
import { SafeRoot } from '../../workers/fs/safe-root.ts'
import { createFakeHost } from '../fakes/host.ts'

/** `npm run test:long` runs the 100,000 the design asks for. */
const RACES = Number(process.env['TIDEKEEP_RACES'] ?? 10_000)
const PUTS = Math.ceil(RACES / 100)
/** With fewer swaps there was no race: a busy machine goes on until there were as many. */
const LEAST_SWAPS = 100
const MOST_ROUNDS = 1000 * RACES

/** Swaps a directory for a link to `outside` and back, as fast as it can, until it is told to stop. */
const SWAPPER = `
  const { renameSync, rmSync, symlinkSync } = require('node:fs')
  const { parentPort, workerData } = require('node:worker_threads')
  const { directory, aside, outside, shared } = workerData
  // A directory that was made anew in the gap is taken away again.
  const insist = (call) => {
    for (;;) {
      try { return call() } catch {}
      try { rmSync(directory, { recursive: true, force: true }) } catch {}
    }
  }
  parentPort.postMessage('ready')
  while (Atomics.load(shared, 0) === 0) {
    renameSync(directory, aside)
    insist(() => symlinkSync(outside, directory))
    insist(() => { rmSync(directory, { recursive: true, force: true }); renameSync(aside, directory) })
    Atomics.add(shared, 1, 1)
  }
  parentPort.postMessage('ended')`

let base: string
let root: string
let outside: string

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'tidekeep-race-')))
  root = join(base, 'root')
  outside = join(base, 'outside')
  for (const place of [root, outside]) {
    mkdirSync(join(place, 'd/e'), { recursive: true })
    for (const name of ['d/victim', 'd/e/victim']) writeFileSync(join(place, name), 'precious')
  }
  // What a race would have to reach: the link leads to a twin of the directory.
  for (const name of ['d/e', 'd/victim', 'd/e/victim', 'd']) utimesSync(join(outside, name), 1_000, 1_000)
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** Everything a write outside would change: names, content, modes, times, inodes. */
function fingerprint(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const stat = lstatSync(join(directory, name), { bigint: true })
      const content = stat.isFile() ? readFileSync(join(directory, name), 'utf8') : ''
      return [name, stat.ino, stat.mode, stat.mtimeNs, stat.ctimeNs, stat.nlink, content].join(' ')
    })
}

/** Runs `work` at least `rounds` times while `root/d` is swapped for a link to `outside/d`; tells how many swaps and rounds there were. */
async function whileSwapped(
  rounds: number,
  work: (round: number) => Promise<void> | void,
): Promise<{ readonly swaps: number; readonly rounds: number }> {
  const shared = new Int32Array(new SharedArrayBuffer(8))
  const swapped = (): number => Atomics.load(shared, 1)
  const workerData = { directory: join(root, 'd'), aside: join(root, 'aside'), outside: join(outside, 'd'), shared }
  const swapper = new Worker(SWAPPER, { eval: true, workerData })
  await once(swapper, 'message')
  const ended = once(swapper, 'message')
  let round = 0
  try {
    for (; round < rounds || (swapped() <= LEAST_SWAPS && round < MOST_ROUNDS); round++) await work(round)
  } finally {
    Atomics.store(shared, 0, 1)
  }
  await ended
  await swapper.terminate()
  return { swaps: swapped(), rounds: round }
}

/** How many calls were let through and how many were refused. Anything but a clean refusal fails the test. */
class Tally {
  landed = 0
  refused = 0
  readonly strange: string[] = []

  count(call: () => void): void {
    try {
      call()
      this.landed++
    } catch (error) {
      this.refuse(error)
    }
  }

  refuse(error: unknown): void {
    this.refused++
    const code = isTidekeepError(error) ? error.code : ((error as NodeJS.ErrnoException).code ?? String(error))
    if (!EXPECTED.has(code) && this.strange.length < 5) this.strange.push(`${code}: ${String(error)}`)
  }
}

const EXPECTED = new Set([
  'ENOENT',
  'EEXIST',
  'ENOTDIR',
  'ENOTEMPTY',
  'forbidden',
  'changed',
  'not-found',
  'precondition-failed',
  'vanished',
])

const rel = (path: string): RelPath => path as RelPath

/** One of each way to change something, at both depths below the directory that is swapped. */
const OPERATIONS: readonly ((safe: SafeRoot, at: string, number: number) => void)[] = [
  (safe, at, number) => {
    const fd = safe.createFile(rel(`${at}/new-${number}`))
    writeSync(fd, 'x')
    closeSync(fd)
  },
  (safe, at, number) => void safe.makeDirectories(rel(`${at}/folder-${number}/below`)),
  (safe, at) => safe.removeFile(rel(`${at}/victim`)),
  (safe, at, number) => safe.setMetadata(rel(`${at}/victim`), { mtimeNs: BigInt(number), mode: 0, durable: false }),
  (safe, at, number) => safe.replace(rel(`${at}/victim`), rel(`${at}/taken-${number}`)),
  (safe, at, number) => safe.replace(rel(`own-${number % 50}`), rel(`${at}/victim`)),
  (safe, at, number) => safe.renameFileIfAbsent(rel(`own-${number % 50}`), rel(`${at}/linked-${number}`)),
  (safe, at, number) => safe.renameDirectory(rel(`${at}/folder-${number - 6}`), rel(`${at}/moved-${number}`)),
  (safe, at) => safe.removeTree(rel(`${at}/moved-1`)),
  (safe, at) => safe.removeDirectory(rel(at)),
]

if (!hasDescriptorPaths()) console.log('not run: swap races (this system has no paths of open directories)')

describe.runIf(hasDescriptorPaths())('a directory that turns into a link and back while it is written to', () => {
  it(`lets no write of a safe root escape in ${RACES} races`, async () => {
    const before = fingerprint(outside)
    const tally = new Tally()
    const { swaps } = await whileSwapped(RACES, (number) => {
      if (number % 50 === 0) for (let own = 0; own < 50; own++) writeFileSync(join(root, `own-${own}`), 'own')
      const safe = SafeRoot.open(root)
      const operation = OPERATIONS[number % OPERATIONS.length]!
      tally.count(() => operation(safe, number % 3 === 0 ? 'd/e' : 'd', number))
      safe.close()
    })
    expect(tally.strange).toEqual([])
    expect(fingerprint(outside)).toEqual(before)
    // Both happened often, or there was no race.
    expect(tally.refused).toBeGreaterThan(RACES / 50)
    expect(tally.landed).toBeGreaterThan(RACES / 50)
    expect(swaps).toBeGreaterThan(LEAST_SWAPS)
    console.log(`${RACES} races, ${swaps} swaps: ${tally.landed} landed inside, ${tally.refused} refused, 0 outside`)
  })

  it(`lets no put, move or removal of a local target escape in ${PUTS} rounds`, async () => {
    const before = fingerprint(outside)
    const tally = new Tally()
    const pool = createPool({ threads: 2 })
    const target = createLocalProvider({ root, deps: { pool, host: createFakeHost() } })
    const signal = new AbortController().signal
    const metadata = { mtimeNs: 1_000_000_000n, mode: 0o600 }
    const content = { size: 3, open: () => oneChunk('new') }
    const { swaps, rounds } = await whileSwapped(PUTS, async (round) => {
      const any = { expect: { kind: 'any' }, signal } as const
      const calls: readonly (() => Promise<unknown>)[] = [
        () => target.put(rel(`d/new-${round}`), content, { ...any, metadata }),
        () => target.put(rel('d/e/victim'), content, { ...any, metadata }),
        () => target.features.move!(rel('d/victim'), rel(`kept-${round}`), any),
        () => target.features.setMetadata!(rel('d/victim'), metadata, any),
        () => target.features.makeDirectory!(rel(`d/folder-${round}`), metadata, { signal }),
        () => target.remove(rel('d/e/victim'), any),
      ]
      const call = calls[round % calls.length]!
      await call().then(
        () => void tally.landed++,
        (error: unknown) => tally.refuse(error),
      )
    })
    await target.close()
    await pool.close()
    expect(tally.strange).toEqual([])
    expect(fingerprint(outside)).toEqual(before)
    expect(tally.refused + tally.landed).toBe(rounds)
    expect(swaps).toBeGreaterThan(LEAST_SWAPS)
  })

  it(`lets no restored file escape in ${PUTS} rounds`, async () => {
    const before = fingerprint(outside)
    const tally = new Tally()
    const { swaps } = await whileSwapped(PUTS, async (round) => {
      const destination = openLocalDestination(root)
      try {
        if (round % 2 === 0) {
          const staged = await destination.stage(rel(`d/restored-${round}`))
          await staged.write(Buffer.from('restored'))
          await staged.commit({ mtimeNs: 1_000_000_000n, mode: 0o600 })
        } else await destination.setAside(rel('d/victim'), rel(`d/aside-${round}`))
        tally.landed++
      } catch (error) {
        tally.refuse(error)
      }
      await destination.close().catch((error: unknown) => {
        if (!isTidekeepError(error)) tally.strange.push(String(error))
      })
    })
    expect(tally.strange).toEqual([])
    expect(fingerprint(outside)).toEqual(before)
    expect(swaps).toBeGreaterThan(LEAST_SWAPS)
  })
})

async function* oneChunk(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text))
}
