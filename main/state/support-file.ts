import { join } from 'node:path'
import { makeDirectories } from '../make-directories.ts'
import { replaceFileDurably } from './durable-file.ts'

/** Writes a file that a person asked for into Tidekeep's own `support` directory, which no backup holds, owner-only. Returns its path. */
export function writeSupportFile(logs: string, name: string, content: Uint8Array): string {
  const directory = join(logs, 'support')
  makeDirectories(directory)
  const path = join(directory, name)
  replaceFileDurably(path, content)
  return path
}
