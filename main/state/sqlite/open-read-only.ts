import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isTidekeepError } from '../../../common/errors.ts'
import type { Migration } from '../schema/migrations.ts'
import { saysDamaged, saysUnknownName } from './errors.ts'
import { openingsSinceCheck } from './as-left.ts'
import { findDamage } from './inspect.ts'
import { migrate, schemaVersion } from './migrate.ts'
import { connectReadOnly, newerVersion, toOpenError } from './open-file.ts'

/** `damage` says why `value` is empty although a file is there. */
export interface OpenedReadOnly<T> {
  readonly value: T
  readonly damage?: string
}

/** Opens `state.db` without writing a byte anywhere. Throws `unsupported`, `forbidden`, `locked`. */
export function openReadOnly<T>(
  directory: string,
  migrations: readonly Migration[],
  assemble: (database: DatabaseSync, path: string) => T,
): OpenedReadOnly<T> {
  const path = join(directory, 'state.db')
  const empty = (): T => assemble(inMemory(path, migrations), path)
  if (!existsSync(path)) return { value: empty() }
  if (statSync(path).size === 0) return { value: empty(), damage: 'it is empty' }
  let database: DatabaseSync | undefined
  try {
    database = connectReadOnly(path)
    database = atNewestVersion(database, path, migrations)
    const isSound = database !== undefined && openingsSinceCheck(path, migrations) !== undefined
    const damage =
      database === undefined ? 'its version is unreadable' : isSound ? undefined : findDamage(database, migrations)
    if (damage === undefined && database !== undefined) return { value: assemble(database, path) }
    database?.close()
    return { value: empty(), ...(damage === undefined ? undefined : { damage }) }
  } catch (error) {
    if (database?.isOpen === true) database.close()
    if (isTidekeepError(error)) throw error
    if (saysDamaged(error) || saysUnknownName(error)) return { value: empty(), damage: 'SQLite cannot read it' }
    throw toOpenError(error, path)
  }
}

/** The file itself, or, where it is of an older version, a migrated copy in memory. */
function atNewestVersion(
  database: DatabaseSync,
  path: string,
  migrations: readonly Migration[],
): DatabaseSync | undefined {
  const version = schemaVersion(database) ?? 0
  const newest = migrations.at(-1)?.version ?? 0
  if (version > newest) throw newerVersion(path)
  if (version === newest) return database
  const image = version === 0 ? undefined : database.serialize()
  database.close()
  return image === undefined ? undefined : inMemory(path, migrations, image)
}

function inMemory(path: string, migrations: readonly Migration[], image?: Uint8Array): DatabaseSync {
  const database = new DatabaseSync(':memory:')
  if (image !== undefined) {
    // Bytes 18 and 19 of the header say "with a log", which memory cannot have.
    image.set([1, 1], 18)
    database.deserialize(image)
  }
  migrate(database, path, migrations)
  return database
}
