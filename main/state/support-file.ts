import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFileDurably } from './durable-file.ts'

/** Writes a file that a person asked for into Tidekeep's own `support` directory, which no backup holds, owner-only. Returns its path. */
export function writeSupportFile(logs: string, name: string, content: Uint8Array): string {
  const directory = join(logs, 'support')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, name)
  replaceFileDurably(path, content)
  return path
}
