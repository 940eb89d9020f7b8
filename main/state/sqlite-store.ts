import { blake3Hex } from '../../workers/hash/blake3.ts'
import type { Clock, Log } from '../host.ts'
import { SqliteBaseline } from './baseline-store.ts'
import { SqliteConflicts } from './conflict-store.ts'
import { SqliteFeeds } from './feed-store.ts'
import { FolderIds } from './folder-ids.ts'
import { SqliteFolderState } from './folder-state-store.ts'
import { SqliteHistory } from './history-store.ts'
import { SqliteQueue } from './queue-store.ts'
import { MIGRATIONS, type Migration } from './schema/migrations.ts'
import { SqliteSessions } from './session-store.ts'
import { Connection } from './sqlite/connection.ts'
import { openFile, type FileUse } from './sqlite/open-file.ts'
import { openReadOnly } from './sqlite/open-read-only.ts'
import type { Store } from './store.ts'
import { SqliteThaws } from './thaw-store.ts'
import { stateFailureTexts } from './state-failure-texts.ts'

/** Options of {@link openStore}. */
export interface StoreOptions {
  /** Absolute; made when it is missing. The caller holds its instance lock. */
  readonly directory: string
  readonly clock: Clock
  readonly log: Log
  /** See `Host.bootId`. Left out: every stop that was not clean is taken for one of the machine. */
  readonly bootId?: string
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
  /**
   * `process`: the last process that used the state did not close it. `machine`: and the machine was started anew since,
   * so that file systems may have lost what was written last (I11); every folder says so until it was judged.
   */
  readonly uncleanStop: 'none' | 'process' | 'machine'
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
    assemble: (database, { path, prepares, closed }) =>
      assemble(new Connection(database, path, prepares), options, closed),
  })
  const { store, uncleanStop } = opened.value
  const { recovered, quarantine } = opened
  if (quarantine === undefined) {
    options.log.info('state opened', { recovered, uncleanStop })
    return { store, recovered, uncleanStop }
  }
  options.log.error('state quarantined', { path: quarantine.path, reason: quarantine.reason })
  const note = stateFailureTexts.store.putAside({ reason: quarantine.reason, path: quarantine.path })
  return { store, recovered, note, uncleanStop }
}

/**
 * The same state for a dry run: nothing is written, and a running service is not disturbed. Where
 * there is no state, or none that can be read, the answer is an empty store. Throws `unsupported`.
 */
export async function openStoreForReading(options: StoreOptions): Promise<Store> {
  const opened = openReadOnly(options.directory, options.migrations ?? MIGRATIONS, (database, path) => {
    const connection = new Connection(database, path)
    const store = new SqliteStore(connection, new FolderIds(connection), options.clock)
    // The real run will judge every file: the dry run tells of that, too.
    if (stopFound(connection, bootNumber(options.bootId)) === 'machine') store.folders.doubtAllUnwritten()
    return store
  })
  if (opened.damage !== undefined) options.log.warn('state unreadable', { reason: opened.damage })
  return opened.value
}

function assemble(
  connection: Connection,
  { clock, bootId }: StoreOptions,
  closed: FileUse['closed'],
): { readonly store: Store; readonly uncleanStop: OpenedStore['uncleanStop'] } {
  const folders = new FolderIds(connection)
  // Every statement that may not fit is prepared before anything is written: where one no longer does, the file is put aside as it was.
  const store = new SqliteStore(connection, folders, clock, {
    before: () => setMark(connection, 'open', 0),
    after: closed,
  })
  return { uncleanStop: markOpen(connection, store, bootNumber(bootId)), store }
}

/**
 * Says whether the mark of the last opening is still there, and whether the machine was started anew
 * since; then sets it. On disk before anything else is written.
 */
function markOpen(connection: Connection, store: SqliteStore, boot: number): OpenedStore['uncleanStop'] {
  const uncleanStop = stopFound(connection, boot)
  connection.transaction(() => {
    if (uncleanStop === 'machine') {
      store.folders.doubtAll()
      store.queue.dropDoubtful()
    }
    setMark(connection, 'open', 1)
    setMark(connection, 'boot', boot)
  })
  connection.checkpoint()
  return uncleanStop
}

function stopFound(connection: Connection, boot: number): OpenedStore['uncleanStop'] {
  const read = connection.statement('SELECT value FROM meta WHERE name = ?')
  if (read.get('open')?.[0] !== 1) return 'none'
  return boot !== UNKNOWN_BOOT && read.get('boot')?.[0] === boot ? 'process' : 'machine'
}

function setMark(connection: Connection, name: 'open' | 'boot', value: number): void {
  const statement = connection.statement('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)')
  connection.transaction(() => statement.run(name, value))
}

const UNKNOWN_BOOT = -1

/** Only to be compared with itself: 48 bits of a digest fit into the number that is stored. */
function bootNumber(bootId: string | undefined): number {
  return bootId === undefined ? UNKNOWN_BOOT : Number.parseInt(blake3Hex(Buffer.from(bootId)).slice(0, 12), 16)
}

/** What is done beside closing a file that was written to. */
interface Closing {
  readonly before: () => void
  readonly after: (isSound: boolean) => void
}

class SqliteStore implements Store {
  readonly baseline: SqliteBaseline
  readonly queue: SqliteQueue
  readonly history: SqliteHistory
  readonly folders: SqliteFolderState
  readonly sessions: SqliteSessions
  readonly feeds: SqliteFeeds
  readonly conflicts: SqliteConflicts
  readonly thaws: SqliteThaws
  readonly #connection: Connection
  readonly #closing: Closing | undefined
  #isClosed = false

  constructor(connection: Connection, folders: FolderIds, clock: Clock, closing?: Closing) {
    this.#connection = connection
    this.#closing = closing
    this.baseline = new SqliteBaseline(connection, folders)
    this.queue = new SqliteQueue(connection, folders, clock)
    this.history = new SqliteHistory(connection)
    this.folders = new SqliteFolderState(connection, folders)
    this.sessions = new SqliteSessions(connection)
    this.feeds = new SqliteFeeds(connection)
    this.conflicts = new SqliteConflicts(connection, folders)
    this.thaws = new SqliteThaws(connection, folders)
  }

  transaction<T>(work: () => T): T {
    return this.#connection.transaction(work)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    try {
      this.queue.persist()
    } finally {
      this.#closeFile()
    }
  }

  #closeFile(): void {
    try {
      this.#closing?.before()
    } finally {
      this.#connection.close()
    }
    this.#closing?.after(!this.#connection.hasFailed)
  }
}
