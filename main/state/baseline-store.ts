import type { BaselineEntry, FolderId, RelPath } from '../../common/model.ts'
import type { QuietStretch } from '../../common/stretch.ts'
import {
  DISTINCT_NAMES,
  foldPath,
  formatFolding,
  isFolding,
  isSameFolding,
  parseFolding,
  type NameFolding,
} from '../../common/name-folding.ts'
import { comparePaths, parentOf, ROOT_PATH } from '../../common/paths.ts'
import { BASELINE_COLUMNS, baselineEntry, baselineValues } from './baseline-rows.ts'
import type { FolderIds } from './folder-ids.ts'
import { QuietStore } from './quiet-store.ts'
import { LIMIT, type Connection, type Row, type Statement, type TransactionListener } from './sqlite/connection.ts'
import type { BaselineStore, Totals } from './store.ts'

interface Sums {
  entries: number
  files: number
  bytes: number
}

const COLUMNS = BASELINE_COLUMNS.split(', ')
const REFOLD_ROWS = 1_000
const NONE: Totals = { files: 0, bytes: 0 }
const SELECT = `SELECT path, ${BASELINE_COLUMNS} FROM baseline WHERE folder = ?`

/** {@link BaselineStore} over SQLite. Totals are kept as the rows change and written with each commit. */
export class SqliteBaseline implements BaselineStore, TransactionListener {
  readonly #connection: Connection
  readonly #folders: FolderIds
  readonly #sums = new Map<number, Sums>()
  readonly #changed = new Set<number>()
  readonly #foldings = new Map<number, NameFolding>()
  readonly #quiet: QuietStore
  #revision = 0
  /** What was counted since the rows of a folder last changed. */
  readonly #apart = new Map<number, { altered?: Totals; recorded?: Totals }>()
  readonly #get: Statement
  readonly #size: Statement
  readonly #page: Statement
  readonly #pageWithin: Statement
  readonly #byInode: Statement
  readonly #insert: Statement
  readonly #update: Statement
  readonly #remove: Statement
  readonly #clear: Statement
  readonly #readSums: Statement
  readonly #writeSums: Statement
  readonly #altered: Statement
  readonly #recorded: Statement
  readonly #twins: Statement
  readonly #readFolding: Statement
  readonly #writeFolding: Statement
  readonly #refold: Statement

