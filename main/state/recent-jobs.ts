import type { Job } from '../../common/model.ts'
import type { Connection, TransactionListener } from './sqlite/connection.ts'

/** About 600 bytes each. */
const KEPT_JOBS = 16_384

/** A job as it will be claimed, with what the tally needs of it. */
export interface RecentJob {
  readonly job: Job
  readonly bytes: number
}

/**
 * Jobs this process put in the queue a moment ago, so that claiming one need not read its record
 * back. One that is not here is read; one whose row changed must be forgotten. Ids are never
 * used again, so what is left of a job that is gone is found by nobody.
 */
export class RecentJobs implements TransactionListener {
  readonly #jobs = new Map<number, RecentJob>()

  constructor(connection: Connection) {
    connection.listen(this)
  }

  /** The first jobs stay, as they are claimed first. */
  keep(recent: RecentJob): void {
    if (this.#jobs.size < KEPT_JOBS) this.#jobs.set(recent.job.id, recent)
  }

  get(id: number): RecentJob | undefined {
    return this.#jobs.get(id)
  }

  forget(id: number): void {
    this.#jobs.delete(id)
  }

  clear(): void {
    this.#jobs.clear()
  }

  /** Ids of rolled back jobs may be given to others. */
  afterRollback(): void {
    this.clear()
  }
}
