import type { Action, ActionKind, FolderId, Outcome, TransferMethod } from '../../common/model.ts'
import type { ActivityView } from '../../common/protocol.ts'
import type { Connection, Row, Statement } from './sqlite/connection.ts'
import type { HistoryStore } from './store.ts'
import { compact } from './stored-json.ts'

const KEPT_ROWS = 100_000
/** Old rows go in batches: one range delete costs less than many single ones. */
const PRUNE_EVERY = 512
const COLUMNS = 'at_ms, folder, path, kind, method, size, bytes_sent, bytes_reused, duration_ms, kept_aside'

/** {@link HistoryStore} over SQLite. Keeps at least the newest 100,000 rows, and at most 512 more. */
export class SqliteHistory implements HistoryStore {
  readonly #connection: Connection
  readonly #append: Statement
  readonly #prune: Statement
  readonly #list: Statement
  readonly #listFolder: Statement

  constructor(connection: Connection) {
    this.#connection = connection
    this.#append = connection.statement(`INSERT INTO history (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#prune = connection.statement('DELETE FROM history WHERE id <= ?')
    const select = `SELECT id, ${COLUMNS} FROM history WHERE id < ?`
    this.#list = connection.statement(`${select} ORDER BY id DESC LIMIT ?`)
    this.#listFolder = connection.statement(`${select} AND folder = ? ORDER BY id DESC LIMIT ?`)
  }

  append(folderId: FolderId, outcomes: readonly Outcome[], atMs: number): readonly ActivityView[] {
    return this.#connection.transaction(() => outcomes.map((outcome) => this.#appendOne(folderId, outcome, atMs)))
  }

  #appendOne(folderId: FolderId, outcome: Outcome, atMs: number): ActivityView {
    const { action, method, bytesSent, bytesReused, keptAside } = outcome
    const { path, kind } = action
    const size = outcome.baseline?.size ?? sizeOf(action)
    const durationMs = Math.round(outcome.durationMs)
    const kept = keptAside ?? null
    const { rowid: id } = this.#append.insert(
      atMs,
      folderId,
      path,
      kind,
      method,
      size,
      bytesSent,
      bytesReused,
      durationMs,
      kept,
    )
    if (id % PRUNE_EVERY === 0) this.#prune.run(id - KEPT_ROWS)
    const view = { id, atMs, folderId, path, kind, method, size, bytesSent, bytesReused, durationMs }
    return keptAside === undefined ? view : { ...view, keptAside }
  }

  list(filter: {
    readonly folderId?: FolderId
    readonly before?: number
    readonly limit: number
  }): readonly ActivityView[] {
    const before = filter.before ?? Number.MAX_SAFE_INTEGER
    const limit = Math.max(0, filter.limit)
    const rows =
      filter.folderId === undefined
        ? this.#list.all(before, limit)
        : this.#listFolder.all(before, filter.folderId, limit)
    return rows.map(activityView)
  }
}

function sizeOf(action: Action): number {
  return 'local' in action ? action.local.size : action.base.size
}

function activityView(row: Row): ActivityView {
  const [id, atMs, folderId, path, kind, method, size, bytesSent, bytesReused, durationMs, keptAside] = row
  return compact<ActivityView>({
    id: id as number,
    atMs: atMs as number,
    folderId: folderId as string,
    path: path as string,
    kind: kind as ActionKind,
    method: method as TransferMethod,
    size: size as number,
    bytesSent: bytesSent as number,
    bytesReused: bytesReused as number,
    durationMs: durationMs as number,
    keptAside: (keptAside as string | null) ?? undefined,
  })
}
