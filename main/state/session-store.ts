import type { RelPath } from '../../common/model.ts'
import type { Connection, Row, Statement } from './sqlite/connection.ts'
import type { SessionRecord, SessionStore } from './store.ts'
import { failpoint } from '../../workers/failpoint.ts'

const SELECT = 'SELECT target, path, token, body, updated_ms FROM sessions'

/** {@link SessionStore} over SQLite. */
export class SqliteSessions implements SessionStore {
  readonly #connection: Connection
  readonly #get: Statement
  readonly #put: Statement
  readonly #remove: Statement
  readonly #list: Statement
  readonly #listTarget: Statement

  constructor(connection: Connection) {
    this.#connection = connection
    this.#get = connection.statement(`${SELECT} WHERE target = ? AND path = ?`)
    this.#put = connection.statement(
      'INSERT OR REPLACE INTO sessions (target, path, token, body, updated_ms) VALUES (?, ?, ?, ?, ?)',
    )
    this.#remove = connection.statement('DELETE FROM sessions WHERE target = ? AND path = ?')
    this.#list = connection.statement(`${SELECT} ORDER BY target, path`)
    this.#listTarget = connection.statement(`${SELECT} WHERE target = ? ORDER BY path`)
  }

  get(target: string, path: RelPath): SessionRecord | undefined {
    const row = this.#get.get(target, path)
    return row === undefined ? undefined : sessionRecord(row)
  }

  put({ target, path, token, body, updatedAtMs }: SessionRecord): void {
    failpoint('session.put.before')
    this.#connection.transaction(() => this.#put.run(target, path, token, body, updatedAtMs))
    failpoint('session.put.after')
  }

  remove(target: string, path: RelPath): void {
    failpoint('session.remove.before')
    this.#connection.transaction(() => this.#remove.run(target, path))
    failpoint('session.remove.after')
  }

  list(target?: string): readonly SessionRecord[] {
    return (target === undefined ? this.#list.all() : this.#listTarget.all(target)).map(sessionRecord)
  }
}

function sessionRecord([target, path, token, body, updatedAtMs]: Row): SessionRecord {
  return {
    target: target as string,
    path: path as RelPath,
    token: token as string,
    body: body as string,
    updatedAtMs: updatedAtMs as number,
  }
}
