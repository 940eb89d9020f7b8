import type { DatabaseSync } from 'node:sqlite'
import type { Clock, Log } from '../host.ts'
import { SqliteBaseline } from './baseline-store.ts'
import { FolderIds } from './folder-ids.ts'
import { SqliteFolderState } from './folder-state-store.ts'
import { SqliteHistory } from './history-store.ts'
import { SqliteQueue } from './queue-store.ts'
import { MIGRATIONS, type Migration } from './schema/migrations.ts'
import { SqliteSessions } from './session-store.ts'
import { Connection } from './sqlite/connection.ts'
import { openFile } from './sqlite/open-file.ts'
import { openReadOnly } from './sqlite/open-read-only.ts'
import type { Store } from './store.ts'

/** Options of {@link openStore}. */
export interface StoreOptions {
  /** Absolute; made when it is missing. The caller holds its instance lock. */
  readonly directory: string
  readonly clock: Clock
  readonly log: Log
  /** For tests of migrations; the product's own by default. */
  readonly migrations?: readonly Migration[]
}

/** An open store, and what had to be done to open it. */
export interface OpenedStore {
  readonly store: Store
  /** `created`: there was no state. `quarantined`: it was damaged and put aside; either way no folder counts as compared. */
  readonly recovered: 'none' | 'created' | 'quarantined'
  /** One sentence for a person, when state was put aside. */
  readonly note?: string
  /** True when the last process that used the state did not close it: files may be torn by a power cut (I11). */
  readonly uncleanStop: boolean
}

/**
 * Opens the durable state. Throws `unsupported` (made by a newer version, nothing touched), `locked`,
 * `forbidden`, `quota-exceeded`, `unavailable`; damage does not throw, see `recovered`.
 *
 * Durability: WAL with `synchronous = NORMAL`. A process that dies loses nothing. A power cut may
 * lose the last commits, never their order or the file's consistency. That is enough where the
 * commit follows from something that will be looked at again: a hint is lost with its job, and the
 * full pass at every start finds the change; a record lost after its data reached the target means
 * comparing once more. What no scan finds again reaches the disk before the call returns:
 * decisions of a person, holds of the guard, and that a folder must be compared before it may delete.
 */
export async function openStore(options: StoreOptions): Promise<OpenedStore> {
  const opened = openFile({
    directory: options.directory,
    migrations: options.migrations ?? MIGRATIONS,
    nowMs: options.clock.now(),
    assemble: (database, path) => assemble(database, path, options.clock),
  })
  const { store, uncleanStop } = opened.value
  const { recovered, quarantine } = opened
  if (quarantine === undefined) {
    options.log.info('state opened', { recovered, uncleanStop })
    return { store, recovered, uncleanStop }
  }
  options.log.error('state quarantined', { path: quarantine.path, reason: quarantine.reason })
  const note = `The record of what is already safe was damaged (${quarantine.reason}) and was put aside as ${quarantine.path}. Every folder is compared again before anything is deleted.`
  return { store, recovered, note, uncleanStop: true }
}

/**
 * The same state for a dry run: nothing is written, and a running service is not disturbed. Where
 * there is no state, or none that can be read, the answer is an empty store. Throws `unsupported`.
 */
export async function openStoreForReading(options: StoreOptions): Promise<Store> {
  const opened = openReadOnly(options.directory, options.migrations ?? MIGRATIONS, (database, path) => {
    const connection = new Connection(database, path)
    return new SqliteStore(connection, new FolderIds(connection), options.clock)
  })
  if (opened.damage !== undefined) options.log.warn('state unreadable', { reason: opened.damage })
  return opened.value
}

function assemble(
  database: DatabaseSync,
  path: string,
  clock: Clock,
): { readonly store: Store; readonly uncleanStop: boolean } {
  const connection = new Connection(database, path)
  const folders = new FolderIds(connection)
  // Every statement is prepared before anything is written: where one no longer fits, the file is put aside as it was.
  const store = new SqliteStore(connection, folders, clock, () => setOpenMark(connection, 0))
  return { uncleanStop: markOpen(connection), store }
}

/** Says whether the mark of the last opening is still there, and sets it. On disk before anything else is written. */
function markOpen(connection: Connection): boolean {
  const isMarked = connection.statement("SELECT value FROM meta WHERE name = 'open'").get()?.[0] === 1
  setOpenMark(connection, 1)
  connection.checkpoint()
  return isMarked
}

function setOpenMark(connection: Connection, value: 0 | 1): void {
  const statement = connection.statement("INSERT OR REPLACE INTO meta (name, value) VALUES ('open', ?)")
  connection.transaction(() => statement.run(value))
}

class SqliteStore implements Store {
  readonly baseline: SqliteBaseline
  readonly queue: SqliteQueue
  readonly history: SqliteHistory
  readonly folders: SqliteFolderState
  readonly sessions: SqliteSessions
  readonly #connection: Connection
  readonly #beforeClose: (() => void) | undefined
  #isClosed = false

  constructor(connection: Connection, folders: FolderIds, clock: Clock, beforeClose?: () => void) {
    this.#connection = connection
    this.#beforeClose = beforeClose
    this.baseline = new SqliteBaseline(connection, folders)
    this.queue = new SqliteQueue(connection, folders, clock)
    this.history = new SqliteHistory(connection)
    this.folders = new SqliteFolderState(connection, folders)
    this.sessions = new SqliteSessions(connection)
  }

  transaction<T>(work: () => T): T {
    return this.#connection.transaction(work)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    try {
      this.#beforeClose?.()
    } finally {
      this.#connection.close()
    }
  }
}
