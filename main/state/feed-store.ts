import type { Feed, FeedItem, Feeds, FeedStep } from '../providers/feeds.ts'
import { LIMIT, type Connection, type Row, type Statement } from './sqlite/connection.ts'

const SELECT = 'SELECT id, parent, body FROM feed_items WHERE feed = ?'

/** {@link Feeds} over SQLite. */
export class SqliteFeeds implements Feeds {
  readonly #connection: Connection
  readonly #get: Statement
  readonly #insert: Statement
  readonly #move: Statement
  readonly #forget: Statement
  readonly #item: Statement
  readonly #children: Statement
  readonly #page: Statement
  readonly #putItem: Statement
  readonly #removeItem: Statement
  readonly #clear: Statement

  constructor(connection: Connection) {
    this.#connection = connection
    this.#get = connection.statement('SELECT id, token, body FROM feeds WHERE target = ?')
    this.#insert = connection.statement('INSERT INTO feeds (target, token, body) VALUES (?, ?, ?)')
    this.#move = connection.statement('UPDATE feeds SET token = ? WHERE id = ? AND token = ?')
    this.#forget = connection.statement('DELETE FROM feeds WHERE id = ?')
    this.#item = connection.statement(`${SELECT} AND id = ?`)
    this.#children = connection.statement(`${SELECT} AND parent = ?`)
    this.#page = connection.statement(`${SELECT} AND id > ? ORDER BY id ${LIMIT}`)
    this.#putItem = connection.statement(
      'INSERT OR REPLACE INTO feed_items (feed, id, parent, body) VALUES (?, ?, ?, ?)',
    )
    this.#removeItem = connection.statement('DELETE FROM feed_items WHERE feed = ? AND id = ?')
    this.#clear = connection.statement('DELETE FROM feed_items WHERE feed = ?')
  }

  get(target: string): Feed | undefined {
    const row = this.#get.get(target)
    return row === undefined ? undefined : { token: row[1] as string, body: row[2] as string }
  }

  item(target: string, id: string): FeedItem | undefined {
    const row = this.#item.get(this.#key(target), id)
    return row === undefined ? undefined : feedItem(row)
  }

  childrenOf(target: string, parentId: string): readonly FeedItem[] {
    return this.#children.all(this.#key(target), parentId).map(feedItem)
  }

  page(target: string, afterId: string | undefined, limit: number): readonly FeedItem[] {
    return this.#page.all(this.#key(target), afterId ?? '', limit).map(feedItem)
  }

  replace(target: string, { token, body }: Feed, items: Iterable<FeedItem>): void {
    this.#connection.transaction(() => {
      this.#clearAll(target)
      const { rowid } = this.#insert.insert(target, token, body)
      for (const item of items) this.#putItem.run(rowid, item.id, item.parentId, item.body)
    })
  }

  advance(target: string, from: string, { token, put, remove }: FeedStep): boolean {
    return this.#connection.transaction(() => {
      const key = this.#key(target)
      if (this.#move.run(token, key, from) === 0) return false
      for (const id of remove) this.#removeItem.run(key, id)
      for (const item of put) this.#putItem.run(key, item.id, item.parentId, item.body)
      return true
    })
  }

  forget(target: string): void {
    this.#connection.transaction(() => this.#clearAll(target))
  }

  #clearAll(target: string): void {
    const key = this.#key(target)
    this.#clear.run(key)
    this.#forget.run(key)
  }

  /** Ids of feeds begin at 1: nothing is stored under 0. */
  #key(target: string): number {
    return (this.#get.get(target)?.[0] ?? 0) as number
  }
}

function feedItem([id, parentId, body]: Row): FeedItem {
  return { id: id as string, parentId: parentId as string, body: body as string }
}
