import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Clock, Log } from '../../main/host.ts'
import { SqliteBaseline } from '../../main/state/baseline-store.ts'
import { SqliteConflicts } from '../../main/state/conflict-store.ts'
import { SqliteThaws } from '../../main/state/thaw-store.ts'
import { SqliteFeeds } from '../../main/state/feed-store.ts'
import { FolderIds } from '../../main/state/folder-ids.ts'
import { SqliteFolderState } from '../../main/state/folder-state-store.ts'
import { SqliteHistory } from '../../main/state/history-store.ts'
import { SqliteQueue } from '../../main/state/queue-store.ts'
import { MIGRATIONS } from '../../main/state/schema/migrations.ts'
import { SqliteSessions } from '../../main/state/session-store.ts'
import { Connection, type Statement } from '../../main/state/sqlite/connection.ts'
import { migrate } from '../../main/state/sqlite/migrate.ts'
import { openFile } from '../../main/state/sqlite/open-file.ts'
import { openStore } from '../../main/state/sqlite-store.ts'
import type { Store } from '../../main/state/store.ts'

/** The process that opens the state, and the start of the machine it belongs to. */
export interface Opener {
  readonly clock: Clock
  readonly log: Log
  readonly bootId: string
}

/** The state of an installation as a simulation needs it: it outlives the process that uses it. */
export interface SimulatedState {
  open(by: Opener): Promise<Store>
  /** The process is killed: what was committed is there. */
  kill(): void
  /** The computer loses power: the last commits may be gone. `draw` decides how many. */
  powerCut(draw: (count: number) => number): void
  lose(): void
  /** Keeps the state as it is now, as a backup of it would. */
  keepCopy(): void
  /** The copy takes the place of the state; without one it is as if killed. */
  restoreCopy(): void
  close(): void
}

const FILES = ['state.db', 'state.db-wal'] as const
/** In memory where the system has such a place: thousands of state files are made and thrown away. A test run has one, which it clears. */
const PLACE = process.env['TMPDIR'] ?? (existsSync('/dev/shm') ? '/dev/shm' : tmpdir())

/** The real store over real files, the log of which a power cut shortens. */
export class StateOnDisk implements SimulatedState {
  readonly #place = mkdtempSync(join(PLACE, 'tidekeep-simulated-'))
  #generation = 0
  #store: Store | undefined
  #hasCopy = false

