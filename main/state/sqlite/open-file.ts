import { accessSync, chmodSync, constants, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { makeDirectories } from '../../make-directories.ts'
import { TidekeepError, isTidekeepError } from '../../../common/errors.ts'
import { systemCode } from '../../../workers/fs/system-code.ts'
import { syncDirectory, syncFile } from '../durable-file.ts'
import type { Migration } from '../schema/migrations.ts'
import { saysDamaged, saysReadOnly, saysUnknownName, translateSqliteError } from './errors.ts'
import type { Preparing } from './connection.ts'
import { findDamage, isWordedAsMade } from './inspect.ts'
import { forgetLeft, noteLeft, openingsSinceCheck } from './as-left.ts'
import { migrate, schemaVersion } from './migrate.ts'
import { failpoint } from '../../../workers/failpoint.ts'
import { stateFailureTexts } from '../state-failure-texts.ts'

/** An open, migrated and checked state file, and how it came to be. */
export interface OpenedFile<T> {
  /** What `assemble` made of it. */
  readonly value: T
  readonly recovered: 'none' | 'created' | 'quarantined'
  /** Where a damaged file went. */
  readonly quarantine?: { readonly path: string; readonly reason: string }
}

/** How a state file is opened. */
export interface OpenFileOptions<T> {
  readonly directory: string
  readonly migrations: readonly Migration[]
  /** Names a damaged file that is put aside. */
  readonly nowMs: number
  /** Makes every statement over the open file. Where they are prepared at once, a table that is not as it should be shows here. */
  readonly assemble: (database: DatabaseSync, use: FileUse) => T
}

/** What is known of an open file. */
export interface FileUse {
  readonly path: string
  readonly prepares: Preparing
  /** To be called once the file is closed. Sound: nothing that SQLite was asked failed, so that the next opening need not check it. */
  readonly closed: (isSound: boolean) => void
}

/** What SQLite keeps beside a file, and the file itself. */
const SIDE_FILES = ['', '-wal', '-shm', '-journal']
const UNREADABLE = 'SQLite cannot read it'

/**
 * Opens `state.db`. A damaged file is moved aside, never deleted, and a fresh one takes its place;
 * a file of a newer version, or one that cannot be reached, is left exactly as it is.
 * Throws `unsupported` (newer), `locked`, `forbidden`, `quota-exceeded`, `unavailable`.
 */
export function openFile<T>(options: OpenFileOptions<T>): OpenedFile<T> {
  const path = join(options.directory, 'state.db')
  try {
    makeDirectories(options.directory)
    const reason = damageBeforeOpening(path)
    if (reason !== undefined) return replaceDamaged(path, reason, options)
    if (!existsSync(path)) return { value: create(path, options), recovered: 'created' }
    const opened = openExisting(path, options)
    return 'damage' in opened ? replaceDamaged(path, opened.damage, options) : { ...opened, recovered: 'none' }
  } catch (error) {
    throw toOpenError(error, path)
  }
}

/**
 * What the directory says without opening anything. A fresh file appears under its name only once it is
 * complete, so an empty one was cut short; and a log without its file must never meet a new file:
 * SQLite would replay it there.
 */
function damageBeforeOpening(path: string): string | undefined {
  if (existsSync(path)) return statSync(path).size === 0 ? 'it is empty' : undefined
  return SIDE_FILES.some((suffix) => existsSync(path + suffix)) ? 'only its log is left' : undefined
}

/** Looks at the file without changing it, and only then opens it for writing. */
function openExisting<T>(
  path: string,
  { migrations, assemble }: OpenFileOptions<T>,
): { readonly value: T } | { readonly damage: string } {
  const newest = migrations.at(-1)?.version ?? 0
  const unchecked = openingsSinceCheck(path, migrations)
  const found = unchecked === undefined ? inspect(path, migrations) : { version: newest, isAsMade: true }
  if ('damage' in found) return found
  const database = connect(path)
  try {
    if (found.version < newest) {
      migrate(database, path, migrations)
      const damage = findDamage(database, migrations)
      if (damage !== undefined) throw new Error(`The migrated state file is damaged: ${damage}.`)
    }
    const isAsMade = found.version === newest && found.isAsMade
    const closed = (isSound: boolean): void => {
      if (isSound && isAsMade) noteLeft(path, migrations, unchecked === undefined ? 0 : unchecked + 1)
      else forgetLeft(path)
    }
    return { value: assemble(database, { path, prepares: isAsMade ? 'at first use' : 'at once', closed }) }
  } catch (error) {
    database.close()
    if (saysDamaged(error) || (saysUnknownName(error) && found.version === newest)) return { damage: UNREADABLE }
    if (saysReadOnly(error) && isWritable(path)) return { damage: 'its header is broken' }
    throw error
  }
}

function inspect(
  path: string,
  migrations: readonly Migration[],
): { readonly version: number; readonly isAsMade: boolean } | { readonly damage: string } {
  let database: DatabaseSync | undefined
  try {
    database = connectReadOnly(path)
    const version = schemaVersion(database) ?? 0
    if (version > (migrations.at(-1)?.version ?? 0)) throw newerVersion(path)
    const damage = version === 0 ? 'its version is unreadable' : findDamage(database, migrations)
    return damage === undefined ? { version, isAsMade: isWordedAsMade(database, migrations) } : { damage }
  } catch (error) {
    if (saysDamaged(error) || saysUnknownName(error)) return { damage: UNREADABLE }
    if (saysReadOnly(error) && isWritable(path)) return { damage: 'its header is broken' }
    throw error
  } finally {
    database?.close()
  }
}

/**
 * With a log beside it the file is in use (or its user died) and is read through the log; without
 * one it is at rest, and `immutable` keeps SQLite from making the log and its index.
 */
export function connectReadOnly(path: string): DatabaseSync {
  const url = pathToFileURL(path)
  if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1')
  return new DatabaseSync(url, { readOnly: true, timeout: 250 })
}

function connect(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 250, defensive: true })
  try {
    // No memory map: a file that shrinks under a map ends the process. cell_size_check finds damage
    // on reading that quick_check would only find at the next start. 8 MiB of cache: passes and records go
    // through the tables in path order, where more of it is kept and never used.
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = 4000;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA cache_size = -8192;
      PRAGMA temp_store = MEMORY;
      PRAGMA mmap_size = 0;
      PRAGMA trusted_schema = OFF;
      PRAGMA cell_size_check = ON;
    `)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Built under another name and renamed when it is complete: `state.db` is never half a file. */
function create<T>(path: string, { migrations, assemble }: OpenFileOptions<T>): T {
  const building = `${path}.new`
  for (const suffix of SIDE_FILES) rmSync(building + suffix, { force: true })
  const database = connect(building)
  try {
    migrate(database, building, migrations)
  } finally {
    database.close()
  }
  chmodSync(building, 0o600)
  syncFile(building)
  failpoint('state.publish.before')
  renameSync(building, path)
  failpoint('state.publish.after')
  syncDirectory(dirname(path))
  const closed = (isSound: boolean): void => (isSound ? noteLeft(path, migrations, 0) : forgetLeft(path))
  return assemble(connect(path), { path, prepares: 'at once', closed })
}

function replaceDamaged<T>(path: string, reason: string, options: OpenFileOptions<T>): OpenedFile<T> {
  const aside = freeName(`${path}.corrupt-${new Date(options.nowMs).toISOString().replaceAll(/[:.]/g, '-')}`)
  failpoint('state.set-aside.before')
  for (const suffix of SIDE_FILES) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
  failpoint('state.set-aside.after')
  syncDirectory(dirname(path))
  return { value: create(path, options), recovered: 'quarantined', quarantine: { path: aside, reason } }
}

function freeName(wanted: string): string {
  let name = wanted
  for (let attempt = 2; SIDE_FILES.some((suffix) => existsSync(name + suffix)); attempt++) name = `${wanted}-${attempt}`
  return name
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    accessSync(dirname(path), constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** The refusal of a file with a schema this version does not know. */
export function newerVersion(path: string): TidekeepError {
  return new TidekeepError({
    code: 'unsupported',
    message: stateFailureTexts.openFile.theStateFileWasMade({ path }),
    path,
    fix: stateFailureTexts.openFile.theStateFileWasMadeFix,
  })
}

/** Any error of opening as one of ours. */
export function toOpenError(error: unknown, path: string): TidekeepError {
  if (isTidekeepError(error)) return error
  const code = systemCode(error)
  if (['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST', 'EISDIR'].includes(code)) {
    return new TidekeepError({
      code: 'forbidden',
      message: stateFailureTexts.openFile.theStateDirectoryCannotBe({ path: dirname(path) }),
      path,
      fix: stateFailureTexts.openFile.theStateDirectoryCannotBeFix,
      cause: error,
    })
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new TidekeepError({
      code: 'quota-exceeded',
      message: stateFailureTexts.openFile.theDiskIsFullThe({ path }),
      path,
      fix: stateFailureTexts.openFile.theDiskIsFullTheFix,
      cause: error,
    })
  }
  return translateSqliteError(error, path)
}
