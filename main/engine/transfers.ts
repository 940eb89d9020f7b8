import { toTidekeepError, type TidekeepError } from '../../common/errors.ts'
import type { ActionKind, Job, JobId, Lane, Outcome } from '../../common/model.ts'
import type { TransferView } from '../../common/protocol.ts'
import { adoptTogether, comparable } from './batch-adopt.ts'
import { batchable, putTogether } from './batch-transfer.ts'
import { Burst } from './burst.ts'
import { FoldersUnderWay, isOfFolder } from './folders-under-way.ts'
import { execute } from './execute/executor.ts'
import type { ExecuteSteps } from './execute/run.ts'
import { JobEnds, type JobEndsDeps } from './job-ends.ts'
import { Latch } from './latch.ts'
import { type Done, interruptedBurst, LiveTransfers } from './live-transfers.ts'
import type { Finished } from './record/record.ts'
import { isSkippable, Skips } from './skips.ts'
import { stillDue } from './still-due.ts'
import { TargetHealth } from './target-health.ts'

const LANES: readonly Lane[] = ['small', 'large']
/** How long the other lane waits at a time for the answer of the job that finds out. */
const FINDING_OUT_MS = 1_000
/** Groups that share the slots of a lane where the target does not tell: one is read, one is written, one is made durable. */
const USUAL_GROUPS = 3
/** Of one group of looks and folders. */
const LOOKS_AT_ONCE = 64
/** Of one group of jobs that are carried out one by one. */
const SINGLES_AT_ONCE = 16
/** Of one group of jobs that are stored here in groups, however much the target bears. */
const ASKED_AT_ONCE = 32
/** Small jobs worth having where what comes is stored in groups: more than a target answers at once, as each waits for its group. */
const COMING = 192
/** No job is put off for longer: a time further away was written before the clock was set back. */
const LONGEST_WAIT_MS = 15 * 60_000

/** What the transfers of one folder need. */
export interface TransferDeps extends JobEndsDeps {
  /** Transfers at once; 0 leaves it to the target's limits. */
  readonly concurrency: () => number
  /** Of the folders whose work is shown together; by itself, without. */
  readonly burst?: Burst
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
  readonly #folders = new FoldersUnderWay()
  readonly #idleWaiters = new Set<() => void>()
  readonly #health: TargetHealth
  readonly #skips = new Skips()
  readonly #ends: JobEnds
  #paused = false
  #isStopping = false
  #ended = false