  async open(by: Opener): Promise<Store> {
    if (this.#store === undefined) {
      mkdirSync(this.#directory)
      writeFileSync(join(this.#directory, FILES[0]), unusedState(), { mode: 0o600 })
    }
    const opened = await openStore({ directory: this.#directory, ...by })
    this.#store = opened.store
    return opened.store
  }

  kill(): void {
    this.#startAnew((from, to) => copyState(from, to))
  }

  powerCut(draw: (count: number) => number): void {
    this.#startAnew((from, to) => {
      copyState(from, to)
      const log = join(to, FILES[1])
      if (existsSync(log)) truncateSync(log, draw(statSync(log).size + 1))
    })
  }

  lose(): void {
    this.#startAnew(() => undefined)
  }

  keepCopy(): void {
    rmSync(this.#copy, { recursive: true, force: true })
    mkdirSync(this.#copy)
    copyState(this.#directory, this.#copy)
    this.#hasCopy = true
  }

  restoreCopy(): void {
    this.#startAnew((from, to) => copyState(this.#hasCopy ? this.#copy : from, to))
  }

  close(): void {
    this.#store?.close()
    rmSync(this.#place, { recursive: true, force: true })
  }

  /** Nothing the old process still does reaches the state of the new one: that lives in another directory. */
  #startAnew(make: (from: string, to: string) => void): void {
    const from = this.#directory
    this.#generation++
    mkdirSync(this.#directory)
    make(from, this.#directory)
    this.#store?.close()
    rmSync(from, { recursive: true, force: true })
  }

  get #directory(): string {
    return join(this.#place, String(this.#generation))
  }

  get #copy(): string {
    return join(this.#place, 'copy')
  }
}

let unused: Buffer | undefined

/** A state file in which nothing was ever written, made once: every history begins with one. */
function unusedState(): Buffer {
  if (unused !== undefined) return unused
  const directory = mkdtempSync(join(PLACE, 'tidekeep-simulated-'))
  const close = (database: DatabaseSync): void => database.close()
  openFile({ directory, migrations: MIGRATIONS, nowMs: 0, assemble: close })
  unused = readFileSync(join(directory, FILES[0]))
  rmSync(directory, { recursive: true })
  return unused
}

function copyState(from: string, to: string): void {
  for (const name of FILES) if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name))
}

type Rows = readonly (readonly [table: string, rows: readonly Readonly<Record<string, SQLInputValue>>[]])[]

/** The real tables and statements in memory: one database for all histories of this thread, emptied for each. Cannot lose power. */
export class StateInMemory implements SimulatedState {
  #copy: Rows | undefined

  constructor() {
    empty()
  }

  open({ clock }: Opener): Promise<Store> {
    shared().next = 0
    const connection = new SharingConnection(shared().database, 'memory')
    const folderIds = new FolderIds(connection)
    const queue = new SqliteQueue(connection, folderIds, clock)
    // Another process has a connection of its own: what ran in the one before ended with it.
    shared().restAll ??= shared().database.prepare('DELETE FROM temp.running')
    shared().restAll?.run()
    return Promise.resolve({
      baseline: new SqliteBaseline(connection, folderIds),
      queue,
      history: new SqliteHistory(connection),
      folders: new SqliteFolderState(connection, folderIds),
      sessions: new SqliteSessions(connection),
      feeds: new SqliteFeeds(connection),
      conflicts: new SqliteConflicts(connection, folderIds),
      thaws: new SqliteThaws(connection, folderIds),
      transaction: (work) => connection.transaction(work),
      close: () => undefined,
    })
  }

  kill(): void {
    // What was committed is there, and nothing else is kept outside the process.
  }

  powerCut(): void {
    throw new Error('only state on a disk can lose power')
  }

  lose(): void {
    empty()
  }

  keepCopy(): void {
    this.#copy = shared().tables.map(({ name, rows }) => [name, rows.all()])
  }

  restoreCopy(): void {
    if (this.#copy === undefined) return
    empty()
    for (const [table, rows] of this.#copy) {
      if (rows.length === 0) continue
      const names = Object.keys(rows[0]!)
      const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
      const insert = shared().database.prepare(sql)
      for (const row of rows) insert.run(...Object.values(row))
    }
  }

  close(): void {
    // The next one empties what they share.
  }
}

interface SharedDatabase {
  readonly database: DatabaseSync
  readonly tables: readonly { readonly name: string; readonly rows: StatementSync }[]
  /** Take every row out. */
  readonly deletions: readonly StatementSync[]
  /** Made once the queue has made the table. */
  restAll: StatementSync | undefined
  readonly statements: Map<string, Statement>
  /** As a store prepares them when it is opened: looking a long text up takes longer than comparing it. */
  readonly ordered: { readonly sql: string; readonly statement: Statement }[]
  /** Of those, the next to be prepared. */
  next: number
}

let sharedDatabase: SharedDatabase | undefined

function shared(): SharedDatabase {
  if (sharedDatabase !== undefined) return sharedDatabase
  const database = new DatabaseSync(':memory:')
  migrate(database, 'memory', MIGRATIONS)
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
  const names = tables.map(({ name }) => String(name))
  const deletions = [...names, 'sqlite_sequence'].map((name) => database.prepare(`DELETE FROM ${name}`))
  sharedDatabase = {
    database,
    tables: names.map((name) => ({ name, rows: database.prepare(`SELECT * FROM ${name}`) })),
    deletions,
    restAll: undefined,
    statements: new Map(),
    ordered: [],
    next: 0,
  }
  return sharedDatabase
}

function empty(): void {
  for (const deletion of shared().deletions) deletion.run()
}

/** Each process has a connection of its own; what is prepared once serves them all. */
class SharingConnection extends Connection {
  override statement(sql: string): Statement {
    const database = shared()
    const at = database.next++
    const expected = database.ordered[at]
    if (expected?.sql === sql) return expected.statement
    const statement = database.statements.get(sql) ?? super.statement(sql)
    database.statements.set(sql, statement)
    database.ordered[at] ??= { sql, statement }
    return statement
  }
}
