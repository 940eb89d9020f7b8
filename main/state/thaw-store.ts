import type { FolderId, RelPath } from '../../common/model.ts'
import type { ThawView } from '../../common/protocol.ts'
import type { FolderIds } from './folder-ids.ts'
import { LIMIT, type Connection, type Row, type Statement } from './sqlite/connection.ts'
import { decodeThaw, encodeThaw, type ThawBody, type ThawRecord } from './thaw-record.ts'

/** How one file of a thaw stands. `wanted`: the store is yet to be asked. */
export type ThawFileState = 'wanted' | 'asked' | 'ready' | 'refused'

/** One archived file that is thawed. */
export interface ThawFile {
  readonly path: RelPath
  readonly sizeBytes: number
  /** Names the earlier version that it is; absent for what the target holds now. One restore takes one of a path. */
  readonly token?: string
}

/** What changes of a thaw; a member that is undefined is taken away. */
export type ThawChange = { readonly [K in keyof ThawBody]?: ThawBody[K] | undefined }

/** The files of one thaw by state, and the bytes of all. */
export type ThawSums = Readonly<Record<ThawFileState, number>> & { readonly bytes: number }

/**
 * Thaws that are followed over days and restarts, and the files they are of. Beginning one and ending one reach the
 * disk before the call returns: a person pays for it. Losing the state loses nothing of what was asked for: the store
 * keeps track as well.
 */
export interface ThawStore {
  add(folderId: FolderId, body: ThawBody, files: readonly (ThawFile & { readonly state: ThawFileState })[]): ThawRecord
  get(id: number): ThawRecord | undefined
  /** Newest first. */
  list(folderId?: FolderId): readonly ThawRecord[]
  /** Changes what is given; nothing where it is gone. */
  change(id: number, state: ThawRecord['state'], change: ThawChange): void
  /** At most `limit` files in one state with path > `after`, in the order of their paths' bytes. */
  files(id: number, state: ThawFileState, limit: number, after?: RelPath): readonly ThawFile[]
  setFiles(id: number, paths: readonly RelPath[], state: ThawFileState, failure?: string): void
  refusals(id: number, limit: number): readonly { readonly path: string; readonly message: string }[]
  sums(id: number): ThawSums
  /** Something of the path is being thawed for a restore that is not over. */
  has(folderId: FolderId, path: RelPath): boolean
  remove(id: number): void
  clear(folderId: FolderId): void
}

/** By their numbers in the file. */
const STATES: readonly ThawView['state'][] = ['asking', 'waiting', 'restoring', 'done', 'failed', 'cancelled']
const FILE_STATES: readonly ThawFileState[] = ['wanted', 'asked', 'ready', 'refused']
const SELECT = 'SELECT id, folder, state, body FROM thaws'

/** {@link ThawStore} over SQLite. A row that cannot be read is in no listing: the store still knows what it was asked for. */
export class SqliteThaws implements ThawStore {
  readonly #connection: Connection
  readonly #folders: FolderIds
  readonly #insert: Statement
  readonly #insertFile: Statement
  readonly #get: Statement
  readonly #list: Statement
  readonly #update: Statement
  readonly #files: Statement
  readonly #setFile: Statement
  readonly #refusals: Statement
  readonly #sums: Statement
  readonly #removeFiles: Statement
  readonly #remove: Statement
  readonly #idsOf: Statement
  readonly #has: Statement

