import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeDirectories } from '../make-directories.ts'
import type { RelPath } from '../../common/model.ts'
import { toRelPath } from '../../common/paths.ts'
import { replaceFileDurably } from './durable-file.ts'
import { asInteger, asObject, asString, optional, parseStored } from './stored-json.ts'

/** How far reading a target back has come, so that the next run goes on from there. */
export interface VerifyProgress {
  /** What was drawn by it is drawn again. */
  readonly seed: string
  /** What the target held when it began, bytes. */
  readonly totalBytes: number
  /** Everything up to this path was looked at; absent: nothing yet. */
  readonly after?: RelPath
  /** Of these, what was not as it must be, or could not be read: looked at again. */
  readonly again: readonly RelPath[]
  readonly filesRead: number
  readonly bytesRead: number
}

/** One run's progress, kept in the state directory until the run is complete. */
export interface VerifyProgressFile {
  /** Undefined where there is none, or none that can be read. */
  read(): VerifyProgress | undefined
  /** Durable when it returns. What the file system says passes through. */
  write(progress: VerifyProgress): void
  /** Idempotent. */
  clear(): void
}

/** The progress of reading `amount` (as it was typed) of `target` back. */
export function openVerifyProgress(stateDirectory: string, target: string, amount: string): VerifyProgressFile {
  const directory = join(stateDirectory, 'verify')
  const name = createHash('sha256').update(`${target}\0${amount}`).digest('hex').slice(0, 16)
  const path = join(directory, `${name}.json`)
  return {
    read: () => {
      try {
        return decode(readFileSync(path, 'utf8'))
      } catch {
        return undefined
      }
    },
    write: (progress) => {
      makeDirectories(directory)
      replaceFileDurably(path, `${JSON.stringify({ version: 1, ...progress })}\n`)
    },
    clear: () => rmSync(path, { force: true }),
  }
}

function decode(text: string): VerifyProgress {
  const stored = asObject(parseStored(text))
  const after = optional(stored['after'], asString)
  const again = Array.isArray(stored['again']) ? (stored['again'] as unknown[]) : []
  return {
    seed: asString(stored['seed']),
    totalBytes: asInteger(stored['totalBytes']),
    ...(after === undefined ? {} : { after: toRelPath(after) }),
    again: again.map((path) => toRelPath(asString(path))),
    filesRead: asInteger(stored['filesRead']),
    bytesRead: asInteger(stored['bytesRead']),
  }
}
