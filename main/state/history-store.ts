import type { FolderId, Outcome, RelPath, TransferMethod, Undoable } from '../../common/model.ts'
import { KEPT_AREA } from '../../common/kept-area.ts'
import type { ActivityView } from '../../common/protocol.ts'
import { LIMIT, type Connection, type Row, type Statement } from './sqlite/connection.ts'
import type { HistoryFilter, HistoryStore, Undo } from './store.ts'
import { sizeOfAction } from './action-json.ts'
import { asInteger, asString, asOneOf, compact, parseStored } from './stored-json.ts'

const KEPT_ROWS = 100_000
/** Old rows go in batches: one range delete costs less than many single ones. */
const PRUNE_EVERY = 512
const COLUMNS = 'at_ms, folder, path, kind, method, size, bytes_sent, bytes_reused, duration_ms, kept_aside, kept'
const SELECT = `SELECT id, ${COLUMNS}, undone FROM history`
/** What moves content. */
const CONTENT_KINDS = "'upload', 'adopt', 'download', 'keep-both'"
const UNDOABLE = 'kept IS NOT NULL AND undone = 0'

type NewRow = Omit<ActivityView, 'id' | 'undone'>

/** {@link HistoryStore} over SQLite. Keeps at least the newest 100,000 rows, and at most 512 more. */
export class SqliteHistory implements HistoryStore {
  readonly #connection: Connection
  readonly #append: Statement
  readonly #prune: Statement
  readonly #get: Statement
  readonly #markUndone: Statement
  readonly #doneSince: Statement
  /** By their conditions, of which there are four. */
  readonly #listings = new Map<string, Statement>()

  constructor(connection: Connection) {
    this.#connection = connection
    this.#append = connection.statement(`INSERT INTO history (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#prune = connection.statement('DELETE FROM history WHERE id <= ?')
    this.#get = connection.statement(`${SELECT} WHERE id = ?`)
    this.#doneSince = connection.statement(
      `SELECT count(*), total(iif(kind IN (${CONTENT_KINDS}), size, 0)) FROM history WHERE folder = ? AND at_ms >= ? AND kind NOT IN ('undo', 'prune')`,
    )
    this.#markUndone = connection.statement('UPDATE history SET undone = 1 WHERE id = ?')
  }

  append(folderId: FolderId, outcomes: readonly Outcome[], atMs: number): readonly ActivityView[] {
    return this.#connection.transaction(() => outcomes.map((outcome) => this.#appendOutcome(folderId, outcome, atMs)))
  }

  appendUndo(folderId: FolderId, { kept, activityId, writtenTo, durationMs }: Undo, atMs: number): ActivityView {
    return this.#connection.transaction(() => {
      if (activityId !== undefined) this.#markUndone.run(activityId)
      const { path, sizeBytes: size } = kept
      const bytes = { size, bytesSent: 0, bytesReused: 0 }
      const row = {
        atMs,
        folderId,
        path,
        kind: 'undo',
        method: 'undo',
        ...bytes,
        durationMs: Math.round(durationMs),
      } as const
      return this.#appendRow(writtenTo === undefined ? row : { ...row, keptAside: writtenTo })
    })
  }

  appendPrune(folderId: FolderId, size: number, atMs: number): ActivityView {
    const what = { path: KEPT_AREA, kind: 'prune', method: 'prune', size } as const
    return this.#appendRow({ atMs, folderId, ...what, bytesSent: 0, bytesReused: 0, durationMs: 0 })
  }

  #appendOutcome(folderId: FolderId, outcome: Outcome, atMs: number): ActivityView {
    const { action, method, bytesSent, bytesReused, keptAside } = outcome
    const kept = undoableOf(outcome)
    const row: { -readonly [K in keyof NewRow]: NewRow[K] } = {
      atMs,
      folderId,
      path: action.path,
      kind: action.kind,
      method,
      size: outcome.baseline?.size ?? sizeOfAction(action),
      bytesSent,
      bytesReused,
      durationMs: Math.round(outcome.durationMs),
    }
    if (keptAside !== undefined) row.keptAside = keptAside
    if (kept !== undefined) row.kept = kept
    return this.#appendRow(row)
  }

  #appendRow(row: NewRow): ActivityView {
    const { atMs, folderId, path, kind, method, size, bytesSent, bytesReused, durationMs, keptAside, kept } = row
    const stored = kept === undefined ? null : JSON.stringify(kept)
    const what = [atMs, folderId, path, kind, method] as const
    const { rowid: id } = this.#append.insert(
      ...what,
      size,
      bytesSent,
      bytesReused,
      durationMs,
      keptAside ?? null,
      stored,
    )
    if (id % PRUNE_EVERY === 0) this.#prune.run(id - KEPT_ROWS)
    return { id, ...row }
  }

  list({ folderId, before, undoable, limit }: HistoryFilter): readonly ActivityView[] {
    const conditions = ['id < ?']
    const values: (string | number)[] = [before ?? Number.MAX_SAFE_INTEGER]
    if (undoable === true) conditions.push(UNDOABLE)
    if (folderId !== undefined) {
      conditions.push('folder = ?')
      values.push(folderId)
    }
    return this.#listing(conditions.join(' AND '))
      .all(...values, Math.max(0, limit))
      .map(activityView)
  }

  doneSince(folderId: FolderId, sinceMs: number): { readonly files: number; readonly bytes: number } {
    const [files, bytes] = this.#doneSince.get(folderId, sinceMs) ?? [0, 0]
    return { files: Number(files), bytes: Number(bytes) }
  }

  #listing(conditions: string): Statement {
    let statement = this.#listings.get(conditions)
    if (statement === undefined) {
      statement = this.#connection.statement(`${SELECT} WHERE ${conditions} ORDER BY id DESC ${LIMIT}`)
      this.#listings.set(conditions, statement)
    }
    return statement
  }

  get(ids: readonly number[]): readonly ActivityView[] {
    return [...ids].sort((a, b) => b - a).flatMap((id) => this.#get.all(id).map(activityView))
  }
}

