import type { FreshJobs } from './fresh-jobs.ts'
import { DEAD, HELD, QUEUED, REFUSED, RUNNING, SKIPPED, STATE, STATES, WAITING } from './job-rows.ts'
import type { Connection, Statement, TransactionListener } from './sqlite/connection.ts'
import type { HeldCount, QueueCounts } from './store.ts'

interface Tally {
  readonly jobs: number[]
  readonly bytes: number[]
  /** Newer observations that wait behind a running job. */
  behind: number
}

/** How many jobs are in which state, kept as they change: status asks five times a second, also with a million jobs. */
export class QueueTally implements TransactionListener {
  readonly #sum: Statement
  readonly #fresh: FreshJobs
  #tallies: Map<number, Tally> | undefined
  /** By folder; forgotten whenever a job comes to be held, or no longer is. */
  readonly #holds = new Map<number, readonly HeldCount[]>()

  constructor(connection: Connection, fresh: FreshJobs) {
    this.#fresh = fresh
    this.#sum = connection.statement(`SELECT folder, ${STATE}, behind, count(*), sum(bytes) FROM jobs GROUP BY 1, 2, 3`)
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
      refused: jobs[REFUSED] ?? 0,
      skipped: jobs[SKIPPED] ?? 0,
      bytes: (bytes[QUEUED] ?? 0) + (bytes[RUNNING] ?? 0) + (bytes[WAITING] ?? 0),
    }
  }

  /** False where no job of the folder is in one of these states: nothing need be looked for then. */
  has(folder: number, ...states: readonly number[]): boolean {
    const { jobs } = this.#of(folder)
    return states.some((state) => (jobs[state] ?? 0) > 0)
  }

  /** Whether the file holds a job in that state, of a folder or of any: what waits may all be in memory. */
  hasWritten(state: number, folder?: number): boolean {
    const unwritten = new Map(state === QUEUED ? this.#fresh.waiting() : [])
    const isWritten = (number: number): boolean => (this.#of(number).jobs[state] ?? 0) > (unwritten.get(number) ?? 0)
    return folder === undefined ? [...this.#all().keys()].some(isWritten) : isWritten(folder)
  }

  /** Jobs in all states. */
  total(folder: number): number {
    return this.#of(folder).jobs.reduce((sum, jobs) => sum + jobs, 0)
  }

  hasBehind(folder: number): boolean {
    return this.#of(folder).behind > 0
  }

  /** Call before rows change: what is counted after a change must not be added to once more. */
  prepare(): void {
    this.#all()
  }

  add(folder: number, state: number, bytes: number, sign: 1 | -1): void {
    if (state === HELD) this.#holds.delete(folder)
    const tally = this.#of(folder)
    tally.jobs[state] = (tally.jobs[state] ?? 0) + sign
    tally.bytes[state] = (tally.bytes[state] ?? 0) + sign * bytes
  }

  /** One job goes from a state to another, and may be of another size then. */
  move(folder: number, [from, to]: readonly [number, number], bytes: number, bytesAfter = bytes): void {
    this.add(folder, from, bytes, -1)
    this.add(folder, to, bytesAfter, 1)
  }

  /** What `read` gives, remembered while it stays true: status asks five times a second. */
  holds(folder: number, read: () => readonly HeldCount[]): readonly HeldCount[] {
    let holds = this.#holds.get(folder)
    if (holds === undefined) this.#holds.set(folder, (holds = read()))
    return holds
  }

  addBehind(folder: number, sign: 1 | -1): void {
    this.#of(folder).behind += sign
  }

  /** After a change of many rows at once: counts afresh when next asked. */
  forget(): void {
    this.#tallies = undefined
    this.#holds.clear()
  }

  afterRollback(): void {
    this.forget()
  }

  #of(folder: number): Tally {
    const tallies = this.#all()
    let tally = tallies.get(folder)
    if (tally === undefined) {
      tally = { jobs: STATES.map(() => 0), bytes: STATES.map(() => 0), behind: 0 }
      tallies.set(folder, tally)
    }
    return tally
  }

  #all(): Map<number, Tally> {
    if (this.#tallies !== undefined) return this.#tallies
    this.#tallies = new Map()
    for (const [folder, state, behind, jobs, bytes] of this.#sum.all()) {
      const tally = this.#of(Number(folder))
      tally.jobs[Number(state)] = (tally.jobs[Number(state)] ?? 0) + Number(jobs)
      tally.bytes[Number(state)] = (tally.bytes[Number(state)] ?? 0) + Number(bytes)
      if (behind === 1) tally.behind += Number(jobs)
    }
    for (const [folder, state, bytes] of this.#fresh.all()) this.add(folder, state, bytes, 1)
    return this.#tallies
  }
}
