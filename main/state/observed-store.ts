import type { Entry, FolderId, RelPath } from '../../common/model.ts'
import { decodeEntry, encodeEntry } from './entry-json.ts'
import type { FolderIds } from './folder-ids.ts'
import type { Connection, Statement, TransactionListener } from './sqlite/connection.ts'
import { parseStored } from './stored-json.ts'
import type { ObservedStore, Side, Totals } from './store.ts'

const NUMBER_BY_SIDE: Readonly<Record<Side, number>> = { local: 0, remote: 1 }

/**
 * {@link ObservedStore} over SQLite. Totals count every differing path, also one seen to be absent,
 * and the bytes of those that are there. A stored observation that cannot be read counts as none:
 * the next scan makes it again.
 */
export class SqliteObserved implements ObservedStore, TransactionListener {
  readonly #connection: Connection
  readonly #folders: FolderIds
  readonly #totals = new Map<string, { files: number; bytes: number }>()
  readonly #insert: Statement
  readonly #update: Statement
  readonly #select: Statement
  readonly #remove: Statement
  readonly #clear: Statement
  readonly #sum: Statement

  constructor(connection: Connection, folders: FolderIds) {
    this.#connection = connection
    this.#folders = folders
    this.#insert = connection.statement(
      'INSERT INTO observed (folder, side, path, size, entry) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#update = connection.statement(
      'UPDATE observed SET size = ?, entry = ? WHERE folder = ? AND side = ? AND path = ?',
    )
    this.#select = connection.statement('SELECT size, entry FROM observed WHERE folder = ? AND side = ? AND path = ?')
    this.#remove = connection.statement(
      'DELETE FROM observed WHERE folder = ? AND side = ? AND path = ? RETURNING size',
    )
    this.#clear = connection.statement('DELETE FROM observed WHERE folder = ?')
    this.#sum = connection.statement('SELECT count(*), sum(size) FROM observed WHERE folder = ? AND side = ?')
    connection.listen(this)
  }

  put(folderId: FolderId, side: Side, path: RelPath, entry: Entry | undefined): void {
    this.#connection.transaction(() => {
      const folder = this.#folders.require(folderId)
      const number = NUMBER_BY_SIDE[side]
      const size = entry?.size ?? 0
      const text = entry === undefined ? null : JSON.stringify(encodeEntry(entry, path))
      const totals = this.#totalsOf(folder, number)
      if (this.#insert.run(folder, number, path, size, text) === 0) {
        const old = this.#select.get(folder, number, path)
        this.#update.run(size, text, folder, number, path)
        totals.bytes += size - Number(old?.[0] ?? 0)
        return
      }
      totals.files += 1
      totals.bytes += size
    })
  }

  remove(folderId: FolderId, side: Side, path: RelPath): void {
    const folder = this.#folders.find(folderId)
    if (folder === undefined) return
    this.#connection.transaction(() => {
      const totals = this.#totalsOf(folder, NUMBER_BY_SIDE[side])
      const old = this.#remove.get(folder, NUMBER_BY_SIDE[side], path)
      if (old === undefined) return
      totals.files -= 1
      totals.bytes -= Number(old[0])
    })
  }

  get(folderId: FolderId, side: Side, path: RelPath): { readonly entry: Entry | undefined } | undefined {
    const folder = this.#folders.find(folderId)
    const row = folder === undefined ? undefined : this.#select.get(folder, NUMBER_BY_SIDE[side], path)
    if (row === undefined) return undefined
    const text = row[1]
    if (typeof text !== 'string') return { entry: undefined }
    try {
      return { entry: decodeEntry(parseStored(text), path) }
    } catch {
      return undefined
    }
  }

  totals(folderId: FolderId, side: Side): Totals {
    const folder = this.#folders.find(folderId)
    return folder === undefined ? { files: 0, bytes: 0 } : { ...this.#totalsOf(folder, NUMBER_BY_SIDE[side]) }
  }

  clear(folderId: FolderId): void {
    const folder = this.#folders.find(folderId)
    if (folder === undefined) return
    this.#connection.transaction(() => {
      this.#clear.run(folder)
      this.#totals.clear()
    })
  }

  afterRollback(): void {
    this.#totals.clear()
  }

  #totalsOf(folder: number, side: number): { files: number; bytes: number } {
    const key = `${folder}:${side}`
    let totals = this.#totals.get(key)
    if (totals === undefined) {
      const [files, bytes] = this.#sum.get(folder, side) ?? [0, 0]
      totals = { files: Number(files), bytes: Number(bytes ?? 0) }
      this.#totals.set(key, totals)
    }
    return totals
  }
}
