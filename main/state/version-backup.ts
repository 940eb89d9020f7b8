import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { copyFileDurably, replaceFileDurably } from './durable-file.ts'
import { toOpenError } from './sqlite/open-file.ts'

/** As many copies are kept: of the version before, and of the one before that. */
const KEPT_COPIES = 2
const COPY = /^state\.db\.before-(\d+\.\d+\.\d+)$/

/**
 * Before a version of the program opens state for the first time, the state as the version before left it is copied
 * beside it, as `state.db.before-<version>` with its log: with that and the older program, everything is as it was.
 * The caller holds the lock of the directory, and has nothing open there. Throws `quota-exceeded`, `forbidden`: the new
 * version must not open the state then. Idempotent until {@link recordVersion}.
 */
export function copyStateOfOtherVersion(directory: string, version: string): void {
  const path = join(directory, 'state.db')
  if (!existsSync(path) || lastVersion(directory) === version) return
  try {
    for (const suffix of ['-wal', '']) {
      const copy = `${path}.before-${version}${suffix}`
      if (existsSync(path + suffix)) copyFileDurably(path + suffix, copy)
      else rmSync(copy, { force: true })
    }
  } catch (error) {
    throw toOpenError(error, path)
  }
}

/** Says that this version has opened the state, and removes all but the newest copies. */
export function recordVersion(directory: string, version: string): void {
  if (lastVersion(directory) === version) return
  replaceFileDurably(join(directory, 'last-version'), `${version}\n`)
  const versions = readdirSync(directory).flatMap((name) => COPY.exec(name)?.[1] ?? [])
  const oldestFirst = versions.sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
  for (const old of oldestFirst.slice(0, -KEPT_COPIES)) {
    for (const suffix of ['-wal', '']) rmSync(join(directory, `state.db.before-${old}${suffix}`), { force: true })
  }
}

function lastVersion(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, 'last-version'), 'utf8').trim()
  } catch {
    // Made before versions were recorded, or not readable: then there is one copy too many.
    return undefined
  }
}
