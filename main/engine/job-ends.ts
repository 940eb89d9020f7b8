import { toTidekeepError, type TidekeepError } from '../../common/errors.ts'
import type { Action, FolderId, Job, Outcome, RelPath } from '../../common/model.ts'
import { isWithin, parentsOf } from '../../common/paths.ts'
import type { ActivityView } from '../../common/protocol.ts'
import type { Clock, Log, Random } from '../host.ts'
import type { Store } from '../state/store.ts'
import type { ExecuteContext } from './execute/run.ts'
import type { LiveTransfers } from './live-transfers.ts'
import type { Skips } from './skips.ts'
import { judgeFailure } from './queue/retry-policy.ts'
import { record, type Finished } from './record/record.ts'
import type { TargetHealth } from './target-health.ts'

/** How long nothing is begun where state could not be written. */
const UNRECORDED_MS = 30_000
/** A job that met a silent target lets others find out first, so that one that is silent for it alone holds nobody up. */
const DEFER_MS = 5_000

const GOING: ReadonlySet<Action['kind']> = new Set(['delete', 'remove-local'])

/** How long what is below a path waits whose own job is for somebody to decide about: neither gets anywhere before. */
const STUCK_MS = 5 * 60_000

/** Failed jobs that are looked through where a conflict is found, or what stood above them ended. */
const FAILED_JOBS = 10_000

/**
 * Where to look besides the path: at all of both sides; or, what a listing found at the target being known no more, at all of both
 * sides once the folder is the known one.
 */
export type StaleReach = 'everywhere' | 'drifted'

/** What writing down the ends of one folder's jobs needs, and who is told. */
export interface JobEndsDeps {
  readonly folderId: FolderId
  readonly store: Store
  readonly context: ExecuteContext
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly onRecorded: (rows: readonly ActivityView[]) => void
  /** The job is over: recorded, or its source gone. One that failed for good is not. */
  readonly onEnded: (action: Action) => void
  /** The job is no more: what it is about lies below a file against a folder, and waits for that conflict. */
  readonly onWaits?: (action: Action) => void
  readonly onFailed: (job: Job, error: TidekeepError, dead: boolean) => void
  /** The source of this path is not what the job says: it must be looked at again. */
  readonly onStale: (path: RelPath, reach?: StaleReach) => void
  /** Something got through after the target had been down. */
  readonly onTargetBack?: () => void
  readonly onChange: () => void
}

/** What is kept beside the jobs while they run. */
export interface JobsAround {
  readonly live: LiveTransfers
  readonly health: TargetHealth
  readonly skips: Skips
  /** There may be something to claim. */
  readonly wake: () => void
}

/** Writes down how claimed jobs ended: recorded, failed, or given back. Never throws: where state cannot be written, that is an end, too. */
export class JobEnds {
  readonly #deps: JobEndsDeps
  readonly #around: JobsAround
  #isClosed = false
  /** Paths that something below waits for, as their jobs are for somebody to decide about. */
  readonly #stuck = new Set<RelPath>()
  /** Of jobs whose end could not be written: what ends the wait for another try. */
  readonly #waits = new Set<() => void>()

  constructor(deps: JobEndsDeps, around: JobsAround) {
    this.#deps = deps
    this.#around = around
  }

  /** Nothing is claimed any more: what could not be recorded is left for the next start, and nothing waits for it. */
  close(): void {
    this.#isClosed = true
    for (const cancel of this.#waits) cancel()
    this.#waits.clear()
  }

  /** Moves the baseline to what these agreed on, in one step. */
  record(finished: readonly Finished[]): void {
    if (finished.length === 0) return
    this.#write(
      finished.map(({ job }) => job),
      () => this.#record(finished),
    )
  }

