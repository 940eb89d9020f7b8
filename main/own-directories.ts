import { realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import type { Paths } from './host.ts'

/** Tidekeep's own directories: never a source, never a target, never scanned or watched. */
export function ownDirectories({ config, state, cache, logs, run }: Paths): readonly string[] {
  return [config, state, cache, logs, run]
}

/**
 * True where a folder that someone chose holds `directory`, which changes with every backup. Not of
 * a home directory and what is above it: every program keeps its files there, and ours are left out.
 * All three are real paths.
 */
export function holdsOwn(folder: string, directory: string, home: string): boolean {
  return isBelow(directory, folder) && home !== folder && !isBelow(home, folder)
}

/** The real path of what may not exist yet: that of its nearest existing ancestor, and the rest. */
export async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const parent = dirname(path)
    if (parent === path) throw error
    return join(await realPlace(parent), basename(path))
  }
}

function isBelow(path: string, ancestor: string): boolean {
  const below = relative(ancestor, path)
  return below !== '' && below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below)
}