function activityView(row: Row): ActivityView {
  const [id, atMs, folderId, path, kind, method, size, bytesSent, bytesReused, durationMs, keptAside, kept, undone] =
    row
  return compact<ActivityView>({
    id: id as number,
    atMs: atMs as number,
    folderId: folderId as string,
    path: path as string,
    kind: kind as ActivityView['kind'],
    method: method as TransferMethod,
    size: size as number,
    bytesSent: bytesSent as number,
    bytesReused: bytesReused as number,
    durationMs: durationMs as number,
    keptAside: (keptAside as string | null) ?? undefined,
    kept: kept === null ? undefined : keptView(kept as string),
    undone: undone === 1 ? true : undefined,
  })
}

/** A rename in the source leaves nothing behind: the file itself goes back. */
function undoableOf({ action, method, kept, keptAt }: Outcome): Undoable | undefined {
  if (kept !== undefined) return keptAt === undefined ? kept : { ...kept, keptAt }
  if (method !== 'move-local' || action.kind !== 'move-local') return undefined
  const { from, path, local } = action
  return { path: from, why: 'renamed', sizeBytes: local.size, token: path, keptAt: 'source' }
}

function keptView(text: string): Undoable {
  const { path, why, sizeBytes, token, contentHash, keptAt } = parseStored(text)
  return compact<Undoable>({
    path: asString(path) as RelPath,
    why: asOneOf(why, ['replaced', 'deleted', 'foreign', 'renamed'] as const),
    sizeBytes: asInteger(sizeBytes),
    token: asString(token),
    contentHash: contentHash === undefined ? undefined : asString(contentHash),
    keptAt: keptAt === undefined ? undefined : asOneOf(keptAt, ['source'] as const),
  })
}
