import { toTidekeepError, type TidekeepError } from '../../common/errors.ts'
import type { FolderId, HoldReason, JobId, RelPath } from '../../common/model.ts'
import { keepHeld } from './decisions.ts'
import { DirtyPaths, type Due } from './dirty-paths.ts'
import type { StaleReach } from './job-ends.ts'
import { Latch } from './latch.ts'
import { LookTimes } from './look-times.ts'
import { MissingPaths } from './missing-paths.ts'
import { MovesUnderWay } from './moves-under-way.ts'
import { PassWaiters } from './pass-waiters.ts'
import type { PipelineDeps, PipelineState } from './pipeline-ports.ts'
import { passDelayMs } from './queue/retry-policy.ts'
import { queueSink, prepareTarget, runPass, type PassRequest } from './passes.ts'
import { RecentChanges } from './recent-changes.ts'
import { RemoteNews } from './remote-news.ts'
import { createDigester, createSampler } from './sampling.ts'
import { presenceOf } from './scan/presence.ts'
import { Transfers } from './transfers.ts'
import { openTwins, type Twins } from './twins.ts'

/** How long the first pass waits for the watcher. */
const WATCH_PATIENCE_MS = 10_000

/**
 * watch -> scan -> diff -> plan -> queue -> execute -> record, for one folder. The one place that
 * names every stage. Hints and requests are gathered, a pass at a time turns them into jobs, and
 * the transfers carry the jobs out beside it.
 */
export class FolderPipeline {
  readonly folderId: FolderId
  readonly #deps: PipelineDeps
  readonly #transfers: Transfers
  readonly #dirty = new DirtyPaths()
  readonly #moves = new MovesUnderWay()
  readonly #twins: Twins
  readonly #latch = new Latch()
  readonly #stop = new AbortController()
  readonly #kill = new AbortController()
  readonly #waiters = new PassWaiters()
  #running: Promise<unknown> = Promise.resolve()
  #paused = false
  #forced = 0
  #scanning = false
  #scanned = 0
  #passError: TidekeepError | undefined
  #passErrorAt: 'source' | 'target' = 'source'
  #broken: TidekeepError | undefined
  #failedPasses = 0
  #reconciled = false
  readonly #times: LookTimes
  readonly #news: RemoteNews
  /** What could not be read when both sides were looked at was compared with nothing. */
  #isComparedInPart = false
  #isDriftUnknown = false
  #lookedAtMs: number | undefined
  readonly #recent: RecentChanges
  readonly #missing: MissingPaths

