import type {
  ActionKind,
  Action,
  Failure,
  FolderId,
  Hold,
  HoldReason,
  Job,
  JobId,
  JobState,
  Lane,
  RelPath,
} from '../../common/model.ts'
import type { Clock } from '../host.ts'
import { decodeAction, encodeAction, isSameObservation } from './action-json.ts'
import type { FolderIds } from './folder-ids.ts'
import {
  DEAD,
  HELD,
  HOLD_REASONS,
  QUEUED,
  RUNNING,
  STATES,
  WAITING,
  bytesOf,
  endOfClaim,
  laneNumber,
  orderOf,
  readJob,
} from './job-rows.ts'
import { QueueTally } from './queue-counts.ts'
import { prepareQueue, type QueueStatements } from './queue-statements.ts'
import { RecentActions } from './recent-actions.ts'
import type { Connection, Row } from './sqlite/connection.ts'
import type { HeldCount, JobFilter, PlannedAction, QueueCounts, QueueStore } from './store.ts'
import { passing, type Step } from '../../workers/failpoint.ts'

/** What is listed first: work in hand, then what needs a person, then what waits. */
const LIST_ORDER: readonly JobState[] = ['running', 'dead', 'held', 'waiting', 'queued', 'refused']
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
  readonly #recent: RecentActions
  readonly #sql: QueueStatements
  /** By folder; forgotten whenever a job comes to be held, or no longer is: status asks five times a second. */
  readonly #holds = new Map<number, readonly HeldCount[]>()

  constructor(connection: Connection, folders: FolderIds, clock: Clock) {
    this.#connection = connection
    this.#folders = folders
    this.#clock = clock
    this.#tally = new QueueTally(connection)
    this.#recent = new RecentActions(connection)
    this.#sql = prepareQueue(connection)
    connection.listen({ afterRollback: () => this.#holds.clear() })
  }

  enqueue(folderId: FolderId, planned: readonly PlannedAction[]): void {
    if (planned.length === 0) return
    this.#mutate('queue.enqueue', () => {
      const folder = this.#folders.require(folderId)
      const nowMs = this.#clock.now()
      for (const each of planned) {
        if (!this.#insert(folder, each, 0, nowMs)) this.#meet(folder, each, nowMs)
      }
    })
  }

  claim(folderId: FolderId, lane: Lane, limit: number): readonly Job[] {
    const folder = this.#folders.find(folderId)
    if (folder === undefined || limit <= 0 || !this.#tally.has(folder, QUEUED, WAITING)) return []
    return this.#mutate('queue.claim', () => {
      const nowMs = this.#clock.now()
      if (this.#tally.has(folder, WAITING))
        for (const [bytes] of this.#sql.wake.all(folder, laneNumber(lane), nowMs, nowMs + LONGEST_WAIT_MS))
          this.#count(folder, [WAITING, QUEUED], Number(bytes))
      const jobs: Job[] = []
      const rows = this.#sql.due.all(folder, laneNumber(lane), limit + 1)
      for (const row of rows.slice(0, endOfClaim(rows, limit))) this.#take(folder, row, jobs)
      if (jobs.length > 0) this.#sql.run.run(JSON.stringify(jobs.map((job) => job.id)))
      return jobs
    })
  }

  complete(ids: readonly JobId[]): void {
    this.#mutate('queue.complete', () => {
      for (const row of this.#sql.finish.all(JSON.stringify(ids))) {
        const [folder, path, bytes] = row as readonly [number, string, number]
        this.#tally.add(folder, RUNNING, bytes, -1)
        if (this.#tally.hasBehind(folder) && this.#sql.moveUp.run(folder, path) > 0) this.#tally.addBehind(folder, -1)
      }
    })
  }

  release(id: JobId): void {
    this.#whileRunning('queue.release', id, (folder, bytes) => {
      this.#sql.setState.run(QUEUED, id)
      this.#count(folder, [RUNNING, QUEUED], bytes)
    })
  }

  defer(id: JobId, notBeforeMs: number): void {
    this.#whileRunning('queue.postpone', id, (folder, bytes) => {
      this.#sql.defer.run(Math.ceil(notBeforeMs), id)
      this.#count(folder, [RUNNING, WAITING], bytes)
    })
  }

  postpone(id: JobId, failure: Failure, notBeforeMs: number): void {
    this.#fail(id, WAITING, failure, notBeforeMs)
  }

  bury(id: JobId, failure: Failure): void {
    this.#fail(id, DEAD, failure, 0)
  }

  recover(): number {
    return this.#change('queue.recover', () => {
      const running = Number(this.#sql.countRunning.get()?.[0] ?? 0)
      this.#sql.dropOvertaken.run()
      this.#sql.moveAllUp.run()
      this.#sql.requeueRunning.run()
      const nowMs = this.#clock.now()
      this.#sql.wakeDistant.run(nowMs, nowMs + LONGEST_WAIT_MS)
      return running
    })
  }

  retry(id?: JobId): number {
    return this.#change('queue.retry', () =>
      id === undefined ? this.#sql.retryDead.run() + this.#sql.retryWaiting.run() : this.#sql.retryOne.run(id),
    )
  }

  /** A running job is not dropped (0): its path would be free for a second one. Nor a held one: the next look would let it through. */
  drop(id: JobId): number {
    return this.#change('queue.decide', () => {
      const state = this.#sql.byId.get(id)?.[2]
      return state === undefined || state === RUNNING || state === HELD ? 0 : this.#sql.delete.run(id)
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
    let holds = this.#holds.get(folder)
    if (holds === undefined) {
      holds = this.#sql.holds.all(folder).map(([reason, count]) => ({ reason: toReason(reason), count: Number(count) }))
      this.#holds.set(folder, holds)
    }
    return holds
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

  list({ folderId, state, reason, limit }: JobFilter): readonly Job[] {
    const folder = folderId === undefined ? undefined : this.#folders.find(folderId)
    if (folderId !== undefined && folder === undefined) return []
    const jobs: Job[] = []
    for (const each of state === undefined ? LIST_ORDER : [state]) {
      const rows = this.#rows(STATES.indexOf(each), { folder, reason: reason ?? null, limit: limit - jobs.length })
      for (const row of rows) jobs.push(this.#read(row).job)
    }
    return jobs
  }

  has(folderId: FolderId, path: RelPath): boolean {
    const folder = this.#folders.find(folderId)
    return folder !== undefined && this.#sql.atPath.get(folder, path, 0) !== undefined
  }

  counts(folderId: FolderId): QueueCounts {
    const folder = this.#folders.find(folderId)
    return folder === undefined
      ? { queued: 0, running: 0, waiting: 0, held: 0, dead: 0, refused: 0, bytes: 0 }
      : this.#tally.counts(folder)
  }

  nextDueMs(folderId: FolderId, lane: Lane): number | undefined {
    const folder = this.#folders.find(folderId)
    if (folder === undefined) return undefined
    if (!this.#tally.has(folder, QUEUED, WAITING)) return undefined
    if (this.#sql.anyDue.get(folder, laneNumber(lane)) !== undefined) return 0
    const waiting = this.#sql.nextWaiting.get(folder, laneNumber(lane))
    return waiting === undefined ? undefined : Number(waiting[0])
  }

  clear(folderId: FolderId): void {
    this.#changeFolder('queue.decide', folderId, (folder) => this.#sql.clear.run(folder))
  }

  /** False where a job of that place (0 the path's own, 1 behind it) exists. */
  #insert(folder: number, { action, lane, hold }: PlannedAction, behind: 0 | 1, nowMs: number): boolean {
    const state = hold === undefined ? QUEUED : HELD
    const { phase, rank } = orderOf(action)
    const bytes = bytesOf(action)
    const { changes, rowid } = this.#sql.insert.insert(
      folder,
      action.path,
      behind,
      laneNumber(lane),
      state,
      phase,
      rank,
      action.kind,
      bytes,
      nowMs,
      encodeAction(action),
      hold === undefined ? null : JSON.stringify(hold),
    )
    if (changes === 0) return false
    this.#recent.keep(rowid, action)
    this.#tally.add(folder, state, bytes, 1)
    if (state === HELD) this.#holds.delete(folder)
    if (behind === 1) this.#tally.addBehind(folder, 1)
    return true
  }

  /** A path that already has a job is seen again. */
  #meet(folder: number, planned: PlannedAction, nowMs: number): void {
    const path = planned.action.path
    const own = this.#sql.atPath.get(folder, path, 0)
    if (own === undefined) return
    if (own[1] !== RUNNING) return this.#update(folder, own, planned, nowMs)
    const behind = this.#sql.atPath.get(folder, path, 1)
    if (isSame(own, planned.action)) {
      // Back to what is running already: whatever was seen in between is out of date.
      if (behind !== undefined) this.#dropBehind(folder, behind)
    } else if (behind === undefined) this.#insert(folder, planned, 1, nowMs)
    else this.#update(folder, behind, planned, nowMs)
  }

  #update(folder: number, row: Row, planned: PlannedAction, nowMs: number): void {
    const [id, state, bytes, , approved] = row as readonly [number, number, number, string, number]
    if (isSame(row, planned.action)) {
      if (planned.hold === undefined || approved === 1 || (state !== QUEUED && state !== WAITING)) return
      this.#sql.holdOne.run(JSON.stringify(planned.hold), id)
      return this.#count(folder, [state, HELD], bytes)
    }
    const { action, lane, hold } = planned
    const next = hold === undefined ? QUEUED : HELD
    const { phase, rank } = orderOf(action)
    const text = hold === undefined ? null : JSON.stringify(hold)
    const nextBytes = bytesOf(action)
    this.#recent.forget(id)
    this.#sql.replace.run(
      laneNumber(lane),
      next,
      phase,
      rank,
      action.kind,
      nextBytes,
      nowMs,
      encodeAction(action),
      text,
      id,
    )
    this.#count(folder, [state, next], bytes, nextBytes)
  }

  #dropBehind(folder: number, row: Row): void {
    const [id, state, bytes] = row as readonly [number, number, number]
    this.#sql.delete.run(id)
    this.#tally.add(folder, state, bytes, -1)
    if (state === HELD) this.#holds.delete(folder)
    this.#tally.addBehind(folder, -1)
  }

  /** Takes one due row into `jobs`; a record that cannot be read is buried instead. */
  #take(folder: number, row: Row, jobs: Job[]): void {
    const read = this.#read(row, this.#recent.take(Number(row[0])))
    const bytes = Number(row[8])
    if ('unreadable' in read) {
      this.#sql.bury.run(JSON.stringify(read.failure), read.unreadable)
      return this.#count(folder, [QUEUED, DEAD], bytes)
    }
    this.#count(folder, [QUEUED, RUNNING], bytes)
    jobs.push(read.job)
  }

  #fail(id: JobId, state: number, failure: Failure, notBeforeMs: number): void {
    this.#whileRunning(state === DEAD ? 'queue.bury' : 'queue.postpone', id, (folder, bytes) => {
      const { code, message, fix } = failure
      this.#sql.fail.run(state, Math.ceil(notBeforeMs), JSON.stringify({ code, message, fix }), id)
      this.#count(folder, [RUNNING, state], bytes)
    })
  }

  /** Ends the run of a job; with a newer observation behind it, that one takes its place instead. */
  #whileRunning(step: Step, id: JobId, end: (folder: number, bytes: number) => void): void {
    this.#mutate(step, () => {
      const row = this.#sql.byId.get(id)
      if (row === undefined || row[2] !== RUNNING) return
      const [folder, path, , bytes] = row as readonly [number, string, number, number]
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
        this.#holds.clear()
        this.#recent.clear()
        return changed
      }),
    )
  }

  #changeFolder(step: Step, folderId: FolderId, work: (folder: number) => number): number {
    const folder = this.#folders.find(folderId)
    return folder === undefined ? 0 : this.#change(step, () => work(folder))
  }

  #rows(
    state: number,
    { folder, reason, limit }: { folder: number | undefined; reason: HoldReason | null; limit: number },
  ): readonly Row[] {
    if (limit <= 0) return []
    if (folder === undefined) return this.#sql.list[state]?.all(limit) ?? []
    return !this.#tally.has(folder, state)
      ? []
      : (this.#sql.listFolder[state]?.all(folder, reason, reason, limit) ?? [])
  }

  #read(row: Row, known?: Action): ReturnType<typeof readJob> {
    return readJob(row, (folder) => this.#folders.nameOf(folder), known)
  }

  #count(folder: number, [from, to]: readonly [number, number], bytes: number, bytesAfter = bytes): void {
    if (from === HELD || to === HELD) this.#holds.delete(folder)
    this.#tally.add(folder, from, bytes, -1)
    this.#tally.add(folder, to, bytesAfter, 1)
  }
}

/** `row` as `atPath` gives it. A record that cannot be read is like no other. */
function isSame(row: Row, action: Action): boolean {
  try {
    return isSameObservation(decodeAction(String(row[3]), action.path), action)
  } catch {
    return false
  }
}

/** What cannot be read is judged as strictly as what may be lost. */
function toReason(stored: unknown): HoldReason {
  return HOLD_REASONS.find((reason) => reason === stored) ?? 'suspect'
}
