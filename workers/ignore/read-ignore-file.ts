import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** Longer files are not taken for ignore rules. */
const MAX_BYTES = 1024 * 1024

/**
 * The text of an ignore file, or undefined where there is none that can be read. Links are not
 * followed, as git does not. Without its rules more is backed up, never less.
 */
export function readIgnoreFile(absolutePath: string): string | undefined {
  let fd: number | undefined
  try {
    fd = openSync(absolutePath, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    const stat = fstatSync(fd)
    return stat.isFile() && stat.size <= MAX_BYTES ? readFileSync(fd, 'utf8') : undefined
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
