import type { Action, FolderId, Job, JobId } from '../../common/model.ts'
import { decodeAction, encodeAction, isSameObservation } from './action-json.ts'
import type { FreshJobs, UnwrittenJob } from './fresh-jobs.ts'
import type { JobIds } from './job-ids.ts'
import { HELD, QUEUED, RUNNING, SKIPPED, WAITING, bytesOf, laneNumber, orderOf } from './job-rows.ts'
import type { QueueTally } from './queue-counts.ts'
import type { QueueStatements } from './queue-statements.ts'
import type { RecentJobs } from './recent-jobs.ts'
import type { Row } from './sqlite/connection.ts'
import type { PlannedAction } from './store.ts'

const HOLDABLE: ReadonlySet<number> = new Set([QUEUED, WAITING, SKIPPED])

/** Where planned actions go, and from when. */
export interface IntakeFolder {
  readonly id: FolderId
  /** As the file has it. */
  readonly folder: number
  readonly nowMs: number
  /** What is new need not be written yet: it is found again. */
  readonly isFoundAgain: boolean
}

/** What is known of the jobs besides their rows. */
export interface JobsKept {
  readonly ids: JobIds
  readonly tally: QueueTally
  readonly recent: RecentJobs
  readonly fresh: FreshJobs
}

/** Makes jobs of planned actions, one unfinished job a path: a newer observation replaces an older one, or waits behind it while it runs. */
export class QueueIntake {
  readonly #sql: QueueStatements
  readonly #tally: QueueTally
  readonly #recent: RecentJobs
  readonly #fresh: FreshJobs
  readonly #ids: JobIds

  constructor(sql: QueueStatements, { ids, tally, recent, fresh }: JobsKept) {
    this.#sql = sql
    this.#ids = ids
    this.#tally = tally
    this.#recent = recent
    this.#fresh = fresh
  }

  take(planned: readonly PlannedAction[], into: IntakeFolder): void {
    for (const each of planned) if (!this.#takeFresh(into, each) && !this.#insert(into, each, 0)) this.#meet(into, each)
  }

  /** Writes jobs that were known in memory alone. */
  write(unwritten: readonly UnwrittenJob[]): void {
    const running: JobId[] = []
    for (const { folder, job, isRunning } of unwritten) {
      this.#sql.insert.run(...jobValues(folder, job, 0), QUEUED, null)
      if (isRunning) running.push(job.id)
      else this.#recent.keep({ job, bytes: bytesOf(job.action) })
    }
    if (running.length > 0) this.#sql.run.run(JSON.stringify(running))
  }

  /** False where the job is for the file: what is there of its path is there by then. */
  #takeFresh(into: IntakeFolder, { action, lane, hold }: PlannedAction): boolean {
    const { id: folderId, folder, nowMs, isFoundAgain } = into
    const known = this.#fresh.at(folderId, action.path)
    if (known !== undefined) {
      // Running or not: it is what is being done.
      if (hold === undefined && isSameObservation(known.action, action)) return true
      this.write(this.#fresh.takeOut(known))
      return false
    }
    if (!isFoundAgain || hold !== undefined || !this.#fresh.takes(action)) return false
    const isSomeWritten = this.#tally.total(folder) > this.#fresh.count(folderId)
    if (isSomeWritten && this.#sql.atPath.get(folder, action.path, 0) !== undefined) return false
    this.#fresh.keep(folder, newJob(this.#ids.next(), { folderId, action, lane, nowMs }))
    this.#tally.add(folder, QUEUED, bytesOf(action), 1)
    return true
  }

  /** False where a job of that place (0 the path's own, 1 behind it) exists. */
  #insert({ id, folder, nowMs }: IntakeFolder, { action, lane, hold }: PlannedAction, behind: 0 | 1): boolean {
    const state = hold === undefined ? QUEUED : HELD
    const bytes = bytesOf(action)
    const job = newJob(this.#ids.next(), { folderId: id, action, lane, nowMs })
    const isNew = this.#sql.insert.run(
      ...jobValues(folder, job, behind),
      state,
      hold === undefined ? null : JSON.stringify(hold),
    )
    if (isNew === 0) return false
    if (hold === undefined) this.#recent.keep({ job, bytes })
    this.#tally.add(folder, state, bytes, 1)
    if (behind === 1) this.#tally.addBehind(folder, 1)
    return true
  }

  /** A path that already has a job is seen again. */
  #meet(into: IntakeFolder, planned: PlannedAction): void {
    const { folder } = into
    const { path } = planned.action
    const own = this.#sql.atPath.get(folder, path, 0)
    if (own === undefined) return
    if (own[1] !== RUNNING) return this.#update(into, own, planned)
    const behind = this.#sql.atPath.get(folder, path, 1)
    if (isSame(own, planned.action)) {
      // Back to what is running already: whatever was seen in between is out of date.
      if (behind !== undefined) this.#dropBehind(folder, behind)
    } else if (behind === undefined) this.#insert(into, planned, 1)
    else this.#update(into, behind, planned)
  }

  #update({ folder, nowMs }: IntakeFolder, row: Row, planned: PlannedAction): void {
    const [id, state, bytes, , approved] = row as readonly [number, number, number, string, number]
    this.#recent.forget(id)
    if (isSame(row, planned.action)) {
      // What must be looked at before it is sent is held, left out or not: wanting it sent would not be a look.
      if (planned.hold === undefined || approved === 1 || !HOLDABLE.has(state)) return
      this.#sql.holdOne.run(JSON.stringify(planned.hold), id)
      return this.#tally.move(folder, [state, HELD], bytes)
    }
    const { action, lane, hold } = planned
    const next = hold === undefined ? QUEUED : HELD
    const { phase, rank } = orderOf(action)
    const nextBytes = bytesOf(action)
    this.#sql.replace.run(
      laneNumber(lane),
      next,
      phase,
      rank,
      action.kind,
      nextBytes,
      nowMs,
      encodeAction(action),
      hold === undefined ? null : JSON.stringify(hold),
      id,
    )
    this.#tally.move(folder, [state, next], bytes, nextBytes)
  }

  #dropBehind(folder: number, row: Row): void {
    const [id, state, bytes] = row as readonly [number, number, number]
    this.#sql.delete.run(id)
    this.#tally.add(folder, state, bytes, -1)
    this.#tally.addBehind(folder, -1)
  }
}

/** As it will be claimed. */
function newJob(
  id: JobId,
  made: { readonly folderId: FolderId; readonly action: Action; readonly lane: Job['lane']; readonly nowMs: number },
): Job {
  const { folderId, action, lane, nowMs } = made
  return { id, folderId, action, lane, state: 'running', attempts: 0, notBeforeMs: 0, createdAtMs: nowMs }
}

/** For the statement that inserts one, up to its state. */
function jobValues(folder: number, { id, action, lane, createdAtMs }: Job, behind: 0 | 1) {
  const { phase, rank } = orderOf(action)
  const place = [id, folder, action.path, behind, laneNumber(lane), phase, rank] as const
  return [...place, action.kind, bytesOf(action), createdAtMs, encodeAction(action)] as const
}

/** `row` as `atPath` gives it. A record that cannot be read is like no other. */
function isSame(row: Row, action: Action): boolean {
  try {
    return isSameObservation(decodeAction(String(row[3]), action.path), action)
  } catch {
    return false
  }
}