  constructor(deps: PipelineDeps) {
    this.#deps = deps
    this.folderId = deps.folder.id as FolderId
    this.#recent = new RecentChanges(deps.host.clock)
    this.#missing = new MissingPaths(deps.host.clock, () => deps.settings().settleMaxMs)
    const { clock } = deps.host
    const { settings, store, target } = deps
    const { folderId } = this
    const isPolled = deps.source !== undefined && target.features.changes === undefined
    this.#times = new LookTimes({ folderId, store, clock, settings, isPolled })
    const isBusy = (): boolean => this.#transfers.busy
    const onHeard = (isLookNeeded: boolean): void => {
      if (isLookNeeded) this.#dirty.addEverything(true)
      this.#latch.fire()
    }
    this.#news = new RemoteNews({ folderId, store, target, clock, settings, isBusy, onHeard })
    this.#twins = openTwins({ folderId: this.folderId, store: deps.store, scanner: deps.scanner })
    this.#transfers = new Transfers({
      folderId: this.folderId,
      store: deps.store,
      context: {
        root: deps.folder.path,
        target: deps.target,
        pool: deps.pool,
        clock: deps.host.clock,
        presence: (path, kind) => presenceOf(deps.scanner, path, kind),
        isAgreedOn: (path) => deps.store.baseline.get(folderId, path) !== undefined,
        keepDays: () => deps.settings().keepDays,
        twins: this.#twins,
        ...(deps.delta === undefined ? {} : { delta: deps.delta }),
        ...(deps.source === undefined ? {} : { source: deps.source }),
        ...(deps.conflictRule === undefined ? {} : { conflictRule: deps.conflictRule }),
      },
      clock: deps.host.clock,
      random: deps.host.random,
      log: deps.host.log,
      concurrency: () => deps.settings().concurrency,
      ...(deps.burst === undefined ? {} : { burst: deps.burst }),
      onRecorded: deps.onRecorded,
      onEnded: (action) => this.#moves.ended(action),
      onFailed: (job, _error, dead) => {
        if (dead) deps.onDead(job.action)
      },
      onStale: (path, reach) => this.#hint(path, reach),
      // A pass that the target was in the way of has nothing to wait for any more.
      onTargetBack: () => {
        if (this.#passError !== undefined && this.#passErrorAt === 'target') this.#latch.fire()
      },
      onChange: deps.onChange,
    })
  }

  /** Begins watching, reconciling and transferring. Call once. */
  start(paused: boolean): void {
    this.#paused = paused
    this.#transfers.setPaused(paused)
    this.#dirty.addEverything(true)
    const { signal } = this.#stop
    this.#running = Promise.all(
      [this.#watch(signal), this.#passes(signal), this.#transfers.run(signal, this.#kill.signal)].map((part) =>
        part.catch((error: unknown) => this.#broke(error)),
      ),
    )
    this.#deps.watcher.onCoverageChange(() => this.#deps.onChange())
  }

  /** Graceful unless `now`. Resolves when nothing of this folder runs any more. Idempotent. */
  async stop(now: boolean): Promise<void> {
    this.#stop.abort()
    if (now) this.#kill.abort()
    await this.#running
    await this.#deps.target.close()
    await this.#deps.source?.close()
  }

  setPaused(paused: boolean): void {
    this.#paused = paused
    if (this.#forced === 0) this.#transfers.setPaused(paused)
    this.#latch.fire()
  }

  /** Looks at everything again: after sleep, or when the network came back. */
  wake(): void {
    this.#dirty.addEverything(false)
    this.#transfers.tryAgain()
    this.#latch.fire()
  }

  /** Jobs changed under the pipeline's feet: retried, dropped. */
  jobsChanged(): void {
    this.#transfers.tryAgain()
  }

  /** See `Transfers.skip`. */
  skip(id: JobId): Promise<boolean> | undefined {
    return this.#transfers.skip(id)
  }

  /** A person wants the target to keep what is held. */
  keepHeld(reason?: HoldReason): Promise<void> {
    return keepHeld({ ...this.#deps, folderId: this.folderId }, reason)
  }

  /** A person decided about what was held: it no longer speaks against what changes next. */
  decided(): void {
    this.#recent.forget()
    this.jobsChanged()
  }

  /** The file at this path was changed by ourselves. */
  lookAt(path: RelPath): void {
    this.#hint(path)
  }

  /** One full pass with the work it finds, even while paused; pausing holds again afterwards. */
  async syncNow(): Promise<void> {
    this.#forced++
    this.#transfers.setPaused(false)
    this.#transfers.tryAgain()
    this.#dirty.addEverything(true)
    try {
      const ended = this.#waiters.next()
      this.#latch.fire()
      await ended
      await this.#transfers.drained(0)
    } finally {
      this.#forced--
      if (this.#forced === 0) this.#transfers.setPaused(this.#paused)
    }
  }

  /** True while a pass or a transfer is under way. */
  get isWorking(): boolean {
    return this.#scanning || this.#transfers.busy
  }

  state(): PipelineState {
    const transfers = this.#transfers
    return {
      phase: this.#scanning ? 'scanning' : this.#transfers.busy ? 'transferring' : 'idle',
      scanned: this.#scanned,
      paused: this.#paused,
      coverage: this.#deps.watcher.coverage,
      passError: this.#broken ?? this.#passError,
      passErrorAt: this.#passErrorAt,
      targetError: this.#transfers.down,
      // Only when asked for: there may be thousands.
      get live() {
        return transfers.live
      },
      done: this.#transfers.done,
      reconciled: this.#reconciled && this.#dirty.isEmpty,
      ...(this.#lookedAtMs === undefined ? {} : { lookedAtMs: this.#lookedAtMs }),
    }
  }

  /** A part of the pipeline ended by itself, which nothing but a fault of this program does: the folder says so. */
  #broke(error: unknown): void {
    this.#broken = toTidekeepError(error, this.#deps.folder.path)
    this.#deps.host.log.error('pipeline-broke', { folderId: this.folderId, code: this.#broken.code })
    this.#waiters.endAll()
    this.#deps.onChange()
  }

  async #watch(signal: AbortSignal): Promise<void> {
    for await (const batch of this.#deps.watcher.batches(signal)) {
      this.#dirty.addBatch(batch)
      this.#latch.fire()
    }
  }

  #hint(path: RelPath, reach?: StaleReach): void {
    if (reach === 'everywhere') this.#dirty.addEverything(true)
    else this.#dirty.addPath(path, false)
    this.#isDriftUnknown ||= reach === 'drifted'
    this.#latch.fire()
  }

  /**
   * The first pass begins once the folder is watched: what changes while watches are being set
   * would otherwise wait for the next full pass. A watcher that does not come up is not waited for.
   */
  async #watched(signal: AbortSignal): Promise<void> {
    const { watcher, host } = this.#deps
    const patience = new AbortController()
    const cancel = host.clock.after(WATCH_PATIENCE_MS, () => patience.abort())
    const unsubscribe = watcher.onCoverageChange(() => this.#latch.fire())
    const ended = AbortSignal.any([signal, patience.signal])
    while (watcher.coverage.kind === 'off' && !ended.aborted) await this.#latch.wait(ended)
    unsubscribe()
    cancel()
  }

  async #passes(signal: AbortSignal): Promise<void> {
    await this.#watched(signal)
    while (!signal.aborted) {
      if (this.#reconciled && this.#times.isDue) this.#dirty.addEverything(this.#times.isCompareDue)
      if (!this.#isHeld) this.#news.askIfDue(signal)
      for (const { path, recursive } of this.#missing.takeDue()) this.#dirty.addPath(path, recursive)
      if (this.#dirty.isEmpty || this.#isHeld) {
        await this.#waitForPass(signal)
        continue
      }
      await this.#pass(this.#dirty.take(), signal)
    }
    await this.#news.ended()
    this.#waiters.endAll()
  }

  async #pass(due: Due, signal: AbortSignal): Promise<void> {
    const { store, scanner, target, source, host, pool, settings, folder } = this.#deps
    const startMs = host.clock.monotonic()
    const lookedAtMs = host.clock.now()
    this.#scanning = true
    this.#scanned = 0
    if (due.scopes === 'everything') this.#waiters.begin()
    this.#deps.onChange()
    const { folderId } = this
    const hand = { store, folderId, moves: this.#moves, clock: host.clock, isTwoWay: source !== undefined }
    const sink = queueSink(hand, (files) => {
      this.#scanned += files
      this.#transfers.wake()
      this.#deps.onChange()
    })
    const compareTarget =
      due.scopes === 'everything' &&
      (due.compareTarget || this.#times.comparedAtMs === undefined || !store.folders.get(folderId).compared)
    const { guardFiles, guardPercent } = settings()
    const request: PassRequest = {
      scopes: due.scopes,
      compareTarget,
      rules: { mode: folder.mode, guardFiles, guardPercent, ...(folder.adopt && { adopt: folder.adopt }) },
      signal,
    }
    try {
      const writable = source === undefined ? {} : { source }
      await prepareTarget({ store, folderId, target, ...writable }, signal)
      const result = await runPass(
        {
          folderId,
          scanner,
          target,
          ...writable,
          store,
          clock: host.clock,
          moves: this.#moves,
          sample: createSampler(pool, folder.path),
          digest: createDigester(pool, folder.path),
          recent: this.#recent,
          missing: this.#missing,
          twins: this.#twins,
        },
        request,
        sink,
      )
      due.acknowledge()
      if (result.isSomeLeft) this.#dirty.addEverything(true)
      if (due.scopes === 'everything' && result.isKnownRoot) this.#lookedAtMs = lookedAtMs
      this.#passEnded(due, result.isKnownRoot && compareTarget, result.isKnownRoot)
      this.#deps.onScanned(host.clock.monotonic() - startMs)
    } catch (error) {
      this.#dirty.putBack(due)
      await this.#passFailed(toTidekeepError(error, folder.path), signal)
    }
  }

  #passEnded(due: Due, comparedTarget: boolean, isKnownRoot: boolean): void {
    this.#scanning = false
    this.#passError = undefined
    this.#failedPasses = 0
    if (due.scopes === 'everything') {
      this.#reconciled = true
      // Beside an empty mount point there was nothing to compare with: what became of the target shows when the folder is back.
      if (!isKnownRoot) this.#times.comparedAtMs = undefined
      else if (comparedTarget) this.#compared()
      if (comparedTarget) this.#isComparedInPart = this.#isSomeUnread()
      // A target that was down may have been mended: waiting on would be for nothing.
      this.#transfers.tryAgain()
      this.#waiters.end()
    }
    if ((this.#isComparedInPart || this.#isDriftUnknown) && isKnownRoot && !this.#isSomeUnread()) {
      this.#isComparedInPart = this.#isDriftUnknown = false
      this.#dirty.addEverything(true)
    }
    this.#transfers.wake()
    this.#deps.onChange()
  }

  /** Both sides were compared to the end. */
  #compared(): void {
    this.#times.comparedAtMs = this.#deps.host.clock.now()
    if (this.#deps.source !== undefined) this.#news.compared()
  }

  /** Paused, and everything was looked at once. */
  get #isHeld(): boolean {
    return this.#paused && this.#forced === 0 && this.#reconciled
  }

  #isSomeUnread(): boolean {
    return this.#deps.store.folders.problemCount(this.folderId, ['unreadable']) > 0
  }

  async #passFailed(error: TidekeepError, signal: AbortSignal): Promise<void> {
    this.#scanning = false
    if (signal.aborted || error.code === 'cancelled') return
    this.#passErrorAt = await this.#whereItFailed()
    if (signal.aborted) return
    if (this.#passErrorAt === 'source') this.#times.comparedAtMs = undefined
    this.#passError = error
    this.#failedPasses++
    this.#waiters.end()
    this.#deps.host.log.warn('pass-failed', { folderId: this.folderId, code: error.code })
    this.#deps.onChange()
    const { clock, random } = this.#deps.host
    const delayMs = passDelayMs(error, this.#failedPasses, () => random.next())
    const cancel = clock.after(delayMs, () => this.#latch.fire())
    await this.#latch.wait(signal)
    cancel()
  }

  async #whereItFailed(): Promise<'source' | 'target'> {
    return this.#deps.scanner.root().then(
      () => 'target',
      () => 'source',
    )
  }

  async #waitForPass(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps.host
    const nextMs = Math.min(this.#times.nextMs, this.#news.nextMs)
    const waitMs = Math.min(Math.max(1_000, nextMs - clock.now()), this.#missing.dueInMs)
    const cancel = clock.after(waitMs, () => this.#latch.fire())
    await this.#latch.wait(signal)
    cancel()
  }
}
