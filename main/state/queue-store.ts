import type { ActionKind, Failure, FolderId, Hold, HoldReason, Job, JobId, Lane, RelPath } from '../../common/model.ts'
import type { Clock } from '../host.ts'
import { claimableRow, inClaimOrder, type Claimable, type Place } from './claimable.ts'
import type { FolderIds } from './folder-ids.ts'
import { FreshJobs } from './fresh-jobs.ts'
import { JobIds } from './job-ids.ts'
import { JobListing } from './job-listing.ts'
import {
  DEAD,
  HELD,
  HOLD_REASONS,
  QUEUED,
  REFUSED,
  RUNNING,
  SKIPPED,
  WAITING,
  endOfClaim,
  bytesOf,
  depthOf,
  laneNumber,
  readJob,
  type ReadJob,
} from './job-rows.ts'
import { QueueTally } from './queue-counts.ts'
import { QueueIntake } from './queue-intake.ts'
import { prepareQueue, type QueueStatements } from './queue-statements.ts'
import { RecentJobs } from './recent-jobs.ts'
import type { Connection, Row } from './sqlite/connection.ts'
import type { EnqueueOptions, HeldCount, JobFilter, PlannedAction, QueueCounts, QueueStore } from './store.ts'
import { passing, type Step } from '../../workers/failpoint.ts'

const STUCK: ReadonlySet<number> = new Set([HELD, DEAD, REFUSED, SKIPPED])
const UNDROPPED: ReadonlySet<number> = new Set([RUNNING, HELD, SKIPPED])
/** Whatever is not carried out within this time must survive the process. */
const FRESH_MS = 10_000
/** A back-off further away than this is no back-off (the longest is 15 minutes): the computer's clock was set back. */
const LONGEST_WAIT_MS = 20 * 60_000

/**
 * {@link QueueStore} over SQLite. Ids grow and are never used again. A job that a person approved
 * stays approved while its observation stays the same: a later hold of the guard passes it over.
 */
export class SqliteQueue implements QueueStore {
  readonly #connection: Connection
  readonly #folders: FolderIds
  readonly #clock: Clock
  readonly #tally: QueueTally
  readonly #recent: RecentJobs
  readonly #sql: QueueStatements
  readonly #fresh: FreshJobs
  readonly #intake: QueueIntake
  readonly #listing: JobListing

