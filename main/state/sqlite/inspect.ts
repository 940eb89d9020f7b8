import { DatabaseSync } from 'node:sqlite'
import type { Migration } from '../schema/migrations.ts'
import { APPLICATION_ID, migrate, schemaVersion } from './migrate.ts'

/**
 * Says what is wrong with an open state file of any version, or undefined. SQLite keeps no checksum
 * of a page, so its full check is used (the quick one does not see two leaves exchanged), followed
 * by counts that are kept elsewhere in the file: without them a tree whose root was exchanged for an
 * empty page would pass as an empty folder. Costs about a second for a million entries.
 */
export function findDamage(database: DatabaseSync, migrations: readonly Migration[]): string | undefined {
  if (database.prepare('PRAGMA application_id').get()?.['application_id'] !== APPLICATION_ID) {
    return 'it is not a Tidekeep state file'
  }
  return brokenStructure(database) ?? missingPart(database, migrations) ?? wrongTotals(database)
}

/** Compares names only: another version of SQLite may word the same definition differently. */
function missingPart(database: DatabaseSync, migrations: readonly Migration[]): string | undefined {
  const present = definitions(database)
  const missing = [...partsOf(migrations, schemaVersion(database) ?? 0).keys()].find((name) => !present.has(name))
  return missing === undefined ? undefined : `its part ${missing} is missing`
}

/** True where every part of an undamaged file is defined word for word as the steps define it: what fits one fits the other. */
export function isWordedAsMade(database: DatabaseSync, migrations: readonly Migration[]): boolean {
  const made = partsOf(migrations, schemaVersion(database) ?? 0)
  const present = definitions(database)
  return present.size === made.size && [...made].every(([name, sql]) => present.get(name) === sql)
}

/** What defines each part, by name; null where SQLite makes it by itself. */
type Definitions = ReadonlyMap<string, string | null>

const partsByVersion = new WeakMap<readonly Migration[], Map<number, Definitions>>()

/** What a file of that version is made of, as the steps make it; found out once. */
function partsOf(migrations: readonly Migration[], version: number): Definitions {
  const known = partsByVersion.get(migrations) ?? new Map<number, Definitions>()
  partsByVersion.set(migrations, known)
  let parts = known.get(version)
  if (parts === undefined) known.set(version, (parts = makeParts(migrations, version)))
  return parts
}

function makeParts(migrations: readonly Migration[], version: number): Definitions {
  const model = new DatabaseSync(':memory:')
  try {
    migrate(
      model,
      ':memory:',
      migrations.filter((migration) => migration.version <= version),
    )
    return definitions(model)
  } finally {
    model.close()
  }
}

function definitions(database: DatabaseSync): Definitions {
  const rows = database.prepare('SELECT name, sql FROM sqlite_schema').all()
  return new Map(rows.map(({ name, sql }) => [String(name), sql as string | null]))
}

function brokenStructure(database: DatabaseSync): string | undefined {
  const verdict = database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check']
  return verdict === 'ok' ? undefined : `its structure is broken (${String(verdict).split('\n').at(-1)})`
}

/**
 * Sums that must agree. The check of SQLite does not count the rows of partial indexes, and queries
 * trust them. Both statements must keep running on files of every version.
 */
function wrongTotals(database: DatabaseSync): string | undefined {
  const isWrong = [WRONG_FOLDERS, WRONG_QUEUE].some((sql) => database.prepare(sql).get()?.['wrong'] !== 0)
  return isWrong ? 'entries are missing from it or do not add up' : undefined
}

const WRONG_FOLDERS = `
WITH kept AS (
  SELECT folder, count(*) AS entries, sum(is_file) AS files, sum(is_file * size) AS bytes FROM baseline GROUP BY folder
)
SELECT
  (SELECT count(*) FROM kept LEFT JOIN folders ON folders.id = kept.folder
    WHERE folders.entries IS NOT kept.entries OR folders.files IS NOT kept.files OR folders.bytes IS NOT kept.bytes)
  + (SELECT count(*) FROM folders WHERE entries <> 0 AND id NOT IN (SELECT folder FROM kept)) AS wrong`

const WRONG_QUEUE = `
WITH jobs_by_table AS (
  SELECT total(state = 0 AND behind = 0) AS due, total(state = 2) AS waiting, total(state <> 0) AS open FROM jobs NOT INDEXED
)
SELECT
  (SELECT count(*) FROM jobs INDEXED BY jobs_due WHERE state = 0 AND behind = 0) <> due
  OR (SELECT count(*) FROM jobs INDEXED BY jobs_waiting WHERE state = 2) <> waiting
  OR (SELECT count(*) FROM jobs INDEXED BY jobs_open WHERE state <> 0) <> open AS wrong
FROM jobs_by_table`
