import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { blake3Hex, createBlake3 } from '../../../workers/hash/blake3.ts'
import type { Migration } from '../schema/migrations.ts'

/** Beside `state.db`: what it was when it was last closed. */
export const SUM_FILE = 'state.sum'

/** Openings in a row that may do without SQLite's own check: memory that went bad may have spoilt what was written and then summed up. */
const MOST_UNCHECKED = 64
/** At rest there is no log to be read with the file. */
const LOGS = ['-wal', '-journal']
const CHUNK_BYTES = 256 * 1024

/** A closed state file: it was sound, and every statement of this program fits it. */
interface Left {
  /** Of all bytes of the file, BLAKE3. */
  readonly digest: string
  /** Of the steps that made its tables. */
  readonly schema: string
  /** Openings since SQLite last checked it. */
  readonly unchecked: number
}

/**
 * How many openings ago the file was last checked, where it is byte for byte what a sound one was when it was closed;
 * undefined where that is not known, or a check is due. Reads the file once: a tenth of what the check of SQLite
 * takes, which sees less, as that knows no checksum of content.
 */
export function openingsSinceCheck(path: string, migrations: readonly Migration[]): number | undefined {
  const left = readLeft(path)
  if (left === undefined || left.unchecked >= MOST_UNCHECKED || left.schema !== schemaOf(migrations)) return undefined
  if (LOGS.some((suffix) => existsSync(path + suffix))) return undefined
  return digestOf(path) === left.digest ? left.unchecked : undefined
}

/** Writes down what the file is now that it is closed. Where that cannot be, the next opening checks it. */
export function noteLeft(path: string, migrations: readonly Migration[], unchecked: number): void {
  try {
    if (LOGS.some((suffix) => existsSync(path + suffix))) return
    const left: Left = { digest: digestOf(path), schema: schemaOf(migrations), unchecked }
    // Cut short or lost by a power cut, it says nothing, and nothing else depends on it.
    writeFileSync(sumFile(path), `${JSON.stringify(left)}\n`, { mode: 0o600 })
  } catch {
    // As above.
  }
}

/** The next opening checks the file, whatever it is then. */
export function forgetLeft(path: string): void {
  try {
    rmSync(sumFile(path), { force: true })
  } catch {
    // Where nothing can be written, the file was not changed either.
  }
}

function readLeft(path: string): Left | undefined {
  try {
    const { digest, schema, unchecked } = JSON.parse(readFileSync(sumFile(path), 'utf8')) as Record<keyof Left, unknown>
    if (typeof digest !== 'string' || typeof schema !== 'string') return undefined
    return Number.isSafeInteger(unchecked) ? { digest, schema, unchecked: unchecked as number } : undefined
  } catch {
    return undefined
  }
}

function sumFile(path: string): string {
  return join(dirname(path), SUM_FILE)
}

function schemaOf(migrations: readonly Migration[]): string {
  return blake3Hex(Buffer.from(JSON.stringify(migrations.map(({ version, sql }) => [version, sql]))))
}

function digestOf(path: string): string {
  const hasher = createBlake3()
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  const file = openSync(path, 'r')
  try {
    for (let count = readSync(file, chunk); count > 0; count = readSync(file, chunk))
      hasher.update(chunk.subarray(0, count))
  } finally {
    closeSync(file)
  }
  return hasher.digestHex()
}
