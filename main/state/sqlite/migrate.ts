import type { DatabaseSync } from 'node:sqlite'
import { copyFileDurably } from '../durable-file.ts'
import type { Migration } from '../schema/migrations.ts'
import { failpoint } from '../../../workers/failpoint.ts'

/** Marks a SQLite file as a Tidekeep state file: "TdKp". */
export const APPLICATION_ID = 0x54_64_4b_70

/** The version the file says it has. It is written twice; undefined where the two disagree. */
export function schemaVersion(database: DatabaseSync): number | undefined {
  const header = database.prepare('PRAGMA user_version').get()?.['user_version']
  const tables = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'meta'").get()?.['n']
  if (tables === 0) return header === 0 ? 0 : undefined
  const row = database.prepare("SELECT value FROM meta WHERE name = 'schema'").get()
  return typeof header === 'number' && row?.['value'] === header ? header : undefined
}

/**
 * Runs the steps the file has not had, each in one transaction with its version number: a process
 * that dies in between leaves the old version or the new. A copy of the file as it was is kept
 * beside it (`state.db.v<version>`) before the first step; a copy that fails stops the migration.
 */
export function migrate(database: DatabaseSync, path: string, migrations: readonly Migration[]): void {
  const from = schemaVersion(database) ?? 0
  const missing = migrations.filter((migration) => migration.version > from)
  if (missing.length === 0) return
  if (from > 0 && database.location() !== null) {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    failpoint('state.keep-copy.before')
    copyFileDurably(path, `${path}.v${from}`)
    failpoint('state.keep-copy.after')
  }
  for (const migration of missing) runStep(database, migration)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}

function runStep(database: DatabaseSync, { version, sql }: Migration): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(sql)
    database.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('schema', ?)").run(version)
    failpoint('state.migrate.before')
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version}; COMMIT`)
    failpoint('state.migrate.after')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