  constructor(connection: Connection, folders: FolderIds, clock: Clock) {
    this.#connection = connection
    this.#folders = folders
    this.#clock = clock
    this.#sql = prepareQueue(connection)
    this.#fresh = new FreshJobs(connection)
    this.#tally = new QueueTally(connection, this.#fresh)
    this.#recent = new RecentJobs(connection)
    const kept = { ids: new JobIds(connection), tally: this.#tally, recent: this.#recent, fresh: this.#fresh }
    this.#intake = new QueueIntake(this.#sql, kept)
    this.#listing = new JobListing({ sql: this.#sql, fresh: this.#fresh, tally: this.#tally, folders })
  }

  enqueue(folderId: FolderId, planned: readonly PlannedAction[], { isFoundAgain = false }: EnqueueOptions = {}): void {
    if (planned.length === 0) return
    this.#mutate('queue.enqueue', () => {
      const folder = this.#folders.require(folderId)
      this.#intake.take(planned, { id: folderId, folder, nowMs: this.#clock.now(), isFoundAgain })
    })
  }

  persist(folderId?: FolderId): void {
    if (this.#isSomeFresh(folderId)) this.#mutate('queue.enqueue', () => this.#write(folderId))
  }

  claim(folderId: FolderId, lane: Lane, limit: number): readonly Job[] {
    const folder = this.#folders.find(folderId)
    if (folder === undefined || limit <= 0 || !this.#isAnyDue(folderId, folder, lane)) return []
    return this.#mutate('queue.claim', () => {
      const nowMs = this.#clock.now()
      if (this.#tally.has(folder, WAITING))
        for (const [bytes] of this.#sql.wake.all(folder, laneNumber(lane), nowMs, nowMs + LONGEST_WAIT_MS))
          this.#tally.move(folder, [WAITING, QUEUED], Number(bytes))
      if (isOver(this.#fresh.oldestMs(folderId), nowMs)) this.#write(folderId)
      const jobs: Job[] = []
      const due = this.#due(folderId, folder, lane, limit + 1)
      const end = endOfClaim(
        due.map(({ job }) => job.action.path),
        limit,
      )
      for (const each of due.slice(0, end)) this.#take(folder, each, jobs)
      const written = jobs.filter(({ id }) => !this.#fresh.isRunning(id))
      if (written.length > 0) this.#sql.run.run(JSON.stringify(written.map(({ id }) => id)))
      return jobs
    })
  }

  complete(ids: readonly JobId[]): void {
    this.#mutate('queue.complete', () => {
      const written = ids.filter((id) => !this.#endFresh(id))
      if (written.length === 0) return
      const listed = JSON.stringify(written)
      for (const row of this.#sql.finish.all(listed)) {
        const [folder, path, bytes] = row as readonly [number, string, number]
        this.#tally.add(folder, RUNNING, bytes, -1)
        if (this.#tally.hasBehind(folder) && this.#sql.moveUp.run(folder, path) > 0) this.#tally.addBehind(folder, -1)
      }
      this.#sql.rest.run(listed)
    })
  }

  release(id: JobId): void {
    this.#whileRunning('queue.release', id, (folder, bytes) => {
      this.#tally.move(folder, [RUNNING, QUEUED], bytes)
    })
  }

  defer(id: JobId, notBeforeMs: number): void {
    this.#whileRunning('queue.postpone', id, (folder, bytes) => {
      this.#sql.defer.run(Math.ceil(notBeforeMs), id)
      this.#tally.move(folder, [RUNNING, WAITING], bytes)
    })
  }

  postpone(id: JobId, failure: Failure, notBeforeMs: number): void {
    this.#fail(id, WAITING, failure, notBeforeMs)
  }

  putFirst(folderId: FolderId, path: RelPath): void {
    this.#changeFolder('queue.postpone', folderId, (folder) => this.#sql.putFirst.run(depthOf(path), folder, path))
  }

  bury(id: JobId, failure: Failure): void {
    this.#fail(id, DEAD, failure, 0)
  }

  recover(): void {
    this.persist()
    this.#change('queue.recover', () => {
      this.#sql.dropOvertaken.run()
      this.#sql.moveAllUp.run()
      this.#sql.restAll.run()
      this.#sql.requeueRunning.run()
      const nowMs = this.#clock.now()
      return this.#sql.wakeDistant.run(nowMs, nowMs + LONGEST_WAIT_MS)
    })
  }

  retry(id?: JobId): number {
    return this.#change('queue.retry', () =>
      id === undefined ? this.#sql.retryDead.run() + this.#sql.retryWaiting.run() : this.#sql.retryOne.run(id),
    )
  }

  skip(id: JobId): number {
    this.persist()
    return this.#change('queue.decide', () => {
      const row = this.#sql.byId.get(id)
      if (row?.[2] !== RUNNING) return this.#sql.skip.run(id)
      const [folder, path] = row as readonly [number, string]
      this.#sql.restOne.run(id)
      const newer = this.#sql.atPath.get(folder, path, 1)
      if (newer !== undefined) {
        this.#sql.delete.run(id)
        this.#sql.takePlace.run(id, Number(newer[0]))
      }
      return this.#sql.skip.run(id)
    })
  }

  /** A running job is not dropped (0): its path would be free for a second one. Nor a held one: the next look would let it through; nor what is left out: nothing would tell of it then. */
  drop(id: JobId): number {
    this.persist()
    return this.#change('queue.decide', () => {
      const state = this.#sql.byId.get(id)?.[2]
      return state === undefined || UNDROPPED.has(Number(state)) ? 0 : this.#sql.delete.run(id)
    })
  }

  decide(folderId: FolderId, answer: 'approve' | 'keep', reason?: HoldReason): number {
    const only = reason ?? null
    return this.#changeFolder('queue.decide', folderId, (folder) =>
      answer === 'approve'
        ? this.#sql.approve.run(folder, only, only)
        : this.#sql.forgetDeletions.run(folder, only, only) + this.#sql.refuse.run(folder, only, only),
    )
  }

  hold(folderId: FolderId, paths: readonly RelPath[], hold: Hold): number {
    if (paths.length === 0) return 0
    return this.#changeFolder('queue.decide', folderId, (folder) =>
      this.#sql.hold.run(JSON.stringify(hold), folder, JSON.stringify(paths)),
    )
  }

  holds(folderId: FolderId): readonly HeldCount[] {
    const folder = this.#folders.find(folderId)
    if (folder === undefined || this.#tally.counts(folder).held === 0) return []
    return this.#tally.holds(folder, () =>
      this.#sql.holds.all(folder).map(([reason, count]) => ({ reason: toReason(reason), count: Number(count) })),
    )
  }

  withdraw(ids: readonly JobId[]): void {
    if (ids.length > 0) this.#change('queue.decide', () => this.#sql.withdraw.run(JSON.stringify(ids)))
  }

  forgetRemovals(folderId: FolderId, paths: readonly RelPath[]): number {
    if (paths.length === 0) return 0
    return this.#changeFolder('queue.decide', folderId, (folder) =>
      this.#sql.forgetRemovals.run(folder, JSON.stringify(paths)),
    )
  }

  forget(folderId: FolderId, kinds: readonly ActionKind[]): number {
    return this.#changeFolder('queue.decide', folderId, (folder) =>
      this.#sql.forgetKinds.run(folder, JSON.stringify(kinds)),
    )
  }

  /** Forgets uploads over what is safe, and moves, that wait since before the machine went down: the next full pass judges their files anew. */
  dropDoubtful(): void {
    this.#change('queue.recover', () => this.#sql.dropDoubtful.run())
  }

  list(filter: JobFilter): readonly Job[] {
    return this.#listing.list(filter)
  }

  has(folderId: FolderId, path: RelPath): boolean {
    const folder = this.#folders.find(folderId)
    if (this.#fresh.at(folderId, path) !== undefined) return true
    return folder !== undefined && this.#sql.atPath.get(folder, path, 0) !== undefined
  }

  waitsForPerson(folderId: FolderId, path: RelPath): boolean {
    const folder = this.#folders.find(folderId)
    return folder !== undefined && STUCK.has(Number(this.#sql.atPath.get(folder, path, 0)?.[1]))
  }

  counts(folderId: FolderId): QueueCounts {
    const folder = this.#folders.find(folderId)
    return folder === undefined
      ? { queued: 0, running: 0, waiting: 0, held: 0, dead: 0, refused: 0, skipped: 0, bytes: 0 }
      : this.#tally.counts(folder)
  }

  oldestDueMs(folderId: FolderId): number | undefined {
    const folder = this.#folders.find(folderId)
    if (folder === undefined || !this.#tally.has(folder, QUEUED)) return undefined
    const oldest = this.#sql.oldestDue.get(folder)?.[0]
    const freshMs = this.#fresh.oldestMs(folderId)
    return oldest == null ? freshMs : Math.min(Number(oldest), freshMs ?? Number.POSITIVE_INFINITY)
  }

  nextDueMs(folderId: FolderId, lane: Lane): number | undefined {
    const folder = this.#folders.find(folderId)
    if (folder === undefined) return undefined
    if (!this.#tally.has(folder, QUEUED, WAITING)) return undefined
    if (this.#fresh.due(folderId, lane, 1).length > 0) return 0
    if (this.#sql.anyDue.get(folder, laneNumber(lane)) !== undefined) return 0
    const waiting = this.#sql.nextWaiting.get(folder, laneNumber(lane))
    return waiting === undefined ? undefined : Number(waiting[0])
  }

  clear(folderId: FolderId): void {
    this.#changeFolder('queue.decide', folderId, (folder) => {
      this.#sql.restFolder.run(folder)
      return this.#sql.clear.run(folder)
    })
  }

  /** Both lanes ask after every job that ends: what has nothing to take opens no transaction. */
  #isAnyDue(folderId: FolderId, folder: number, lane: Lane): boolean {
    if (!this.#tally.has(folder, QUEUED, WAITING)) return false
    if (this.#fresh.due(folderId, lane, 1).length > 0) return true
    if (this.#sql.anyDue.get(folder, laneNumber(lane)) !== undefined) return true
    const first = this.#sql.nextWaiting.get(folder, laneNumber(lane))
    const last = first === undefined ? undefined : this.#sql.lastWaiting.get(folder, laneNumber(lane))
    const nowMs = this.#clock.now()
    return last !== undefined && (Number(first![0]) <= nowMs || Number(last[0]) > nowMs + LONGEST_WAIT_MS)
  }

  /** The first that are due, in the order of claims. */
  #due(folderId: FolderId, folder: number, lane: Lane, limit: number): readonly Claimable[] {
    const places = this.#sql.due.all(folder, laneNumber(lane), limit) as unknown as readonly Place[]
    const written = this.#claimable(places.map(([id]) => id))
    const fresh = this.#fresh.due(folderId, lane, limit).map((job): Claimable => ({ job, bytes: bytesOf(job.action) }))
    return fresh.length === 0 ? written : inClaimOrder(written, places, fresh)
  }

  /** In the order of `ids`, as claimed; what is not remembered is read. */
  #claimable(ids: readonly number[]): readonly Claimable[] {
    const unknown = ids.filter((id) => this.#recent.get(id) === undefined)
    const rows = unknown.length === 0 ? [] : this.#sql.read.all(JSON.stringify(unknown))
    const rowById = new Map(rows.map((row) => [row[0], row]))
    return ids.map((id) => this.#recent.get(id) ?? claimableRow(this.#read(rowById.get(id)!), rowById.get(id)!))
  }

  /** Takes one due job into `jobs`; one whose record cannot be read is buried instead. */
  #take(folder: number, { job, bytes, failure }: Claimable, jobs: Job[]): void {
    this.#recent.forget(job.id)
    if (failure !== undefined) {
      this.#sql.bury.run(JSON.stringify(failure), job.id)
      return this.#tally.move(folder, [QUEUED, DEAD], bytes)
    }
    this.#tally.move(folder, [QUEUED, RUNNING], bytes)
    if (this.#fresh.isKept(job)) this.#fresh.start(job)
    jobs.push(job)
  }

  #endFresh(id: JobId): boolean {
    const job = this.#fresh.end(id)
    if (job === undefined) return false
    this.#tally.add(this.#folders.require(job.folderId), RUNNING, bytesOf(job.action), -1)
    return true
  }

  /** Puts what is known in memory alone into the file. */
  #write(which?: FolderId | Job): void {
    this.#intake.write(this.#fresh.takeOut(which))
  }

  #isSomeFresh(folderId: FolderId | undefined): boolean {
    return folderId === undefined ? this.#fresh.size > 0 : this.#fresh.count(folderId) > 0
  }

  #fail(id: JobId, state: number, failure: Failure, notBeforeMs: number): void {
    this.#whileRunning(state === DEAD ? 'queue.bury' : 'queue.postpone', id, (folder, bytes) => {
      const { code, message, fix } = failure
      this.#sql.fail.run(state, Math.ceil(notBeforeMs), JSON.stringify({ code, message, fix }), id)
      this.#tally.move(folder, [RUNNING, state], bytes)
    })
  }

  /** Ends the run of a job; with a newer observation behind it, that one takes its place instead. */
  #whileRunning(step: Step, id: JobId, end: (folder: number, bytes: number) => void): void {
    this.#mutate(step, () => {
      const fresh = this.#fresh.running(id)
      if (fresh !== undefined) this.#write(fresh)
      const row = this.#sql.byId.get(id)
      if (row === undefined || row[2] !== RUNNING) return
      const [folder, path, , bytes] = row as readonly [number, string, number, number]
      this.#sql.restOne.run(id)
      const newer = this.#tally.hasBehind(folder) ? this.#sql.atPath.get(folder, path, 1) : undefined
      if (newer === undefined) return end(folder, bytes)
      this.#sql.delete.run(id)
      this.#sql.moveUp.run(folder, path)
      this.#tally.add(folder, RUNNING, bytes, -1)
      this.#tally.addBehind(folder, -1)
    })
  }

  #mutate<T>(step: Step, work: () => T): T {
    return passing(step, () =>
      this.#connection.transaction(() => {
        this.#tally.prepare()
        return work()
      }),
    )
  }

  /** A rare change of many rows, by a person or the guard: counted afresh, and on disk before it returns. */
  #change(step: Step, work: () => number): number {
    return passing(step, () =>
      this.#connection.transaction(() => {
        this.#connection.mustReachDisk()
        const changed = work()
        this.#tally.forget()
        this.#recent.clear()
        return changed
      }),
    )
  }

  #changeFolder(step: Step, folderId: FolderId, work: (folder: number) => number): number {
    const folder = this.#folders.find(folderId)
    if (folder === undefined) return 0
    this.persist(folderId)
    return this.#change(step, () => work(folder))
  }

  #read(row: Row): ReadJob {
    return readJob(row, (folder) => this.#folders.nameOf(folder))
  }
}

/** It has waited for long enough, or came after this time: then the clock was set back. */
function isOver(sinceMs: number | undefined, nowMs: number): boolean {
  return sinceMs !== undefined && (nowMs < sinceMs || nowMs - sinceMs > FRESH_MS)
}

/** What cannot be read is judged as strictly as what may be lost. */
function toReason(stored: unknown): HoldReason {
  return HOLD_REASONS.find((reason) => reason === stored) ?? 'suspect'
}
