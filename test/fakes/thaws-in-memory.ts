import { DatabaseSync } from 'node:sqlite'
import { FolderIds } from '../../main/state/folder-ids.ts'
import { MIGRATIONS } from '../../main/state/schema/migrations.ts'
import { Connection } from '../../main/state/sqlite/connection.ts'
import { SqliteThaws, type ThawStore } from '../../main/state/thaw-store.ts'

/** The real tables of thaws, in memory. */
export function thawsInMemory(): ThawStore {
  const database = new DatabaseSync(':memory:')
  for (const { sql } of MIGRATIONS) database.exec(sql)
  const connection = new Connection(database, 'memory')
  return new SqliteThaws(connection, new FolderIds(connection))
}
