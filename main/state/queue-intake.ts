import type { Action, FolderId, Job, JobId } from '../../common/model.ts'
import { decodeAction, encodeAction, isSameObservation } from './action-json.ts'
import { HELD, QUEUED, RUNNING, WAITING, bytesOf, laneNumber, orderOf } from './job-rows.ts'
import type { QueueTally } from './queue-counts.ts'
import type { QueueStatements } from './queue-statements.ts'
import type { RecentJobs } from './recent-jobs.ts'
import type { Row } from './sqlite/connection.ts'
import type { PlannedAction } from './store.ts'

/** Where planned actions go, and from when. */
export interface IntakeFolder {
  readonly id: FolderId
  /** As the file has it. */
  readonly folder: number
  readonly nowMs: number
}

/** Makes jobs of planned actions, one unfinished job a path: a newer observation replaces an older one, or waits behind it while it runs. */
export class QueueIntake {
  readonly #sql: QueueStatements
  readonly #tally: QueueTally
  readonly #recent: RecentJobs

  constructor(sql: QueueStatements, tally: QueueTally, recent: RecentJobs) {
    this.#sql = sql
    this.#tally = tally
    this.#recent = recent
  }

  take(planned: readonly PlannedAction[], into: IntakeFolder): void {
    for (const each of planned) if (!this.#insert(into, each, 0)) this.#meet(into, each)
  }

  /** False where a job of that place (0 the path's own, 1 behind it) exists. */
  #insert({ id, folder, nowMs }: IntakeFolder, { action, lane, hold }: PlannedAction, behind: 0 | 1): boolean {
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
    if (hold === undefined) {
      const job: Job = {
        id: rowid as JobId,
        folderId: id,
        action,
        lane,
        state: 'running',
        attempts: 0,
        notBeforeMs: 0,
        createdAtMs: nowMs,
      }
      this.#recent.keep({ job, bytes })
    }
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
      if (planned.hold === undefined || approved === 1 || (state !== QUEUED && state !== WAITING)) return
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

/** `row` as `atPath` gives it. A record that cannot be read is like no other. */
function isSame(row: Row, action: Action): boolean {
  try {
    return isSameObservation(decodeAction(String(row[3]), action.path), action)
  } catch {
    return false
  }
}
