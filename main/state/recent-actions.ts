import type { Action } from '../../common/model.ts'
import type { Connection, TransactionListener } from './sqlite/connection.ts'

/** About 400 bytes each. */
const KEPT_ACTIONS = 4_096

/**
 * Actions of jobs this process put in the queue, so that claiming one need not read its record
 * back. A job that is not here is read; one whose action changed must be forgotten. Ids are never
 * used again, so what is left of a job that is gone is found by nobody.
 */
export class RecentActions implements TransactionListener {
  readonly #actions = new Map<number, Action>()

  constructor(connection: Connection) {
    connection.listen(this)
  }

  /** The first jobs stay, as they are claimed first. */
  keep(id: number, action: Action): void {
    if (this.#actions.size < KEPT_ACTIONS) this.#actions.set(id, action)
  }

  /** Gives the action away. */
  take(id: number): Action | undefined {
    const action = this.#actions.get(id)
    if (action !== undefined) this.#actions.delete(id)
    return action
  }

  forget(id: number): void {
    this.#actions.delete(id)
  }

  clear(): void {
    this.#actions.clear()
  }

  /** Ids of rolled back jobs may be given to others. */
  afterRollback(): void {
    this.clear()
  }
}
