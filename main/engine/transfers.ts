import { toTidekeepError, type TidekeepError } from '../../common/errors.ts'
import type { Action, ActionKind, FolderId, Job, Lane, Outcome, RelPath } from '../../common/model.ts'
import type { ActivityView, TransferView } from '../../common/protocol.ts'
import type { Clock, Log, Random } from '../host.ts'
import type { Store } from '../state/store.ts'
import { batchable, putTogether } from './batch-transfer.ts'
import { execute } from './execute/executor.ts'
import type { ExecuteContext } from './execute/run.ts'
import { Latch } from './latch.ts'
import { LiveTransfers } from './live-transfers.ts'
import { record, type Finished } from './record/record.ts'
import { judgeFailure } from './queue/retry-policy.ts'
import { TargetHealth } from './target-health.ts'

const LANES: readonly Lane[] = ['small', 'large']
const UNRECORDED_MS = 30_000
/** How long the other lane waits at a time for the answer of the job that finds out. */
const FINDING_OUT_MS = 1_000
/** Of one group of looks and folders. */
const LOOKS_AT_ONCE = 64
/** A job that met a silent target lets others find out first, so that one that is silent for it alone holds nobody up. */
const DEFER_MS = 5_000
/** No job is put off for longer: a time further away was written before the clock was set back. */
const LONGEST_WAIT_MS = 15 * 60_000

/** What the transfers of one folder need. */
export interface TransferDeps {
  readonly folderId: FolderId
  readonly store: Store
  readonly context: ExecuteContext
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Transfers at once; 0 leaves it to the target's limits. */
  readonly concurrency: () => number
  readonly onRecorded: (rows: readonly ActivityView[]) => void
  /** The job is over: recorded, or its source gone. One that failed for good is not. */
  readonly onEnded: (action: Action) => void
  readonly onFailed: (job: Job, error: TidekeepError, dead: boolean) => void
  /** The source of this path is not what the job says: it must be looked at again. */
  readonly onStale: (path: RelPath) => void
  /** Something got through after the target had been down. */
  readonly onTargetBack?: () => void
  readonly onChange: () => void
}

/**
 * queue -> execute -> record, for one folder: claims due jobs lane by lane, carries them out with
 * bounded concurrency and records them. Starts nothing while paused or while the target is down.
 */
export class Transfers {
  readonly #deps: TransferDeps
  readonly #latches: Readonly<Record<Lane, Latch>> = { small: new Latch(), large: new Latch() }
  readonly #running: Record<Lane, number> = { small: 0, large: 0 }
  readonly #live: LiveTransfers
  readonly #idleWaiters = new Set<() => void>()
  #paused = false
  readonly #health: TargetHealth
  #ended = false

  constructor(deps: TransferDeps) {
    this.#deps = deps
    this.#live = new LiveTransfers(deps.clock)
    this.#health = new TargetHealth(deps.clock, deps.random)
  }

