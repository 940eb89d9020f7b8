import { stat } from 'node:fs/promises'
import type { Coverage } from '../../../common/model.ts'
import { inodeOf } from '../../../workers/fs/stable-read.ts'
import type { Clock, Log } from '../../host.ts'
import { degraded, LIVE, missing, OFF, polled } from './coverage.ts'
import { startHeartbeat } from './heartbeat.ts'
import { failureOf, type OpenRawWatcher, type WatchFailure } from './raw-watcher.ts'
import { Settler } from './settle.ts'
import type { HintBatch, Watcher, WatchOptions } from './watcher.ts'

/** What a folder watcher is made of. */
export interface FolderWatcherDeps {
  readonly clock: Clock
  readonly log: Log
  readonly openRaw: OpenRawWatcher
  /** Name of the network file system a folder is on, if it is on one. */
  readonly networkKind: (root: string) => Promise<string | undefined>
}

/** Time between two looks at a folder that should be watched but cannot be. */
const POLL_MS = 60_000
/** Time between two looks at a network folder, where each look is slow. */
const NETWORK_POLL_MS = 300_000
/** Time after which watching is tried again where the system's limit was met. */
const RETRY_LIMIT_MS = 600_000
/** Time between two looks at whether the root is still the same directory. */
const ROOT_CHECK_MS = 30_000
const FIRST_BACKOFF_MS = 1_000
const MAX_BACKOFF_MS = 30_000

/** Watches one folder, and goes on by polling, waiting and opening again when that breaks. */
export class FolderWatcher implements Watcher {
  readonly #deps: FolderWatcherDeps
  readonly #options: WatchOptions
  readonly #listeners = new Set<(coverage: Coverage) => void>()
  #coverage: Coverage = OFF

  constructor(deps: FolderWatcherDeps, options: WatchOptions) {
    this.#deps = deps
    this.#options = options
  }

  get coverage(): Coverage {
    return this.#coverage
  }

  onCoverageChange(listener: (coverage: Coverage) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async *batches(signal: AbortSignal): AsyncGenerator<HintBatch, void, undefined> {
    const ended = new AbortController()
    const until = AbortSignal.any([signal, ended.signal])
    const settler = new Settler(this.#deps.clock, this.#options)
    const watching = this.#keepWatching(settler, until)
    try {
      for (let batch = await settler.take(until); batch !== undefined; batch = await settler.take(until)) yield batch
    } finally {
      ended.abort()
      await watching
      this.#setCoverage(OFF)
    }
  }

  /** Opens the folder again and again. Whatever happened in between is covered by an overflow. */
  async #keepWatching(settler: Settler, until: AbortSignal): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS
    for (let isFirst = true; !until.aborted; isFirst = false) {
      const startedMs = this.#deps.clock.monotonic()
      const failure = await this.#watchOnce({ settler, until, isFirst }).catch(failureOf)
      if (until.aborted) return
      if (failure.kind === 'rules-changed') continue
      this.#deps.log.warn('watch-broke', { kind: failure.kind, code: 'code' in failure ? failure.code : undefined })
      if (this.#deps.clock.monotonic() - startedMs > MAX_BACKOFF_MS) backoffMs = FIRST_BACKOFF_MS
      if (failure.kind === 'limit') await this.#pollFor(RETRY_LIMIT_MS, failure, { settler, until })
      else if (failure.kind === 'error') await this.#pollFor(backoffMs, failure, { settler, until })
      else await this.#sleep(backoffMs, until)
      backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS)
    }
  }

  /** Watches until something ends it, and says what. */
  async #watchOnce(run: WatchRun): Promise<WatchFailure> {
    const { root } = this.#options
    const inode = await identityOf(root)
    if (inode === undefined) {
      this.#setCoverage(missing(root))
      return { kind: 'root-gone' }
    }
    const kind = await this.#deps.networkKind(root)
    if (kind === undefined) return await this.#watchLive(run, inode)
    this.#setCoverage(polled(kind, NETWORK_POLL_MS))
    if (!run.isFirst) run.settler.poll()
    while (!run.until.aborted) {
      await this.#sleep(NETWORK_POLL_MS, run.until)
      if ((await identityOf(root)) === undefined) return { kind: 'root-gone' }
      if (!run.until.aborted) run.settler.poll()
    }
    return { kind: 'error', code: '' }
  }

  async #watchLive({ settler, until, isFirst }: WatchRun, inode: string): Promise<WatchFailure> {
    const { root, isIgnored } = this.#options
    const broken = Promise.withResolvers<WatchFailure>()
    const onOverflow = (): void => {
      this.#deps.log.info('watch-overflow')
      settler.overflow()
      // Directories made meanwhile may not be watched: what happened in them until they are counts as lost, too.
      void raw.resync().then(() => settler.overflow())
    }
    const raw = this.#deps.openRaw(
      { root, isIgnored },
      { onEvent: (event) => settler.note(event), onOverflow, onBroken: broken.resolve },
    )
    const stopBeating = startHeartbeat(this.#deps.clock, onOverflow)
    const stop = new AbortController()
    until.addEventListener('abort', () => stop.abort(), { once: true, signal: stop.signal })
    try {
      const first = await Promise.race([broken.promise, raw.ready])
      if (first !== undefined) return first
      if (!isFirst) settler.overflow()
      this.#setCoverage(LIVE)
      return await Promise.race([broken.promise, this.#rootGone(inode, stop.signal)])
    } finally {
      stop.abort()
      stopBeating()
      await raw.close()
    }
  }

  /** Resolves when the root is no longer the directory it was, or the signal is aborted. */
  async #rootGone(inode: string, signal: AbortSignal): Promise<WatchFailure> {
    do await this.#sleep(ROOT_CHECK_MS, signal)
    while (!signal.aborted && (await identityOf(this.#options.root)) === inode)
    return { kind: 'root-gone' }
  }

  async #pollFor(
    durationMs: number,
    failure: WatchFailure,
    { settler, until }: Pick<WatchRun, 'settler' | 'until'>,
  ): Promise<void> {
    const endMs = this.#deps.clock.monotonic() + durationMs
    this.#setCoverage(degraded(failure, POLL_MS))
    for (let leftMs = durationMs; leftMs > 0 && !until.aborted; leftMs = endMs - this.#deps.clock.monotonic()) {
      await this.#sleep(Math.min(POLL_MS, leftMs), until)
      // A shorter wait ends in opening the folder again, which has everything looked at anyway.
      if (!until.aborted && leftMs >= POLL_MS) settler.poll()
    }
  }

  async #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    await this.#deps.clock.sleep(delayMs, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }

  #setCoverage(coverage: Coverage): void {
    if (JSON.stringify(coverage) === JSON.stringify(this.#coverage)) return
    this.#coverage = coverage
    for (const listener of this.#listeners) listener(coverage)
  }
}

interface WatchRun {
  readonly settler: Settler
  readonly until: AbortSignal
  /** Nothing was missed yet: the engine looks at everything when it starts. */
  readonly isFirst: boolean
}

async function identityOf(root: string): Promise<string | undefined> {
  const found = await stat(root, { bigint: true }).catch(() => undefined)
  return found?.isDirectory() === true ? inodeOf(found) : undefined
}
