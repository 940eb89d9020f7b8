import { hash } from 'node:crypto'
import type { Coverage, Entry, FolderId, RelPath } from '../../../common/model.ts'
import { toRelPath } from '../../../common/paths.ts'
import type { FolderView } from '../../../common/protocol.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../../common/settings.ts'
import { RunningEngine } from '../../../main/engine/running-engine.ts'
import type { Scanner } from '../../../main/engine/scan/scanner.ts'
import type { Watcher } from '../../../main/engine/watch/watcher.ts'
import type { Host } from '../../../main/host.ts'
import { ByteLimiter } from '../../../main/providers/decorators/limiter.ts'
import { decorate } from '../../../main/providers/decorators/stack.ts'
import { createS3Provider } from '../../../main/providers/s3/index.ts'
import type { Store } from '../../../main/state/store.ts'
import { blake3Hex } from '../../../workers/hash/blake3.ts'
import type { Pool, StableFile } from '../../../workers/tasks.ts'
import { seededRandom } from '../host.ts'
import { StateInMemory } from '../simulated-state.ts'
import { ProcessClock, settled, SteppedTime } from '../stepped-time.ts'
import { DirectStore } from './direct-store.ts'
import { memorySecrets, memorySessions } from './harness.ts'

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const PLACES = { home: '/', config: '/', state: '/', cache: '/', logs: '/', run: '/' }

/** Options of {@link startStoredEngine}. */
export interface StoredEngineOptions {
  readonly seed: number
  /** Paths of small files; what each holds follows from its path. */
  readonly files: readonly string[]
  /** Buckets, each behind an endpoint and an account of its own; every one backs the same files up. */
  readonly buckets: readonly string[]
  readonly latencyMs?: number
  readonly settings?: Partial<Settings>
}

/** The real engine with the whole stack of decorators and the S3 provider, before stores without sockets, on a clock that goes from event to event. */
export interface StoredEngine {
  readonly time: SteppedTime
  readonly engine: RunningEngine
  readonly state: Store
  /** By bucket. */
  readonly stores: ReadonlyMap<string, DirectStore>
  folder(bucket: string): FolderView
  /** Lets time go by; returns early, as soon as `isSo`. */
  pass(durationMs: number, isSo?: () => boolean): Promise<void>
  stop(): Promise<void>
}

/** Starts it; nothing has happened yet. One at a time in a process. */
export async function startStoredEngine(options: StoredEngineOptions): Promise<StoredEngine> {
  const { seed, files, buckets, latencyMs = 40 } = options
  const time = new SteppedTime()
  const clock = new ProcessClock(time)
  const host: Host = { clock, random: seededRandom(seed), paths: PLACES, notify: () => undefined, log: SILENT }
  const kept = new StateInMemory()
  const state = await kept.open({ clock, log: SILENT, bootId: 'one boot' })
  const keysOf = (bucket: string) => ({ accessKeyId: `AKID${bucket}`, secretAccessKey: `secret of ${bucket}` })
  const stores = new Map(
    buckets.map((bucket) => [bucket, new DirectStore({ clock, bucket, latencyMs, keys: keysOf(bucket) })]),
  )
  const pool = contentPool()
  const settings: Settings = {
    ...DEFAULT_SETTINGS,
    ignore: [],
    ...options.settings,
    folders: buckets.map((bucket) => ({
      id: bucket,
      name: bucket,
      path: '/source',
      target: `s3://${bucket}`,
      mode: 'backup' as const,
      paused: false,
      ignore: [],
    })),
  }
  const engine = new RunningEngine({
    host,
    store: state,
    pool,
    version: 'test',
    settings: () => settings,
    openTarget: async ({ id }) => {
      const provider = await createS3Provider({
        bucket: id,
        prefix: '',
        options: { endpoint: `http://${id}.test:9000`, region: 'us-east-1', accountId: id, pathStyle: true },
        env: { AWS_CONFIG_FILE: '/nowhere' },
        deps: {
          host,
          pool,
          sessions: memorySessions(),
          secrets: memorySecrets({ [`s3:${id}`]: JSON.stringify(keysOf(id)) }),
        },
        http: stores.get(id)!.connect(),
      })
      return decorate(provider, { clock, random: host.random, log: SILENT, limiter: new ByteLimiter(clock, 0) })
    },
    openScanner: () => fixedScanner(files.map(entryOf)),
    openWatcher: () => new DeafWatcher(),
  })
  await engine.start()
  return {
    time,
    engine,
    state,
    stores,
    folder: (bucket) => engine.status().folders.find(({ id }) => id === bucket)!,
    pass: async (durationMs, isSo = () => false) => {
      const untilMs = time.nowMs + durationMs
      await settled()
      for (let steps = 0; steps % 20 !== 0 || !isSo(); steps++) {
        if (!(await time.step(untilMs))) {
          time.nowMs = untilMs
          return
        }
      }
    },
    stop: async () => {
      const end = { isOver: false }
      void engine.stop({ now: true }).then(() => (end.isOver = true))
      await settled()
      while (!end.isOver && (await time.step())) await settled()
      clock.kill()
    },
  }
}

/** The id of a folder of {@link startStoredEngine}. */
export function folderId(bucket: string): FolderId {
  return bucket as FolderId
}

/** What the file of a path holds. */
export function contentAt(path: string): string {
  return `content of ${path}`
}

function entryOf(path: string, index: number): Entry {
  return {
    path: toRelPath(path),
    kind: 'file',
    size: Buffer.byteLength(contentAt(path)),
    mtimeNs: BigInt(index + 1) * 1_000_000_000n,
    identity: { inode: `1:${index}`, ctimeNs: 1n },
  }
}

/** Reads what {@link contentAt} says of a path, as workers read files. */
function contentPool(): Pool {
  const bytesOf = ({ absolutePath }: StableFile): Buffer =>
    Buffer.from(contentAt(absolutePath.slice('/source/'.length)))
  const run = async (name: string, params: unknown): Promise<unknown> => {
    if (name === 'hashFile') return blake3Hex(bytesOf(params as StableFile))
    if (name === 'sampleFiles') return []
    if (name !== 'readBatch') throw new Error(`no file here needs the task ${name}`)
    return (params as readonly StableFile[]).map((file) => {
      const bytes = bytesOf(file)
      return { ok: true, bytes, blake3: blake3Hex(bytes), sha256: hash('sha256', bytes) }
    })
  }
  return { run, close: async () => undefined } as unknown as Pool
}

function fixedScanner(entries: readonly Entry[]): Scanner {
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const find = (path: RelPath): Entry | undefined => sorted.find((entry) => entry.path === path)
  return {
    scan: async function* () {
      for (let at = 0; at < sorted.length; at += 500)
        yield { entries: sorted.slice(at, at + 500), problems: [], ignored: 0 }
    },
    stat: async (path) => find(path),
    exists: async (path) => find(path) !== undefined,
    names: async () => [],
    root: async () => ({ device: '1', inode: '1' }),
  }
}

class DeafWatcher implements Watcher {
  readonly coverage: Coverage = { kind: 'live' }
  batches(signal: AbortSignal): AsyncIterable<never> {
    const ended = new Promise<IteratorResult<never>>((resolve) =>
      signal.addEventListener('abort', () => resolve({ done: true, value: undefined }), { once: true }),
    )
    return { [Symbol.asyncIterator]: () => ({ next: () => ended }) }
  }
  onCoverageChange(): () => void {
    return () => undefined
  }
}