  constructor(deps: TransferDeps) {
    this.#deps = deps
    this.#live = new LiveTransfers(deps.burst ?? new Burst(deps.clock), interruptedBurst(deps.store, deps.folderId))
    this.#health = new TargetHealth(deps.clock, deps.random)
    this.#ends = new JobEnds(deps, {
      live: this.#live,
      health: this.#health,
      skips: this.#skips,
      wake: () => this.wake(),
    })
  }

  /** Runs until `stop` is aborted and what had begun has ended. `kill` abandons that too. */
  async run(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    stop.addEventListener('abort', () => (this.#isStopping = true), { once: true })
    await Promise.all(LANES.map((lane) => this.#lane(lane, { stop, kill })))
    this.#ended = true
    this.#ends.close()
    this.#live.close()
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

  /**
   * Stops a job that runs here, as a shutdown would, and leaves it out. Resolves when it is over: false where it got through
   * before, or is nothing to leave out. Undefined: it does not run here.
   */
  skip(id: JobId): Promise<boolean> | undefined {
    const job = this.#live.jobOf(id)
    if (job === undefined) return undefined
    return isSkippable(job.action) ? this.#skips.ask(id) : Promise.resolve(false)
  }

  /** Why nothing goes out, if the target is out of reach. */
  get down(): TidekeepError | undefined {
    return this.#health.error
  }

  /** Made one by one as they are taken, once. */
  get live(): Iterable<TransferView> {
    return this.#live.views()
  }

  /** Content bytes and files carried out since the queue was last empty; live parts included. */
  get done(): Done {
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
      this.#ends.stateFailed(error)
      return []
    }
  }

  #claim(lane: Lane): readonly Job[] {
    const { store, folderId } = this.#deps
    // Nothing is carried out for a while: what waits must survive this process.
    if (this.#paused || this.down !== undefined) store.queue.persist(folderId)
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
    const slots = Math.max(this.#slots(lane), lane === 'small' ? this.#coming : 0)
    const room = Math.max(0, slots - this.#running[lane])
    if (lane === 'large') return Math.min(1, room)
    const group = Math.ceil(slots / this.#groups)
    // What others left over is not worth a group of its own.
    return this.#running[lane] > 0 && room * 2 < group ? 0 : Math.min(room, group)
  }

  /** How many groups share the slots of a lane. */
  get #groups(): number {
    return this.#deps.context.target.features.limits.smallGroups ?? USUAL_GROUPS
  }

  #slots(lane: Lane): number {
    const wanted = this.#deps.concurrency()
    if (wanted > 0) return wanted
    const { limits } = this.#deps.context.target.features
    return Math.max(1, lane === 'small' ? limits.smallConcurrency : limits.largeConcurrency)
  }

  get #coming(): number {
    return this.#deps.concurrency() > 0 || this.#deps.context.source?.features.putBatch === undefined ? 0 : COMING
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
    this.#folders.begin(claimed)
    this.#deps.onChange()
    const jobs = await stillDue(this.#deps, claimed, (job, error) => this.#ends.fail(job, error))
    const directories = jobs.filter(isOfFolder)
    this.#folders.end(claimed.filter((job) => !directories.includes(job)))
    const deletions = jobs.filter(({ action }) => DELETION_KINDS.has(action.kind))
    const adoptions = jobs.filter(({ action }) => action.kind === 'adopt' && action.trust !== undefined)
    const apart = new Set([...directories, ...deletions, ...adoptions])
    const rest = jobs.filter((job) => !apart.has(job))
    const made = this.#makeDirectories(directories, kill)
    await this.#folders.above(rest)
    const batch = batchable(this.#deps.context, rest)
    const alike = comparable(this.#deps.context, rest)
    const together = new Set<Job>([...batch, ...alike])
    const single = rest.filter((job) => !together.has(job))
    await Promise.all([
      made,
      this.#putBatch(batch, kill),
      this.#compareBatch(alike, kill),
      this.#atOnce(single, kill),
      this.#together(adoptions, kill),
    ])
    await this.#inOrder(deletions, kill)
  }

  async #putBatch(jobs: readonly Job[], kill: AbortSignal): Promise<void> {
    const { context, clock } = this.#deps
    try {
      const { finished, refused, failed } = await putTogether(context, clock, jobs, kill)
      for (const { job, error } of failed) this.#ends.fail(job, error)
      this.#ends.record(finished)
      await this.#atOnce(refused, kill)
    } catch (error) {
      for (const job of jobs) if (this.#live.has(job)) this.#ends.fail(job, toTidekeepError(error, job.action.path))
    }
  }

  async #compareBatch(jobs: Parameters<typeof adoptTogether>[1], kill: AbortSignal): Promise<void> {
    const { finished, others } = await adoptTogether(this.#deps.context, jobs, kill)
    this.#ends.record(finished)
    await this.#atOnce(others, kill)
  }

  /** As many as the target is asked for at once; what has come, and is only to be stored here, keeps no other waiting. */
  async #atOnce(jobs: readonly Job[], kill: AbortSignal): Promise<void> {
    const queue = [...jobs]
    const begun: Promise<void>[] = []
    const asked = this.#coming > 0 ? Math.max(1, Math.floor(this.#slots('small') / this.#groups)) : SINGLES_AT_ONCE
    const workers = Array.from({ length: Math.min(asked, ASKED_AT_ONCE, queue.length) }, async () => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        if (this.#paused || this.#isStopping || this.#health.leftMs > 0 || this.#skips.isAsked(job)) {
          this.#ends.release(job)
          continue
        }
        let onFetched = (): void => undefined
        const fetched = new Promise<void>((resolve) => (onFetched = resolve))
        const ended = this.#one(job, kill, { onFetched })
        begun.push(ended)
        await Promise.race([ended, fetched])
      }
    })
    await Promise.all(workers)
    await Promise.all(begun)
  }

  /** Level by level, as the claim has them: those of one level at once, and recorded together. What one is to hold may come as soon as it is made. */
  async #makeDirectories(jobs: readonly Job[], kill: AbortSignal): Promise<void> {
    const { source, target } = this.#deps.context
    if (source === undefined && target.features.limits.makesDirectoriesTogether === true)
      return this.#together(jobs, kill, jobs.length)
    for (const level of Map.groupBy(jobs, ({ action }) => action.path.split('/').length).values()) {
      await this.#folders.above(level)
      await this.#together(level, kill)
    }
  }

  /** At once, and recorded in one step: for what is cheap to find again where a crash comes before that. */
  async #together(jobs: readonly Job[], kill: AbortSignal, atOnce: number = LOOKS_AT_ONCE): Promise<void> {
    const finished: Finished[] = []
    const queue = [...jobs]
    const workers = Array.from({ length: Math.min(atOnce, queue.length) }, async () => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        const folder = [job]
        const outcome = await this.#outcomeOf(job, kill, { onMade: () => this.#folders.end(folder) })
        if (outcome !== undefined) finished.push({ job, outcome })
      }
    })
    await Promise.all(workers)
    this.#ends.record(finished)
    this.#folders.end(jobs)
  }

  async #inOrder(jobs: readonly Job[], kill: AbortSignal): Promise<void> {
    for (const job of jobs) await this.#one(job, kill)
  }

  async #one(job: Job, kill: AbortSignal, steps?: ExecuteSteps): Promise<void> {
    const outcome = await this.#outcomeOf(job, kill, steps)
    if (outcome !== undefined) this.#ends.record([{ job, outcome }])
  }

  /** Undefined when it did not come to one, which is then written down already. */
  async #outcomeOf(job: Job, kill: AbortSignal, steps?: ExecuteSteps): Promise<Outcome | undefined> {
    if (kill.aborted) {
      this.#ends.release(job)
      return undefined
    }
    try {
      return await execute(this.#deps.context, job.action, {
        signal: this.#skips.signalFor(job, kill),
        attempts: job.attempts,
        onProgress: (bytesDone) => this.#progress(job, bytesDone),
        ...steps,
      })
    } catch (error) {
      this.#ends.fail(job, toTidekeepError(error, job.action.path))
      return undefined
    }
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

const DELETION_KINDS: ReadonlySet<ActionKind> = new Set(['delete', 'forget', 'remove-local'])
