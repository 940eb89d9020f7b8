import { DEAD, HELD, QUEUED, RUNNING, WAITING } from './job-rows.ts'
import type { Connection, Statement, TransactionListener } from './sqlite/connection.ts'
import type { QueueCounts } from './store.ts'

interface Tally {
  readonly jobs: number[]
  readonly bytes: number[]
  /** Newer observations that wait behind a running job. */
  behind: number
}

/** How many jobs are in which state, kept as they change: status asks five times a second, also with a million jobs. */
export class QueueTally implements TransactionListener {
  readonly #tallies = new Map<number, Tally>()
  readonly #sum: Statement

  constructor(connection: Connection) {
    this.#sum = connection.statement(
      'SELECT state, behind, count(*), sum(bytes) FROM jobs WHERE folder = ? GROUP BY state, behind',
    )
    connection.listen(this)
  }

  counts(folder: number): QueueCounts {
    const { jobs, bytes } = this.#of(folder)
    return {
      queued: jobs[QUEUED] ?? 0,
      running: jobs[RUNNING] ?? 0,
      waiting: jobs[WAITING] ?? 0,
      held: jobs[HELD] ?? 0,
      dead: jobs[DEAD] ?? 0,
      bytes: (bytes[QUEUED] ?? 0) + (bytes[RUNNING] ?? 0) + (bytes[WAITING] ?? 0),
    }
  }

  hasBehind(folder: number): boolean {
    return this.#of(folder).behind > 0
  }

  /** Call before the row changes for the first time in a transaction, so that it is not counted twice. */
  prepare(folder: number): void {
    this.#of(folder)
  }

  add(folder: number, state: number, bytes: number, sign: 1 | -1): void {
    const tally = this.#of(folder)
    tally.jobs[state] = (tally.jobs[state] ?? 0) + sign
    tally.bytes[state] = (tally.bytes[state] ?? 0) + sign * bytes
  }

  addBehind(folder: number, sign: 1 | -1): void {
    this.#of(folder).behind += sign
  }

  /** After a change of many rows at once. */
  forget(folder: number): void {
    this.#tallies.delete(folder)
  }

  afterRollback(): void {
    this.#tallies.clear()
  }

  #of(folder: number): Tally {
    let tally = this.#tallies.get(folder)
    if (tally === undefined) {
      tally = { jobs: [0, 0, 0, 0, 0], bytes: [0, 0, 0, 0, 0], behind: 0 }
      for (const [state, behind, jobs, bytes] of this.#sum.all(folder)) {
        tally.jobs[Number(state)] = (tally.jobs[Number(state)] ?? 0) + Number(jobs)
        tally.bytes[Number(state)] = (tally.bytes[Number(state)] ?? 0) + Number(bytes)
        if (behind === 1) tally.behind += Number(jobs)
      }
      this.#tallies.set(folder, tally)
    }
    return tally
  }
}
