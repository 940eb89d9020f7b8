import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { TidekeepError } from '../common/errors.ts'
import type { Clock } from './host.ts'
import { handOutAhead } from './pool-balancer.ts'
import { THREAD_ENTRY } from './thread-entry.ts'
import { boundHeaps, expectBriefWork, expectLongWork } from './heap-bounds.ts'
import type { Pool, TaskName, TaskOutcome, Tasks } from '../workers/tasks.ts'
import { sharedWordings } from '../common/shared-wordings.ts'

const ENTRY = unpackedPath(THREAD_ENTRY)

/** Threads cannot load modules from inside an asar archive; electron-builder.yml keeps what they need unpacked beside it. */
export function unpackedPath(path: string): string {
  return path.replace(/(?<=[\\/])app\.asar(?=[\\/])/, 'app.asar.unpacked')
}

/** Options of {@link createPool}. */
export interface PoolOptions {
  /** Threads for short tasks at most; defaults to the cores of this machine, at least 2 and at most 4. */
  readonly threads?: number
  /** One thread of each group starts at once: for a single run, which would wait for both. */
  readonly startsAtOnce?: boolean
  /**
   * For a single run over a few files: one thread starts at once, for its walk as well, and what comes while it
   * walks waits for that. Another thread would take longer to start, 40 ms of processor time, than the walk does.
   */
  readonly fewFiles?: Pick<Clock, 'after'>
}

/** What only looks, and leaves little behind. */
const LOOKS: ReadonlySet<TaskName> = new Set(['walk', 'prepareTarget', 'listTarget', 'callTarget', 'sampleFiles'])
/** What brings small files to a local target: system calls, for the most part. */
const SMALL_WORK: ReadonlySet<TaskName> = new Set([...LOOKS, 'makeDirectories', 'copyBatch', 'publishBatch'])

/** From this size on, reading one file takes long enough to keep others waiting. */
const LONG_BYTES = 64 * 1024 * 1024
const IDLE_MS = 5_000
/** So many new folders hold files for a second thread as well, which can start while the first one makes them. */
const MANY_DIRECTORIES = 8
/** A run walks once, and copies for longer than that: the thread that walked gives 15 MB back. */
const IDLE_AFTER_WALK_MS = 500
/** A walk that takes longer is not one of a few files, or waits for its reader, who may wait for what comes behind it. */
const LONGEST_SHORT_WALK_MS = 1_000
/** Walks, uploads and what signs a stream wait for others, so each needs a thread of its own or two of them could wait for each other. */
const LONG_THREADS = 64

/**
 * The application's worker threads, in two groups: short tasks share as many threads as pay; walks,
 * uploads in parts and huge files have others, so that nothing short ever waits behind them. Threads start when
 * first used and end after some idle seconds.
 */
export function createPool(options: PoolOptions = {}): Pool {
  const { fewFiles } = options
  const isForOneRun = options.startsAtOnce === true || fewFiles !== undefined
  const short = createGroup(options.threads ?? Math.min(4, Math.max(2, availableParallelism())), IDLE_MS)
  const long = createGroup(LONG_THREADS, isForOneRun ? IDLE_AFTER_WALK_MS : IDLE_MS)
  const atOnce = fewFiles !== undefined ? [short] : isForOneRun ? [short, long] : []
  const woken = new Map(atOnce.map((group) => [group, wake(group)]))
  let shortWalk: Promise<unknown> | undefined
  let isOneMoreWanted = options.startsAtOnce === true
  return {
    run: async <N extends TaskName>(
      name: N,
      params: Tasks[N]['params'],
      { signal, transfer }: { readonly signal?: AbortSignal; readonly transfer?: readonly unknown[] },
    ): Promise<Tasks[N]['result']> => {
      const isShortWalk = fewFiles !== undefined && name === 'walk' && shortWalk === undefined
      const group = isLong(name, params) && !isShortWalk ? long : short
      if (!LOOKS.has(name)) boundHeaps()
      if (!SMALL_WORK.has(name)) expectLongWork()
      // Its first thread is nearly there: it takes the task sooner than another one, which would start beside it.
      const start = async (): Promise<TaskOutcome<Tasks[N]['result']>> => {
        await woken.get(group)
        const begun = runIn<N>(group, params, {
          name,
          ...(signal === undefined ? {} : { signal }),
          ...(transfer === undefined ? {} : { transferList: transfer as never }),
        })
        if (isOneMoreWanted && makesManyFolders(name, params)) {
          isOneMoreWanted = false
          // As the first is busy, it is another one.
          void wake(short)
        }
        return begun
      }
      if (!isShortWalk) await shortWalk
      const running = start()
      if (isShortWalk) shortWalk = endOrTime(running, fewFiles)
      const outcome = await running
      if (outcome.ok) return outcome.value
      throw new TidekeepError(outcome.failure)
    },
    close: async () => {
      await Promise.all([short.destroy(), long.destroy()])
    },
  }
}

/** Resolves when the walk ended, however it did, or lasts. */
function endOrTime(walk: Promise<unknown>, clock: Pick<Clock, 'after'>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(LONGEST_SHORT_WALK_MS, resolve)
    const end = (): void => {
      cancel()
      resolve()
    }
    walk.then(end, end)
  })
}

/** Starts the first thread of a group. Where it cannot start, the first task will say so. */
async function wake(group: Piscina): Promise<void> {
  expectBriefWork()
  boundHeaps()
  await runIn<'wake'>(group, undefined, { name: 'wake' }).catch(() => undefined)
}

function createGroup(maxThreads: number, idleTimeout: number): Piscina {
  return new Piscina({
    filename: ENTRY,
    minThreads: 0,
    maxThreads,
    idleTimeout,
    concurrentTasksPerWorker: 1,
    loadBalancer: handOutAhead(maxThreads),
    // A thread that sleeps on a shared counter never turns its event loop while tasks come in, and what native
    // code left with each file is freed there: 25 MB a thread in a first backup of 200,000 files.
    atomics: 'disabled',
    // Tasks make many short-lived objects and keep none: a small young generation costs nothing.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  })
}

function isLong<N extends TaskName>(name: N, params: Tasks[N]['params']): boolean {
  if (name === 'walk' || name === 'readParts' || name === 'signStream') return true
  if (name === 'signFile' || name === 'matchFile') {
    return (params as Tasks['signFile' | 'matchFile']['params']).file.size >= LONG_BYTES
  }
  if (name === 'hashFile') return (params as Tasks['hashFile']['params']).size >= LONG_BYTES
  return name === 'copyBatch' && (params as Tasks['copyBatch']['params']).files.sizes.some((size) => size >= LONG_BYTES)
}

function makesManyFolders<N extends TaskName>(name: N, params: Tasks[N]['params']): boolean {
  if (name !== 'makeDirectories') return false
  return (params as Tasks['makeDirectories']['params']).items.length >= MANY_DIRECTORIES
}

async function runIn<N extends TaskName>(
  group: Piscina,
  params: Tasks[N]['params'],
  options: NonNullable<Parameters<Piscina['run']>[1]> & { readonly signal?: AbortSignal },
): Promise<TaskOutcome<Tasks[N]['result']>> {
  try {
    return (await group.run(params, options)) as TaskOutcome<Tasks[N]['result']>
  } catch (error) {
    if (options.signal?.aborted !== true) throw error
    throw new TidekeepError({ code: 'cancelled', message: sharedWordings.cancelled, cause: error })
  }
}
