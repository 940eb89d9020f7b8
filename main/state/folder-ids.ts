import type { FolderId } from '../../common/model.ts'
import type { Connection, Statement, TransactionListener } from './sqlite/connection.ts'

/** Small numbers that stand for folders inside the state file. */
export class FolderIds implements TransactionListener {
  readonly #numbers = new Map<FolderId, number>()
  readonly #names = new Map<number, FolderId>()
  readonly #insert: Statement
  readonly #all: Statement

  constructor(connection: Connection) {
    this.#insert = connection.statement('INSERT INTO folders (name) VALUES (?) RETURNING id')
    this.#all = connection.statement('SELECT id, name FROM folders')
    connection.listen(this)
    this.#load()
  }

  /** Undefined for a folder that nothing was ever written of. */
  find(folderId: FolderId): number | undefined {
    return this.#numbers.get(folderId)
  }

  /** Makes a number when there is none yet; call it inside a transaction. */
  require(folderId: FolderId): number {
    const known = this.#numbers.get(folderId)
    if (known !== undefined) return known
    const id = Number(this.#insert.get(folderId)?.[0])
    this.#remember(id, folderId)
    return id
  }

  nameOf(id: number): FolderId {
    return this.#names.get(id) ?? (String(id) as FolderId)
  }

  afterRollback(): void {
    this.#load()
  }

  #load(): void {
    this.#numbers.clear()
    this.#names.clear()
    for (const [id, name] of this.#all.all()) this.#remember(Number(id), String(name) as FolderId)
  }

  #remember(id: number, folderId: FolderId): void {
    this.#numbers.set(folderId, id)
    this.#names.set(id, folderId)
  }
}
