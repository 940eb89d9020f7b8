import { mkdirSync, statSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a directory and those above it that are missing, for this user alone; does nothing where it is there.
 * The file system's own errors pass through. Node's `recursive` asks again without end, until no memory is left, where
 * a file system says ENOENT to a new name in a directory that is there: `/proc`, a map of the automounter.
 */
export function makeDirectories(path: string): void {
  const missing = tryToMake(path)
  if (missing === undefined) return
  const parent = dirname(path)
  if (parent === path || lookedUp(parent) !== undefined) throw missing
  makeDirectories(parent)
  const refused = tryToMake(path)
  if (refused !== undefined) throw refused
}

/** What says that something above is missing; undefined where the directory is there. Throws everything else. */
function tryToMake(path: string): Error | undefined {
  try {
    mkdirSync(path, { mode: 0o700 })
    return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return error as Error
    // That a disk is read-only may be said before that there is nothing to make.
    if (lookedUp(path)?.isDirectory() === true) return undefined
    throw error
  }
}

function lookedUp(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}
