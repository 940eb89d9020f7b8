import type { JobId } from '../../common/model.ts'
import type { Connection, Statement, TransactionListener } from './sqlite/connection.ts'

/** Reserved at a time: so many ids at most are left unused by each process. */
const BLOCK = 1_024

/**
 * Numbers for jobs, in the order of their age. They are reserved in the file before they are given away, so that one is
 * never used again, also where its job was never written. Call `next` inside a transaction.
 */
export class JobIds implements TransactionListener {
  readonly #read: Statement
  readonly #create: Statement
  readonly #reserve: Statement
  #next = 0
  #end = 0

  constructor(connection: Connection) {
    // What AUTOINCREMENT counts by; the row is made with the first job.
    this.#read = connection.statement("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'")
    this.#create = connection.statement("INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', ?)")
    this.#reserve = connection.statement("UPDATE sqlite_sequence SET seq = ? WHERE name = 'jobs'")
    connection.listen(this)
  }

  next(): JobId {
    if (this.#next === this.#end) this.#reserveBlock()
    return this.#next++ as JobId
  }

  /** The reservation may be undone, too. */
  afterRollback(): void {
    this.#next = this.#end
  }

  #reserveBlock(): void {
    const last = this.#read.get()?.[0]
    this.#next = Number(last ?? 0) + 1
    this.#end = this.#next + BLOCK
    if (this.#reserve.run(this.#end - 1) === 0) this.#create.run(this.#end - 1)
  }
}
