import { statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeDirectories } from '../make-directories.ts'
import { toTidekeepError } from '../../common/errors.ts'
import type { Clock, Log, Paths } from '../host.ts'
import { saysDamaged, sqliteCode } from './sqlite/errors.ts'

/** Keeps restores and the removal of earlier versions apart, across all processes of this installation. */
export interface PastLock {
  /** Many may hold it. Waits while versions are being removed: a moment. What it returns ends it; idempotent, as is the end of the process. */
  hold(signal?: AbortSignal): Promise<() => void>
  /** Does `work` while nobody holds it; undefined, at once, where somebody does. */
  unlessHeld<T>(work: () => Promise<T>): Promise<T | undefined>
}

const BUSY = 5
const AGAIN_MS = 50

/**
 * The lock is the operating system's own, on an empty SQLite file, so nothing stale is left when a process is killed, and no
 * clock matters. Whoever cannot make the file (a disk that is full, a state that may only be read) restores all the same,
 * and removes nothing.
 */
export function createPastLock(deps: {
  readonly paths: Pick<Paths, 'state'>
  readonly clock: Pick<Clock, 'sleep'>
  readonly log: Log
}): PastLock {
  const { paths, clock, log } = deps
  const file = join(paths.state, 'past.lock')
  const open = (begin: string): DatabaseSync => {
    makeDirectories(paths.state)
    return opened(file, begin)
  }
  return {
    hold: async (signal) => {
      for (;;) {
        try {
          const database = open('BEGIN; SELECT count(*) FROM sqlite_master')
          return () => void (database.isOpen && database.close())
        } catch (error) {
          if (sqliteCode(error) !== BUSY) {
            log.warn('past-not-held', { code: toTidekeepError(error).code })
            return () => undefined
          }
        }
        await clock.sleep(AGAIN_MS, signal)
      }
    },
    unlessHeld: async (work) => {
      let database: DatabaseSync
      try {
        database = open('BEGIN EXCLUSIVE')
      } catch (error) {
        if (sqliteCode(error) !== BUSY) log.warn('past-not-locked', { code: toTidekeepError(error).code })
        return undefined
      }
      try {
        return await work()
      } finally {
        database.close()
      }
    },
  }
}

/** Nothing that is kept is let go of while `work` runs. */
export async function whilePastIsHeld<T>(
  lock: Pick<PastLock, 'hold'>,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const release = await lock.hold(signal)
  try {
    return await work()
  } finally {
    release()
  }
}

function opened(file: string, begin: string): DatabaseSync {
  try {
    return openedOnce(file, begin)
  } catch (error) {
    // Nothing is ever written to the file, so damage is foreign bytes; and whoever read them was not kept out.
    if (!saysDamaged(error) || statSync(file).size === 0) throw error
    truncateSync(file)
    return openedOnce(file, begin)
  }
}

function openedOnce(file: string, begin: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec(begin)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
