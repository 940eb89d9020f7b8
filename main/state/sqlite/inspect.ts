import type { DatabaseSync } from 'node:sqlite'
import { APPLICATION_ID } from './migrate.ts'

/**
 * Says what is wrong with an open state file of any version, or undefined. SQLite keeps no
 * checksum of a page, so its own check is followed by counts that are kept elsewhere in the file:
 * without them a tree whose root was exchanged for an empty page would pass as an empty folder.
 * Costs about half a second for a million entries.
 */
export function findDamage(database: DatabaseSync): string | undefined {
  if (database.prepare('PRAGMA application_id').get()?.['application_id'] !== APPLICATION_ID) {
    return 'it is not a Tidekeep state file'
  }
  return (
    failedCheck(database, 'quick_check(1)') ?? failedCheck(database, "integrity_check('jobs')") ?? wrongTotals(database)
  )
}

function failedCheck(database: DatabaseSync, check: string): string | undefined {
  const verdict = Object.values(database.prepare(`PRAGMA ${check}`).get() ?? {})[0]
  return verdict === 'ok' ? undefined : `its structure is broken (${String(verdict).split('\n').at(-1)})`
}

function wrongTotals(database: DatabaseSync): string | undefined {
  const row = database
    .prepare(
      `WITH kept AS (SELECT folder, count(*) AS entries, sum(is_file) AS files, sum(is_file * size) AS bytes FROM baseline GROUP BY folder)
       SELECT
         (SELECT count(*) FROM kept LEFT JOIN folders ON folders.id = kept.folder
           WHERE folders.entries IS NOT kept.entries OR folders.files IS NOT kept.files OR folders.bytes IS NOT kept.bytes)
         + (SELECT count(*) FROM folders WHERE entries <> 0 AND id NOT IN (SELECT folder FROM kept)) AS wrong`,
    )
    .get()
  return row?.['wrong'] === 0 ? undefined : 'entries are missing from it or do not add up'
}
