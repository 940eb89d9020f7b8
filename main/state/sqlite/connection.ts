import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { TidekeepError } from '../../../common/errors.ts'
import { translateSqliteError } from './errors.ts'
import { failpoint } from '../../../workers/failpoint.ts'
import { stateFailureTexts } from '../state-failure-texts.ts'

/** A row as the values of its columns, in the order of the query. */
export type Row = readonly (string | number | null)[]

/**
 * The end of a statement that gives at most so many rows. Never a bare parameter: SQLite plans by what is bound to that,
 * and prepares the whole statement anew each time something is.
 */
export const LIMIT = 'LIMIT ? + 0'

/**
 * When statements are prepared. `at once`: one that does not fit the file throws where it is made. `at first use`: for a
 * file that every statement is known to fit, of which one process needs a third.
 */
export type Preparing = 'at once' | 'at first use'

/** A prepared statement. Throws TidekeepErrors only. */
export interface Statement {
  /** Rows changed. */
  run(...values: SQLInputValue[]): number
  /** As `run`, with the rowid of the row inserted last. */
  insert(...values: SQLInputValue[]): { readonly changes: number; readonly rowid: number }
  get(...values: SQLInputValue[]): Row | undefined
  all(...values: SQLInputValue[]): readonly Row[]
}

/** What stores keep in memory beside the tables follows the transaction through these. */
export interface TransactionListener {
  /** Last writes before the commit. */
  beforeCommit?(): void
  /** What was done cannot be rolled back any more. */
  afterCommit?(): void
  /** Whatever is remembered of the tables may be wrong now. */
  afterRollback(): void
}

/** One open state file: prepared statements, errors translated, transactions that nest. */
export class Connection {
  readonly #database: DatabaseSync
  readonly #path: string
  readonly #listeners: TransactionListener[] = []
  readonly #prepares: Preparing
  readonly #begin: Statement
  readonly #commit: Statement
  #inTransaction = false
  #failure: unknown
  #mustReachDisk = false
  #hasFailed = false

  constructor(database: DatabaseSync, path: string, prepares: Preparing = 'at once') {
    this.#database = database
    this.#path = path
    this.#prepares = prepares
    this.#begin = this.statement('BEGIN IMMEDIATE')
    this.#commit = this.statement('COMMIT')
  }

  statement(sql: string): Statement {
    const prepare = (): StatementSync => {
      const prepared = this.#database.prepare(sql)
      prepared.setReturnArrays(true)
      return prepared
    }
    const prepared = this.#prepares === 'at once' ? this.#guard(prepare) : undefined
    return new PreparedStatement(prepare, prepared, (error) => this.#translated(error))
  }

  /** Something that SQLite was asked failed, whatever became of it. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** What is remembered of the tables is told only as long as they could be asked. */
  assertOpen(): void {
    if (!this.#database.isOpen) this.#guard(() => this.#database.location())
  }

  listen(listener: TransactionListener): void {
    this.#listeners.push(listener)
  }

  /**
   * Runs `work` in one transaction; nested calls join the outer one. When any part throws, all of
   * it is rolled back, even if a caller in between swallowed the error: half of a step is never kept.
   */
  transaction<T>(work: () => T): T {
    if (this.#inTransaction) return this.#join(work)
    this.#begin.run()
    this.#inTransaction = true
    this.#failure = undefined
    try {
      const result = work()
      this.#refusePromise(result)
      if (this.#failure !== undefined) throw this.#failure as Error
      for (const listener of this.#listeners) listener.beforeCommit?.()
      failpoint('state.commit.before')
      this.#commit.run()
      failpoint('state.commit.after')
      this.#inTransaction = false
      for (const listener of this.#listeners) listener.afterCommit?.()
      this.#flush()
      return result
    } catch (error) {
      this.#rollBack()
      throw error
    }
  }

  /**
   * Marks the running transaction (or the next) as one that must survive a power cut: a decision of
   * a person or of the guard, which no later scan would find again.
   */
  mustReachDisk(): void {
    this.#mustReachDisk = true
  }

  /** Writes the log back into the file and syncs both. */
  checkpoint(): void {
    failpoint('state.checkpoint.before')
    this.#guard(() => this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
    failpoint('state.checkpoint.after')
  }

  close(): void {
    failpoint('state.close.before')
    this.#guard(() => this.#database.close())
    failpoint('state.close.after')
  }

  #join<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      this.#failure ??= error
      throw error
    }
  }

  #rollBack(): void {
    this.#inTransaction = false
    this.#mustReachDisk = false
    // SQLite has already rolled back by itself after some errors, a full disk among them.
    if (this.#database.isOpen && this.#database.isTransaction) this.#guard(() => this.#database.exec('ROLLBACK'))
    for (const listener of this.#listeners) listener.afterRollback()
  }

  #flush(): void {
    if (!this.#mustReachDisk) return
    this.#mustReachDisk = false
    this.checkpoint()
  }

  #refusePromise(result: unknown): void {
    if (result instanceof Promise) {
      throw new TidekeepError({
        code: 'internal',
        message: stateFailureTexts.connection.aTransactionMustNotWait,
      })
    }
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw this.#translated(error)
    }
  }

  #translated(error: unknown): TidekeepError {
    this.#hasFailed = true
    return translateSqliteError(error, this.#path)
  }
}

class PreparedStatement implements Statement {
  readonly #prepare: () => StatementSync
  readonly #translated: (error: unknown) => TidekeepError
  #prepared: StatementSync | undefined

  constructor(
    prepare: () => StatementSync,
    prepared: StatementSync | undefined,
    translated: (error: unknown) => TidekeepError,
  ) {
    this.#prepare = prepare
    this.#prepared = prepared
    this.#translated = translated
  }

  run(...values: SQLInputValue[]): number {
    try {
      return Number((this.#prepared ??= this.#prepare()).run(...values).changes)
    } catch (error) {
      throw this.#translated(error)
    }
  }

  insert(...values: SQLInputValue[]): { readonly changes: number; readonly rowid: number } {
    try {
      const { changes, lastInsertRowid } = (this.#prepared ??= this.#prepare()).run(...values)
      return { changes: Number(changes), rowid: Number(lastInsertRowid) }
    } catch (error) {
      throw this.#translated(error)
    }
  }

  get(...values: SQLInputValue[]): Row | undefined {
    try {
      return (this.#prepared ??= this.#prepare()).get(...values) as unknown as Row | undefined
    } catch (error) {
      throw this.#translated(error)
    }
  }

  all(...values: SQLInputValue[]): readonly Row[] {
    try {
      return (this.#prepared ??= this.#prepare()).all(...values) as unknown as readonly Row[]
    } catch (error) {
      throw this.#translated(error)
    }
  }
}
