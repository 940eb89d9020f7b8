import {
  kindOf,
  type Conflict,
  type ConflictId,
  type ConflictKind,
  type ConflictSide,
  type FoundConflict,
  type Resolution,
} from '../../common/conflict.ts'
import { TidekeepError } from '../../common/errors.ts'
import type { FolderId, RelPath } from '../../common/model.ts'
import { decodeResolution, decodeVersions, encodeResolution, encodeVersions } from './conflict-json.ts'
import type { FolderIds } from './folder-ids.ts'
import { LIMIT, type Connection, type Row, type Statement, type TransactionListener } from './sqlite/connection.ts'
import { compact, optional } from './stored-json.ts'
import type { ConflictFilter, ConflictStore } from './store.ts'
import { stateFailureTexts } from './state-failure-texts.ts'

/** By their numbers in the file; queries and partial indexes name those too. */
const STATES: readonly Conflict['state'][] = ['open', 'resolving', 'resolved']
const KINDS: readonly ConflictKind[] = ['edit-edit', 'create-create', 'type', 'rolled-back']

const SELECT = 'SELECT id, folder, path, kind, state, detected_ms, versions, resolution FROM conflicts'
const UNRESOLVED = 'state <> 2'

/**
 * {@link ConflictStore} over SQLite. A row that cannot be read is in no listing; where it is not resolved, the next
 * pass finds the conflict again and writes it anew under its id.
 */
export class SqliteConflicts implements ConflictStore, TransactionListener {
  readonly #connection: Connection
  readonly #folders: FolderIds
  readonly #insert: Statement
  readonly #renew: Statement
  readonly #findUnresolved: Statement
  readonly #at: Statement
  readonly #get: Statement
  readonly #decide: Statement
  readonly #end: Statement
  readonly #giveWay: Statement
  readonly #open: Statement
  readonly #countByFolder: Statement
  readonly #prune: Statement
  readonly #clear: Statement
  /** By their conditions. */
  readonly #listings = new Map<string, Statement>()
  #counts: ReadonlyMap<number, number> | undefined

