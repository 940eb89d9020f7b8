import { readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeDirectories } from '../make-directories.ts'
import { TidekeepError } from '../../common/errors.ts'
import { replaceFileDurably } from './durable-file.ts'
import { saysDamaged, sqliteCode, translateSqliteError } from './sqlite/errors.ts'
import { toOpenError } from './sqlite/open-file.ts'
import { stateFailureTexts } from './state-failure-texts.ts'

/** Held while this process owns a state directory. */
export interface InstanceLock {
  readonly directory: string
  /** Idempotent. The end of the process, however it comes, does the same. */
  release(): void
}

const BUSY = 5

/**
 * Takes a state directory for this process. The lock is the operating system's own, on an empty
 * SQLite file, so nothing stale is left when a process is killed; the process number beside it is
 * for the message only. Throws `locked` when another process (or this one) holds it, `forbidden`
 * when the directory cannot be written, `quota-exceeded` when its disk is full.
 *
 * A lock of this kind ends early on POSIX when its own process opens and closes `lock.db` by other
 * means: the directory must never lie inside a watched folder.
 */
export function acquireInstanceLock(directory: string): InstanceLock {
  const path = join(directory, 'lock.db')
  const pidPath = join(directory, 'lock.pid')
  let database: DatabaseSync
  try {
    makeDirectories(directory)
    database = lock(path)
  } catch (error) {
    if (sqliteCode(error) === BUSY) throw alreadyUsed(directory, pidPath)
    throw sqliteCode(error) === undefined ? toOpenError(error, path) : translateSqliteError(error, path)
  }
  try {
    replaceFileDurably(pidPath, `${process.pid}\n`)
  } catch (error) {
    database.close()
    throw toOpenError(error, pidPath)
  }
  return { directory, release: () => void (database.isOpen && database.close()) }
}

function lock(path: string): DatabaseSync {
  try {
    return lockOnce(path)
  } catch (error) {
    // Nothing is ever written to the file, so damage is foreign bytes; and whoever read them was not kept out.
    if (!saysDamaged(error) || statSync(path).size === 0) throw error
    truncateSync(path)
    return lockOnce(path)
  }
}

function lockOnce(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function alreadyUsed(directory: string, pidPath: string): TidekeepError {
  const pid = readPid(pidPath)
  return new TidekeepError({
    code: 'locked',
    message:
      pid === undefined
        ? stateFailureTexts.instanceLock.anotherTidekeepIsAlreadyUsing({ directory })
        : stateFailureTexts.instanceLock.anotherTidekeepIsAlreadyUsingPid({ directory, pid: String(pid) }),
    path: directory,
    fix: stateFailureTexts.instanceLock.anotherTidekeepIsAlreadyUsingFix,
    retry: { kind: 'never' },
  })
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10)
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}