  /** However it failed: what is to be left out is, but where it is gone. */
  fail(job: Job, error: TidekeepError): void {
    if (error.code !== 'vanished' && this.#around.skips.isAsked(job)) this.#skip(job)
    else this.#write([job], () => this.#failed(job, error))
  }

  /** Back to the queue as if it had not been claimed. */
  release(job: Job): void {
    if (this.#around.skips.isAsked(job)) this.#skip(job)
    else this.#write([job], () => this.#release(job))
  }

  /** State cannot be read or written: nothing is begun for a while. */
  stateFailed(error: unknown): void {
    this.#targetDown(toTidekeepError(error), UNRECORDED_MS)
  }

  #record(finished: readonly Finished[]): void {
    const { store, folderId, clock, context } = this.#deps
    const { live, health, skips, wake } = this.#around
    const against = this.#mayBeInConflict ? finished.filter(({ job }) => this.#isAgainstFolder(job.action.path)) : []
    const rows = record(store, folderId, finished, { nowMs: clock.now(), isTwoWay: context.source !== undefined })
    for (const { job, outcome } of finished) {
      const stale = staleAfter(job.action, outcome)
      if (stale !== undefined) this.#deps.onStale(stale)
      // Nothing below was looked at while it was a conflict, on either side.
      if (outcome.action.kind === 'make-way') this.#deps.onStale(job.action.path, 'everywhere')
      if (outcome.method === 'conflict') this.#settleBelow(outcome)
      live.recorded(job)
      skips.ended(job, false)
      health.forget(job.id)
      this.#deps.onEnded(job.action)
    }
    for (const { job } of finished) if (this.#stuck.delete(job.action.path)) this.#tryBelow(job.action.path)
    for (const { job } of against)
      if (!this.#isAgainstFolder(job.action.path)) this.#deps.onStale(job.action.path, 'everywhere')
    if (health.succeeded()) {
      wake()
      this.#deps.onTargetBack?.()
    }
    this.#deps.onRecorded(rows)
    this.#deps.onChange()
  }

  #failed(job: Job, error: TidekeepError): void {
    const { store, clock, random, log } = this.#deps
    const { health } = this.#around
    this.#over(job)
    const isAlone = error.code === 'timeout' && health.isAlone(job.id)
    const verdict = judgeFailure(error, { attempts: job.attempts, isAlone, draw: () => random.next() })
    const failure = { code: error.code, message: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) }
    if (verdict.kind !== 'target-down' && verdict.kind !== 'released' && this.#waitsForConflict(job.action.path)) {
      store.queue.complete([job.id])
      return this.#letWait([job])
    }
    log.info('job-failed', { jobId: job.id, code: error.code, verdict: verdict.kind, attempts: job.attempts })
    if (verdict.kind === 'gone' || verdict.kind === 'dead') health.forget(job.id)
    // A move that failed for good is to be seen to: until then the only safe version is at its old path, which nobody deletes.
    if (verdict.kind === 'gone') this.#deps.onEnded(job.action)
    switch (verdict.kind) {
      case 'released':
        return this.#release(job)
      case 'gone':
        store.queue.complete([job.id])
        this.#judgeOldPlace(job.action)
        return this.#deps.onStale(job.action.path, this.#isDrift(job.action) ? 'drifted' : undefined)
      case 'target-down':
        this.#targetDown(error, verdict.afterMs)
        if (error.code === 'timeout') return store.queue.defer(job.id, clock.now() + health.leftMs + DEFER_MS)
        return store.queue.release(job.id)
      case 'retry':
        store.queue.postpone(job.id, failure, clock.now() + Math.max(verdict.delayMs, this.#stuckMs(error, job)))
        if (error.code === 'locked') this.#putFilesAboveFirst(job.action)
        break
      case 'dead':
        store.queue.bury(job.id, failure)
    }
    if (error.code === 'changed') this.#deps.onStale(job.action.path)
    this.#deps.onFailed(job, error, verdict.kind === 'dead')
    this.#deps.onChange()
  }

  /**
   * A listing found at the target something else than was agreed on, or nothing: nobody knows of it any more, and where what is
   * gone comes back as it was, as with its disk, it would pass for safe.
   */
  #isDrift(action: Action): boolean {
    const isOfListing = action.kind === 'adopt' || (action.kind === 'upload' && action.base === undefined)
    return isOfListing && this.#deps.store.baseline.get(this.#deps.folderId, action.path) !== undefined
  }

  /** A file against a folder above: until somebody decides, nothing below it can go anywhere. */
  #waitsForConflict(path: RelPath): boolean {
    return this.#mayBeInConflict && parentsOf(path).some((parent) => this.#isAgainstFolder(parent))
  }

  /** The path is a conflict of a file against a folder. */
  #isAgainstFolder(path: RelPath): boolean {
    const { store, folderId } = this.#deps
    return store.conflicts.at(folderId, path)?.kind === 'type'
  }