  constructor(connection: Connection, folders: FolderIds) {
    this.#connection = connection
    this.#folders = folders
    this.#insert = connection.statement(
      'INSERT INTO conflicts (folder, path, kind, state, detected_ms, versions) VALUES (?, ?, ?, 0, ?, ?)',
    )
    this.#renew = connection.statement('UPDATE conflicts SET kind = ?, state = 0, versions = ? WHERE id = ?')
    this.#findUnresolved = connection.statement(
      `SELECT id FROM conflicts WHERE folder = ? AND path = ? AND ${UNRESOLVED}`,
    )
    this.#at = connection.statement(`${SELECT} WHERE folder = ? AND path = ? AND ${UNRESOLVED}`)
    this.#get = connection.statement(`${SELECT} WHERE id = ?`)
    this.#decide = connection.statement('UPDATE conflicts SET state = 1 WHERE id = ? AND state = 0')
    this.#end = connection.statement(
      `UPDATE conflicts SET state = 2, ended_ms = ?, resolution = ? WHERE id = ? AND ${UNRESOLVED}`,
    )
    this.#giveWay = connection.statement(
      `DELETE FROM conflicts WHERE folder = ? AND path = ? AND ${UNRESOLVED} AND id <> ?`,
    )
    this.#open = connection.statement(
      'UPDATE conflicts SET kind = ?, state = 0, versions = ?, ended_ms = NULL, resolution = NULL WHERE id = ?',
    )
    this.#countByFolder = connection.statement(
      `SELECT folder, count(*) FROM conflicts WHERE ${UNRESOLVED} GROUP BY folder`,
    )
    this.#prune = connection.statement('DELETE FROM conflicts WHERE state = 2 AND ended_ms < ?')
    this.#clear = connection.statement('DELETE FROM conflicts WHERE folder = ?')
    connection.listen(this)
  }

  found(folderId: FolderId, conflict: FoundConflict, nowMs: number): Conflict {
    return this.#change(() => {
      const { path, kind } = conflict
      const folder = this.#folders.require(folderId)
      const versions = encodeVersions(conflict)
      const known = this.#findUnresolved.get(folder, path)?.[0] as number | undefined
      if (known !== undefined) this.#renew.run(KINDS.indexOf(kind), versions, known)
      const id = known ?? this.#insert.insert(folder, path, KINDS.indexOf(kind), Math.round(nowMs), versions).rowid
      return this.#demand(id as ConflictId)
    })
  }

  at(folderId: FolderId, path: RelPath): Conflict | undefined {
    const folder = this.#folders.find(folderId)
    const row = folder === undefined ? undefined : this.#at.get(folder, path)
    return row && this.#read(row)
  }

  get(id: ConflictId): Conflict | undefined {
    const row = this.#get.get(id)
    return row && this.#read(row)
  }

  list({ folderId, state, kind, scope, after, order, limit }: ConflictFilter): readonly Conflict[] {
    if (limit <= 0) return []
    const conditions: string[] = []
    const values: (string | number)[] = []
    const demand = (condition: string, ...value: (string | number)[]): void => {
      conditions.push(condition)
      values.push(...value)
    }
    if (folderId !== undefined) demand('folder = ?', this.#folders.find(folderId) ?? -1)
    if (state === 'unresolved') demand(UNRESOLVED)
    else if (state !== undefined) demand('state = ?', STATES.indexOf(state))
    if (kind !== undefined) demand('kind = ?', KINDS.indexOf(kind))
    if (scope !== undefined && scope !== '') {
      demand('(path = ? OR (path > ? AND path < ?))', scope, `${scope}/`, `${scope}0`)
    }
    if (after !== undefined) demand(order === 'newest-first' ? 'id < ?' : 'id > ?', after)
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
    return this.#listing(`${where} ORDER BY id${order === 'newest-first' ? ' DESC' : ''}`)
      .all(...values, limit)
      .flatMap((row) => this.#read(row) ?? [])
  }

  count(folderId?: FolderId): number {
    this.#counts ??= new Map(this.#countByFolder.all().map(([folder, count]) => [folder as number, count as number]))
    if (folderId === undefined) return this.#counts.values().reduce((sum, count) => sum + count, 0)
    return this.#counts.get(this.#folders.find(folderId) ?? -1) ?? 0
  }

  resolving(id: ConflictId): void {
    this.#changeForGood(() => this.#decide.run(id))
  }

  resolved(id: ConflictId, resolution: Resolution): void {
    this.#changeForGood(() => this.#end.run(resolution.atMs, encodeResolution(resolution), id))
  }

  reopen(id: ConflictId, sides: { readonly local: ConflictSide; readonly remote: ConflictSide }): void {
    this.#changeForGood(() => {
      const known = this.#demand(id)
      this.#giveWay.run(this.#folders.require(known.folderId), known.path, id)
      const now = { ...known, ...sides }
      this.#open.run(KINDS.indexOf(kindOf(now)), encodeVersions(now), id)
    })
  }

  prune(beforeMs: number): number {
    return this.#connection.transaction(() => this.#prune.run(Math.round(beforeMs)))
  }

  clear(folderId: FolderId): void {
    const folder = this.#folders.find(folderId)
    if (folder !== undefined) this.#change(() => this.#clear.run(folder))
  }

  afterRollback(): void {
    this.#counts = undefined
  }

  #change<T>(work: () => T): T {
    return this.#connection.transaction(() => {
      this.#counts = undefined
      return work()
    })
  }

  #changeForGood(work: () => void): void {
    this.#change(() => {
      this.#connection.mustReachDisk()
      work()
    })
  }

  #listing(rest: string): Statement {
    let statement = this.#listings.get(rest)
    if (statement === undefined) {
      statement = this.#connection.statement(`${SELECT}${rest} ${LIMIT}`)
      this.#listings.set(rest, statement)
    }
    return statement
  }

  #demand(id: ConflictId): Conflict {
    const conflict = this.get(id)
    if (conflict === undefined) {
      throw new TidekeepError({
        code: 'not-found',
        message: stateFailureTexts.conflictStore.thereIsNoConflictOr({ id: String(id) }),
      })
    }
    return conflict
  }

  #read(row: Row): Conflict | undefined {
    try {
      return conflictOf(row, (folder) => this.#folders.nameOf(folder))
    } catch {
      return undefined
    }
  }
}

/** Throws `corrupt` for a row that no version wrote. */
function conflictOf(row: Row, nameOf: (folder: number) => FolderId): Conflict {
  const [id, folder, path, kind, state, detectedAtMs, versions, resolution] = row
  return compact<Conflict>({
    id: id as ConflictId,
    folderId: nameOf(folder as number),
    path: path as RelPath,
    kind: KINDS[kind as number] ?? 'edit-edit',
    state: STATES[state as number] ?? 'open',
    detectedAtMs: detectedAtMs as number,
    ...decodeVersions(versions as string, path as RelPath),
    resolution: optional(resolution ?? undefined, (text) => decodeResolution(text as string)),
  })
}