  /** Runs until `stop` is aborted and what had begun has ended. `kill` abandons that too. */
  async run(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    await Promise.all(LANES.map((lane) => this.#lane(lane, { stop, kill })))
    this.#ended = true
    this.#notify()
  }

  /** There may be something to do. */
  wake(): void {
    for (const lane of LANES) this.#latches[lane].fire()
  }

  setPaused(paused: boolean): void {
    this.#paused = paused
    this.wake()
  }

  /** Forgets that the target was down: the next job finds out. */
  tryAgain(): void {
    this.#health.tryAgain()
    this.wake()
  }

  /** Why nothing goes out, if the target is out of reach. */
  get down(): TidekeepError | undefined {
    return this.#health.error
  }

  get live(): readonly TransferView[] {
    return this.#live.views
  }

  /** Content bytes and files carried out since the queue was last empty; live parts included. */
  get done(): { readonly bytes: number; readonly files: number } {
    return this.#live.done
  }

  get busy(): boolean {
    return this.#running.small + this.#running.large > 0
  }

  /**
   * Resolves when nothing runs and nothing is due within `patienceMs`; or when the target is down,
   * or the run has ended.
   */
  async drained(patienceMs: number): Promise<void> {
    while (!this.#isDrained(patienceMs)) {
      await new Promise<void>((resolve) => {
        const cancel = this.#deps.clock.after(200, () => done())
        const done = (): void => {
          cancel()
          this.#idleWaiters.delete(done)
          resolve()
        }
        this.#idleWaiters.add(done)
      })
    }
  }

  #isDrained(patienceMs: number): boolean {
    if (this.busy) return false
    if (this.#ended || this.down !== undefined) return true
    const limitMs = this.#deps.clock.now() + patienceMs
    return LANES.every((lane) => {
      const dueMs = this.#deps.store.queue.nextDueMs(this.#deps.folderId, lane)
      return dueMs === undefined || dueMs > limitMs
    })
  }

  async #lane(lane: Lane, signals: { readonly stop: AbortSignal; readonly kill: AbortSignal }): Promise<void> {
    const begun = new Set<Promise<void>>()
    while (!signals.stop.aborted) {
      const jobs = this.#claimOrWait(lane)
      if (jobs.length === 0) {
        await this.#waitForWork(lane, signals.stop)
        continue
      }
      this.#running[lane] += jobs.length
      const work = this.#carryOut(jobs, signals.kill).finally(() => {
        for (const job of jobs) this.#deps.context.twins?.release(job.action)
        begun.delete(work)
        this.#running[lane] -= jobs.length
        this.#latches[lane].fire()
        this.#notify()
      })
      begun.add(work)
    }
    await Promise.allSettled(begun)
  }

  #claimOrWait(lane: Lane): readonly Job[] {
    try {
      return this.#claim(lane)
    } catch (error) {
      this.#targetDown(toTidekeepError(error), UNRECORDED_MS)
      return []
    }
  }

  #claim(lane: Lane): readonly Job[] {
    const { store, folderId } = this.#deps
    if (this.#paused || this.#health.leftMs > 0) return []
    const limit = this.#room(lane)
    if (limit === 0) return []
    // Down until a moment ago: one job finds out whether the target is back.
    if (this.down !== undefined) return this.busy ? [] : store.queue.claim(folderId, lane, 1)
    return store.queue.claim(folderId, lane, limit)
  }

  /** One job asks whether the target is back; the others wait for its answer. */
  get #isFindingOut(): boolean {
    return this.down !== undefined && this.busy
  }

  /** How many jobs may be claimed at once now. */
  #room(lane: Lane): number {
    const slots = this.#slots(lane)
    const room = Math.max(0, slots - this.#running[lane])
    if (lane === 'large') return Math.min(1, room)
    // A third of the room at a time keeps three groups in flight: one is read, one written, one made durable.
    const group = Math.ceil(slots / 3)
    // What others left over is not worth a group of its own.
    return this.#running[lane] > 0 && room * 2 < group ? 0 : Math.min(room, group)
  }

  #slots(lane: Lane): number {
    const wanted = this.#deps.concurrency()
    if (wanted > 0) return wanted
    const { limits } = this.#deps.context.target.features
    return Math.max(1, lane === 'small' ? limits.smallConcurrency : limits.largeConcurrency)
  }

  async #waitForWork(lane: Lane, stop: AbortSignal): Promise<void> {
    const { store, folderId, clock } = this.#deps
    const full = this.#room(lane) === 0
    const dueMs = full || this.#paused ? undefined : store.queue.nextDueMs(folderId, lane)
    const cancel =
      dueMs === undefined
        ? undefined
        : clock.after(
            Math.max(
              this.#isFindingOut ? FINDING_OUT_MS : 5,
              Math.min(LONGEST_WAIT_MS, dueMs - clock.now()),
              this.#health.leftMs,
            ),
            () => this.#latches[lane].fire(),
          )
    if (!this.busy) this.#notify()
    await this.#latches[lane].wait(stop)
    cancel?.()
  }

  /** Never rejects. One claimed group, phase by phase: directories, then everything else at once, then deletions in their order. */
  async #carryOut(claimed: readonly Job[], kill: AbortSignal): Promise<void> {
    this.#live.begin(claimed)
    this.#deps.onChange()
    const jobs = await this.#alone(claimed)
    const directories = jobs.filter(({ action }) => DIRECTORY_KINDS.has(action.kind))
    const deletions = jobs.filter(({ action }) => DELETION_KINDS.has(action.kind))
    const adoptions = jobs.filter(({ action }) => action.kind === 'adopt' && action.trust !== undefined)
    const apart = new Set([...directories, ...deletions, ...adoptions])
    const rest = jobs.filter((job) => !apart.has(job))
    await this.#makeDirectories(directories, kill)
    const batch = batchable(this.#deps.context, rest)
    const single = rest.filter((job) => !batch.includes(job))
    await Promise.all([this.#putBatch(batch, kill), this.#atOnce(single, kill), this.#together(adoptions, kill)])
    await this.#inOrder(deletions, kill)
  }

  /** Those that work on no twin of what another works on, or of what is kept; the others are looked at again. */
  async #alone(jobs: readonly Job[]): Promise<readonly Job[]> {
    const { twins } = this.#deps.context
    if (twins?.areThere !== true) return jobs
    const alone: Job[] = []
    for (const job of jobs) {
      try {
        await twins.claim(job.action)
        alone.push(job)
      } catch (error) {
        this.#fail(job, toTidekeepError(error, job.action.path))
      }
    }
    return alone
  }

  async #putBatch(jobs: readonly Job[], kill: AbortSignal): Promise<void> {
    const { context, clock } = this.#deps
    try {
      const { finished, refused, failed } = await putTogether(context, clock, jobs, kill)
      for (const { job, error } of failed) this.#fail(job, error)
      this.#write(
        finished.map(({ job }) => job),
        () => this.#record(finished),
      )
      await this.#atOnce(refused, kill)
    } catch (error) {
      for (const job of jobs) if (this.#live.has(job)) this.#fail(job, toTidekeepError(error, job.action.path))
    }
  }

  async #atOnce(jobs: readonly Job[], kill: AbortSignal): Promise<void> {
    const queue = [...jobs]
    const workers = Array.from({ length: Math.min(16, queue.length) }, async () => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) await this.#one(job, kill)
    })
    await Promise.all(workers)
  }

  /** Level by level, as the claim has them: those of one level at once, and recorded together. */
  async #makeDirectories(jobs: readonly Job[], kill: AbortSignal): Promise<void> {
    for (const level of Map.groupBy(jobs, ({ action }) => action.path.split('/').length).values())
      await this.#together(level, kill)
  }

  /** At once, and recorded in one step: for what is cheap to find again where a crash comes before that. */
  async #together(jobs: readonly Job[], kill: AbortSignal): Promise<void> {
    const finished: Finished[] = []
    const queue = [...jobs]
    const workers = Array.from({ length: Math.min(LOOKS_AT_ONCE, queue.length) }, async () => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        const outcome = await this.#outcomeOf(job, kill)
        if (outcome !== undefined) finished.push({ job, outcome })
      }
    })
    await Promise.all(workers)
    this.#write(
      finished.map(({ job }) => job),
      () => this.#record(finished),
    )
  }

  async #inOrder(jobs: readonly Job[], kill: AbortSignal): Promise<void> {
    for (const job of jobs) await this.#one(job, kill)
  }

  async #one(job: Job, kill: AbortSignal): Promise<void> {
    const outcome = await this.#outcomeOf(job, kill)
    if (outcome !== undefined) this.#write([job], () => this.#record([{ job, outcome }]))
  }

  /** Undefined when it did not come to one, which is then written down already. */
  async #outcomeOf(job: Job, kill: AbortSignal): Promise<Outcome | undefined> {
    if (kill.aborted) {
      this.#write([job], () => this.#release(job))
      return undefined
    }
    try {
      return await execute(this.#deps.context, job.action, {
        signal: kill,
        attempts: job.attempts,
        onProgress: (bytesDone) => this.#progress(job, bytesDone),
      })
    } catch (error) {
      this.#fail(job, toTidekeepError(error, job.action.path))
      return undefined
    }
  }

  #record(finished: readonly Finished[]): void {
    if (finished.length === 0) return
    const { store, folderId, clock, context } = this.#deps
    const rows = record(store, folderId, finished, { nowMs: clock.now(), isTwoWay: context.source !== undefined })
    for (const { job, outcome } of finished) {
      const stale = staleAfter(job.action, outcome)
      if (stale !== undefined) this.#deps.onStale(stale)
      this.#live.recorded(job)
      this.#health.forget(job.id)
      this.#deps.onEnded(job.action)
    }
    if (this.#health.succeeded()) {
      this.wake()
      this.#deps.onTargetBack?.()
    }
    this.#deps.onRecorded(rows)
    this.#deps.onChange()
  }

  #fail(job: Job, error: TidekeepError): void {
    this.#write([job], () => this.#failed(job, error))
  }

  #failed(job: Job, error: TidekeepError): void {
    const { store, clock, random, log } = this.#deps
    this.#live.remove(job)
    const isAlone = error.code === 'timeout' && this.#health.isAlone(job.id)
    const verdict = judgeFailure(error, { attempts: job.attempts, isAlone, draw: () => random.next() })
    const failure = { code: error.code, message: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) }
    log.info('job-failed', { jobId: job.id, code: error.code, verdict: verdict.kind, attempts: job.attempts })
    if (verdict.kind === 'gone' || verdict.kind === 'dead') this.#health.forget(job.id)
    // A move that failed for good is to be seen to: until then the only safe version is at its old path, which nobody deletes.
    if (verdict.kind === 'gone') this.#deps.onEnded(job.action)
    switch (verdict.kind) {
      case 'released':
        return this.#release(job)
      case 'gone':
        store.queue.complete([job.id])
        // What was on its way to a new path is to be judged at its old one again.
        if (job.action.kind === 'move' || job.action.kind === 'move-local') this.#deps.onStale(job.action.from)
        return this.#deps.onStale(job.action.path)
      case 'target-down':
        this.#targetDown(error, verdict.afterMs)
        if (error.code === 'timeout') return store.queue.defer(job.id, clock.now() + this.#health.leftMs + DEFER_MS)
        return store.queue.release(job.id)
      case 'retry':
        store.queue.postpone(job.id, failure, clock.now() + verdict.delayMs)
        break
      case 'dead':
        store.queue.bury(job.id, failure)
    }
    if (error.code === 'changed') this.#deps.onStale(job.action.path)
    this.#deps.onFailed(job, error, verdict.kind === 'dead')
    this.#deps.onChange()
  }

  /** Runs what writes down how jobs ended. */
  #write(jobs: readonly Job[], write: () => void): void {
    try {
      write()
    } catch (error) {
      this.#unrecorded(jobs, error)
    }
  }

  /**
   * State could not be written, as on a full disk. What ran stays marked as running, and is queued
   * again once state can be written; nothing else is begun before.
   */
  #unrecorded(jobs: readonly Job[], error: unknown): void {
    const { log, clock, store } = this.#deps
    const known = toTidekeepError(error)
    for (const job of jobs) this.#live.remove(job)
    log.error('not-recorded', { code: known.code, jobs: jobs.length })
    this.#targetDown(known, UNRECORDED_MS)
    clock.after(UNRECORDED_MS, () => {
      if (this.#ended) return
      this.#write(jobs, () => {
        store.transaction(() => {
          for (const job of jobs) store.queue.release(job.id)
        })
        this.wake()
      })
    })
  }

  #targetDown(error: TidekeepError, afterMs: number | undefined): void {
    this.#health.failed(error, afterMs)
    this.#deps.onChange()
  }

  #release(job: Job): void {
    this.#live.remove(job)
    this.#deps.store.queue.release(job.id)
  }

  #progress(job: Job, bytesDone: number): void {
    this.#live.progress(job, bytesDone)
    this.#deps.onChange()
  }

  #notify(): void {
    for (const waiter of this.#idleWaiters) waiter()
    this.#deps.onChange()
  }
}

const DIRECTORY_KINDS: ReadonlySet<ActionKind> = new Set(['make-directory', 'make-local-directory'])
const DELETION_KINDS: ReadonlySet<ActionKind> = new Set(['delete', 'forget', 'remove-local'])

/** A path that the job concerned, too, and that must be looked at: the old one of what was sent instead of moved, the new one of what was renamed. */
function staleAfter(action: Action, outcome: Outcome): RelPath | undefined {
  if (action.kind === 'keep-both') return action.as
  const isMove = action.kind === 'move' || action.kind === 'move-local'
  return isMove && outcome.action.kind !== action.kind ? action.from : undefined
}