  constructor(connection: Connection, folders: FolderIds) {
    this.#connection = connection
    this.#folders = folders
    this.#insert = connection.statement('INSERT INTO thaws (folder, state, body) VALUES (?, 0, ?)')
    this.#insertFile = connection.statement(
      'INSERT OR IGNORE INTO thaw_files (thaw, path, size, state, token) VALUES (?, ?, ?, ?, ?)',
    )
    this.#get = connection.statement(`${SELECT} WHERE id = ?`)
    this.#list = connection.statement(`${SELECT} ORDER BY id DESC`)
    this.#update = connection.statement('UPDATE thaws SET state = ?, body = ? WHERE id = ?')
    this.#files = connection.statement(
      `SELECT path, size, token FROM thaw_files WHERE thaw = ? AND state = ? AND path > ? ORDER BY path ${LIMIT}`,
    )
    this.#setFile = connection.statement('UPDATE thaw_files SET state = ?, failure = ? WHERE thaw = ? AND path = ?')
    this.#refusals = connection.statement(
      `SELECT path, failure FROM thaw_files WHERE thaw = ? AND state = 3 ORDER BY path ${LIMIT}`,
    )
    this.#sums = connection.statement('SELECT state, count(*), sum(size) FROM thaw_files WHERE thaw = ? GROUP BY state')
    this.#removeFiles = connection.statement('DELETE FROM thaw_files WHERE thaw = ?')
    this.#remove = connection.statement('DELETE FROM thaws WHERE id = ?')
    this.#has = connection.statement(
      'SELECT 1 FROM thaws JOIN thaw_files ON thaw = id WHERE folder = ? AND thaws.state < 3 AND path = ? LIMIT 1',
    )
    this.#idsOf = connection.statement('SELECT id FROM thaws WHERE folder = ?')
  }

  add(
    folderId: FolderId,
    body: ThawBody,
    files: readonly (ThawFile & { readonly state: ThawFileState })[],
  ): ThawRecord {
    return this.#connection.transaction(() => {
      this.#connection.mustReachDisk()
      const { rowid } = this.#insert.insert(this.#folders.require(folderId), encodeThaw(body))
      for (const { path, sizeBytes, state, token } of files)
        this.#insertFile.run(rowid, path, sizeBytes, FILE_STATES.indexOf(state), token ?? null)
      return { ...body, id: rowid, folderId, state: 'asking' }
    })
  }

  get(id: number): ThawRecord | undefined {
    const row = this.#get.get(id)
    return row && this.#read(row)
  }

  list(folderId?: FolderId): readonly ThawRecord[] {
    const all = this.#list.all().flatMap((row) => this.#read(row) ?? [])
    return folderId === undefined ? all : all.filter((record) => record.folderId === folderId)
  }

  change(id: number, state: ThawRecord['state'], change: ThawChange): void {
    this.#connection.transaction(() => {
      const known = this.get(id)
      if (known === undefined) return
      if (state !== known.state) this.#connection.mustReachDisk()
      const { id: _id, folderId: _folder, state: _state, ...body } = known
      this.#update.run(STATES.indexOf(state), encodeThaw({ ...body, ...change } as ThawBody), id)
    })
  }

  files(id: number, state: ThawFileState, limit: number, after = ''): readonly ThawFile[] {
    return this.#files.all(id, FILE_STATES.indexOf(state), after, limit).map(([path, size, token]) => ({
      path: path as RelPath,
      sizeBytes: size as number,
      ...(token === null ? {} : { token: token as string }),
    }))
  }

  setFiles(id: number, paths: readonly RelPath[], state: ThawFileState, failure?: string): void {
    this.#connection.transaction(() => {
      for (const path of paths) this.#setFile.run(FILE_STATES.indexOf(state), failure ?? null, id, path)
    })
  }

  refusals(id: number, limit: number): readonly { readonly path: string; readonly message: string }[] {
    return this.#refusals
      .all(id, limit)
      .map(([path, message]) => ({ path: path as string, message: (message ?? '') as string }))
  }

  sums(id: number): ThawSums {
    const sums = { wanted: 0, asked: 0, ready: 0, refused: 0, bytes: 0 }
    for (const [state, count, bytes] of this.#sums.all(id)) {
      const name = FILE_STATES[state as number]
      if (name !== undefined) sums[name] += count as number
      sums.bytes += bytes as number
    }
    return sums
  }

  has(folderId: FolderId, path: RelPath): boolean {
    const folder = this.#folders.find(folderId)
    return folder !== undefined && this.#has.get(folder, path) !== undefined
  }

  remove(id: number): void {
    this.#connection.transaction(() => {
      this.#removeFiles.run(id)
      this.#remove.run(id)
    })
  }

  clear(folderId: FolderId): void {
    const folder = this.#folders.find(folderId)
    if (folder === undefined) return
    this.#connection.transaction(() => {
      for (const [id] of this.#idsOf.all(folder)) this.remove(id as number)
    })
  }

  #read([id, folder, state, body]: Row): ThawRecord | undefined {
    try {
      return {
        ...decodeThaw(body as string),
        id: id as number,
        folderId: this.#folders.nameOf(folder as number),
        state: STATES[state as number] ?? 'failed',
      }
    } catch {
      return undefined
    }
  }
}