  constructor(connection: Connection, folders: FolderIds) {
    this.#connection = connection
    this.#folders = folders
    this.#get = connection.statement(`${SELECT} AND path = ?`)
    this.#size = connection.statement('SELECT is_file, size FROM baseline WHERE folder = ? AND path = ?')
    this.#page = connection.statement(`${SELECT} AND path > ? ORDER BY path ${LIMIT}`)
    this.#pageWithin = connection.statement(`${SELECT} AND path > ? AND path < ? ORDER BY path ${LIMIT}`)
    // By itself SQLite reads the whole folder, which is in the order asked for.
    this.#byInode = connection.statement(
      `SELECT path, ${BASELINE_COLUMNS} FROM baseline INDEXED BY baseline_inode WHERE folder = ? AND inode = ? ORDER BY path`,
    )
    this.#insert = connection.statement(
      `INSERT INTO baseline (folder, path, folded, ${BASELINE_COLUMNS}) VALUES (?, ?, ?${', ?'.repeat(COLUMNS.length)}) ON CONFLICT DO NOTHING`,
    )
    this.#update = connection.statement(
      `UPDATE baseline SET ${COLUMNS.map((name) => `${name} = ?`).join(', ')} WHERE folder = ? AND path = ?`,
    )
    this.#remove = connection.statement('DELETE FROM baseline WHERE folder = ? AND path = ? RETURNING is_file, size')
    this.#clear = connection.statement('DELETE FROM baseline WHERE folder = ?')
    this.#readSums = connection.statement('SELECT entries, files, bytes FROM folders WHERE id = ?')
    this.#writeSums = connection.statement('UPDATE folders SET entries = ?, files = ?, bytes = ? WHERE id = ?')
    // Few, and in an index of their own: counting them costs nothing where there are none.
    this.#altered = connection.statement(
      'SELECT COUNT(*), COALESCE(SUM(size), 0) FROM baseline INDEXED BY baseline_altered WHERE folder = ? AND verified_by = 3',
    )
    this.#recorded = connection.statement(
      'SELECT COUNT(*), COALESCE(SUM(size), 0) FROM baseline INDEXED BY baseline_recorded WHERE folder = ? AND verified_by = 4',
    )
    this.#twins = connection.statement('SELECT path FROM baseline WHERE folder = ? AND folded = ? AND path <> ?')
    this.#readFolding = connection.statement('SELECT folding FROM folders WHERE id = ?')
    this.#writeFolding = connection.statement('UPDATE folders SET folding = ? WHERE id = ?')
    this.#refold = connection.statement('UPDATE baseline SET folded = ? WHERE folder = ? AND path = ?')
    this.#quiet = new QuietStore(connection)
    connection.listen(this)
  }

  get(folderId: FolderId, path: RelPath): BaselineEntry | undefined {
    const folder = this.#folders.find(folderId)
    return folder === undefined ? undefined : this.#read(folder, path)
  }

  page(folderId: FolderId, scope: RelPath, after: RelPath | undefined, limit: number): readonly BaselineEntry[] {
    const folder = this.#folders.find(folderId)
    if (folder === undefined || limit <= 0) return []
    // In byte order other names may stand between `a` and `a/b` (`a-b`), so the scope's own entry is read apart.
    const own = after === undefined || comparePaths(after, scope) < 0 ? this.#read(folder, scope) : undefined
    const entries = this.#below(folder, scope, after, limit - (own === undefined ? 0 : 1)).map(baselineEntry)
    return own === undefined ? entries : [own, ...entries]
  }

  byInode(folderId: FolderId, inode: string): readonly BaselineEntry[] {
    const folder = this.#folders.find(folderId)
    return folder === undefined ? [] : this.#byInode.all(folder, inode).map(baselineEntry)
  }

  put(folderId: FolderId, entry: BaselineEntry): void {
    this.#connection.transaction(() => {
      const folder = this.#folders.require(folderId)
      this.#touched(folder, entry.path)
      const values = baselineValues(entry)
      const folded = this.#fold(folder, entry.path)
      if (folded !== null) this.#removeTwins(folderId, entry.path)
      if (this.#insert.run(folder, entry.path, folded, ...values) === 0) {
        const old = this.#size.get(folder, entry.path)
        this.#update.run(...values, folder, entry.path)
        if (old !== undefined) this.#count(folder, old, -1)
      }
      this.#count(folder, [entry.kind === 'file' ? 1 : 0, entry.size], 1)
    })
  }

  remove(folderId: FolderId, path: RelPath): void {
    this.#connection.transaction(() => {
      const folder = this.#folders.find(folderId)
      if (folder !== undefined) this.#touched(folder, path)
      const old = folder === undefined ? undefined : this.#remove.get(folder, path)
      if (old !== undefined) this.#count(folder!, old, -1)
    })
  }

  twins(folderId: FolderId, path: RelPath): readonly RelPath[] {
    const folder = this.#folders.find(folderId)
    const folded = folder === undefined ? null : this.#fold(folder, path)
    return folded === null ? [] : this.#twins.all(folder!, folded, path).map(([twin]) => twin as RelPath)
  }

  folding(folderId: FolderId): NameFolding {
    const folder = this.#folders.find(folderId)
    return folder === undefined ? DISTINCT_NAMES : this.#foldingOf(folder)
  }

  setFolding(folderId: FolderId, folding: NameFolding): void {
    if (isSameFolding(this.folding(folderId), folding)) return
    this.#connection.transaction(() => {
      const folder = this.#folders.require(folderId)
      this.#foldings.set(folder, folding)
      this.#quiet.clear(folder)
      this.#revision++
      this.#writeFolding.run(isFolding(folding) ? formatFolding(folding) : null, folder)
      for (let rows = this.#page.all(folder, '', REFOLD_ROWS); rows.length > 0;) {
        for (const [path] of rows) this.#refold.run(this.#fold(folder, path as RelPath), folder, path as RelPath)
        rows = this.#page.all(folder, rows.at(-1)![0] as RelPath, REFOLD_ROWS)
      }
    })
  }

  totals(folderId: FolderId): Totals {
    const folder = this.#folders.find(folderId)
    if (folder === undefined) return NONE
    const { files, bytes } = this.#sumsOf(folder)
    return { files, bytes }
  }

  altered(folderId: FolderId): Totals {
    const folder = this.#folders.find(folderId)
    if (folder === undefined) return NONE
    return (this.#apartOf(folder).altered ??= totalsOf(this.#altered.get(folder)))
  }

  recorded(folderId: FolderId): Totals {
    const folder = this.#folders.find(folderId)
    if (folder === undefined) return NONE
    return (this.#apartOf(folder).recorded ??= totalsOf(this.#recorded.get(folder)))
  }

  clear(folderId: FolderId): void {
    this.#connection.transaction(() => {
      const folder = this.#folders.find(folderId)
      if (folder === undefined) return
      this.#clear.run(folder)
      this.#quiet.clear(folder)
      this.#revision++
      this.#apart.delete(folder)
      this.#sums.set(folder, { entries: 0, files: 0, bytes: 0 })
      this.#changed.add(folder)
    })
  }

  quietAt(folderId: FolderId, last: RelPath): QuietStretch | undefined {
    const folder = this.#folders.find(folderId)
    return folder === undefined ? undefined : this.#quiet.find(folder, last)
  }

  keepQuiet(folderId: FolderId, stretches: readonly QuietStretch[]): void {
    this.#connection.transaction(() => {
      const folder = this.#folders.require(folderId)
      for (const stretch of stretches) this.#quiet.put(folder, stretch)
    })
  }

  revision(): number {
    return this.#revision
  }

  beforeCommit(): void {
    for (const folder of this.#changed) {
      const { entries, files, bytes } = this.#sumsOf(folder)
      this.#writeSums.run(entries, files, bytes, folder)
    }
    this.#changed.clear()
  }

  afterRollback(): void {
    this.#changed.clear()
    this.#sums.clear()
    this.#apart.clear()
    this.#foldings.clear()
    this.#quiet.forget()
    this.#revision++
  }

  #touched(folder: number, path: RelPath): void {
    this.#revision++
    this.#quiet.touched(folder, path)
  }

  /** Of the path, and of the folders it lies in: another spelling of one may have been a file. */
  #removeTwins(folderId: FolderId, path: RelPath): void {
    for (let each = path; each !== ROOT_PATH; each = parentOf(each))
      for (const twin of this.twins(folderId, each)) this.remove(folderId, twin)
  }

  /** Null where nothing is folded: the index then holds no row. */
  #fold(folder: number, path: RelPath): string | null {
    const folding = this.#foldingOf(folder)
    return isFolding(folding) ? foldPath(path, folding) : null
  }

  #foldingOf(folder: number): NameFolding {
    let folding = this.#foldings.get(folder)
    if (folding === undefined) {
      folding = parseFolding((this.#readFolding.get(folder)?.[0] as string | null) ?? undefined)
      this.#foldings.set(folder, folding)
    }
    return folding
  }

  #read(folder: number, path: RelPath): BaselineEntry | undefined {
    const row = this.#get.get(folder, path)
    return row === undefined ? undefined : baselineEntry(row)
  }

  #below(folder: number, scope: RelPath, after: RelPath | undefined, limit: number): readonly Row[] {
    if (scope === '') return this.#page.all(folder, after ?? '', limit)
    // '0' is the character after '/': everything below `scope` and nothing else lies between the two.
    const first = `${scope}/`
    const from = after !== undefined && comparePaths(after, first) > 0 ? after : first
    return this.#pageWithin.all(folder, from, `${scope}0`, limit)
  }

  /** `row` is `is_file, size`. */
  #count(folder: number, row: Row, sign: 1 | -1): void {
    const sums = this.#sumsOf(folder)
    this.#apart.delete(folder)
    sums.entries += sign
    if (row[0] === 1) {
      sums.files += sign
      sums.bytes += sign * Number(row[1])
    }
    this.#changed.add(folder)
  }

  #apartOf(folder: number): { altered?: Totals; recorded?: Totals } {
    let apart = this.#apart.get(folder)
    if (apart === undefined) this.#apart.set(folder, (apart = {}))
    return apart
  }

  #sumsOf(folder: number): Sums {
    let sums = this.#sums.get(folder)
    if (sums === undefined) {
      const [entries, files, bytes] = this.#readSums.get(folder) ?? [0, 0, 0]
      sums = { entries: Number(entries), files: Number(files), bytes: Number(bytes) }
      this.#sums.set(folder, sums)
    }
    return sums
  }
}

/** `row` is a count and a sum of bytes. */
function totalsOf(row: Row | undefined): Totals {
  return { files: Number(row?.[0] ?? 0), bytes: Number(row?.[1] ?? 0) }
}