  get #mayBeInConflict(): boolean {
    const { store, folderId, context } = this.#deps
    return context.source !== undefined && store.conflicts.count(folderId) > 0
  }

  /**
   * A file is to come where this needs a folder: only once that ended, be it as a conflict, is there an end to this, too. What is
   * to be done below is tried again and again meanwhile, and much of it would leave no turn to what comes after it.
   */
  #putFilesAboveFirst({ kind, path }: Action): void {
    const { store, folderId, context } = this.#deps
    // What is to be removed makes room for that file.
    if (context.source === undefined || kind === 'remove-local') return
    for (const above of parentsOf(path)) if (store.queue.has(folderId, above)) store.queue.putFirst(folderId, above)
  }

  /** What stands above is for a person: asking for its place again and again meanwhile would be for nothing, perhaps for days. */
  #stuckMs({ code }: TidekeepError, { action }: Job): number {
    const { store, folderId, context } = this.#deps
    // What is to go makes room for what stands above.
    if (code !== 'locked' || context.source === undefined || GOING.has(action.kind)) return 0
    const stuck = parentsOf(action.path).find((above) => store.queue.waitsForPerson(folderId, above))
    if (stuck === undefined) return 0
    this.#stuck.add(stuck)
    return STUCK_MS
  }

  /** What waited for this path has its turn. */
  #tryBelow(path: RelPath): void {
    const { store, folderId } = this.#deps
    const waiting = store.queue.list({ folderId, state: 'waiting', limit: FAILED_JOBS })
    store.transaction(() => {
      for (const { id, action } of waiting) if (isWithin(action.path, path)) store.queue.retry(id)
    })
    this.#around.wake()
  }

  /** They are planned anew once that conflict is decided; they are out of the queue by now. */
  #letWait(jobs: readonly Job[]): void {
    for (const job of jobs) {
      this.#around.health.forget(job.id)
      this.#deps.onEnded(job.action)
      this.#deps.onWaits?.(job.action)
      this.#judgeOldPlace(job.action)
    }
    this.#deps.onChange()
  }

  /** What was on its way to a new path is to be judged at its old one again. */
  #judgeOldPlace(action: Action): void {
    if (action.kind === 'move' || action.kind === 'move-local') this.#deps.onStale(action.from)
  }

  /** What failed already, for want of the conflict that was found just now. */
  #settleBelow({ conflict }: Outcome): void {
    if (conflict?.kind !== 'type') return
    const { store, folderId } = this.#deps
    const failed = store.queue.list({ folderId, state: 'waiting', limit: FAILED_JOBS })
    const below = failed.filter(({ action }) => action.path !== conflict.path && isWithin(action.path, conflict.path))
    if (below.length === 0) return
    // None of them runs: what counts as waiting is what was dropped, or it would be tried again and end here once more.
    this.#letWait(store.transaction(() => below.filter(({ id }) => store.queue.drop(id) > 0)))
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
    for (const job of jobs) this.#over(job)
    log.error('not-recorded', { code: known.code, jobs: jobs.length })
    this.stateFailed(known)
    if (this.#isClosed) return
    const cancel = clock.after(UNRECORDED_MS, () => {
      this.#waits.delete(cancel)
      this.#write(jobs, () => {
        store.transaction(() => {
          for (const job of jobs) store.queue.release(job.id)
        })
        this.#around.wake()
      })
    })
    this.#waits.add(cancel)
  }

  #targetDown(error: TidekeepError, afterMs: number | undefined): void {
    this.#around.health.failed(error, afterMs)
    this.#deps.onChange()
  }

  #release(job: Job): void {
    this.#over(job)
    this.#deps.store.queue.release(job.id)
  }

  #skip(job: Job): void {
    this.#write([job], () => {
      const { store, log, onChange } = this.#deps
      const isSkipped = store.queue.skip(job.id) > 0
      log.info('job-skipped', { jobId: job.id })
      this.#around.health.forget(job.id)
      this.#over(job, isSkipped)
      onChange()
    })
  }

  /** It runs no more. */
  #over(job: Job, isSkipped = false): void {
    this.#around.live.remove(job)
    this.#around.skips.ended(job, isSkipped)
  }
}

/** A path that the job concerned, too, and that must be looked at: the old one of what was sent instead of moved, the new one of what was renamed. */
function staleAfter(action: Action, outcome: Outcome): RelPath | undefined {
  if (action.kind === 'keep-both') return action.as
  const isMove = action.kind === 'move' || action.kind === 'move-local'
  return isMove && outcome.action.kind !== action.kind ? action.from : undefined
}
