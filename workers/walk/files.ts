import { lstatSync, readdirSync, statSync, type BigIntStats } from 'node:fs'
import { readIgnoreFile } from '../ignore/read-ignore-file.ts'

/** What a walk asks of the file system; tests put faults here. Absolute paths. */
export interface WalkFiles {
  /** The names in a directory, unsorted. Throws the system's error. */
  list(directory: string): Listing
  /** Undefined when nothing is there. Throws the system's error otherwise. */
  lstat(path: string): BigIntStats | undefined
  /** As lstat, following links. */
  stat(path: string): BigIntStats | undefined
  readIgnoreFile(path: string): string | undefined
}

/** The names in one directory. */
export interface Listing {
  readonly names: string[]
  /** Names among them that are not valid UTF-8, with a printable form of their bytes. */
  readonly unreadable: ReadonlyMap<string, string> | undefined
}

/** The real one. Synchronous: in a worker that is twice as fast as waiting. */
export const realFiles: WalkFiles = {
  list,
  lstat: (path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }),
  stat: (path) => statSync(path, { bigint: true, throwIfNoEntry: false }),
  readIgnoreFile,
}

const REPLACEMENT = '\u{FFFD}'

function list(directory: string): Listing {
  const names = readdirSync(directory)
  return names.some((name) => name.includes(REPLACEMENT)) ? listBytes(directory) : { names, unreadable: undefined }
}

/** A replacement character may be what a name really contains: only its bytes tell. */
function listBytes(directory: string): Listing {
  const unreadable = new Map<string, string>()
  const names = readdirSync(directory, 'buffer').map((bytes) => {
    const name = bytes.toString('utf8')
    if (!Buffer.from(name, 'utf8').equals(bytes)) unreadable.set(name, printable(bytes))
    return name
  })
  return { names, unreadable }
}

function printable(bytes: Buffer): string {
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : String.raw`\x${byte.toString(16).padStart(2, '0')}`,
  ).join('')
}
