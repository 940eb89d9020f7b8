import type { RelPath } from '../../../common/model.ts'
import { leavesFile } from '../paths-then.ts'
import type { KnownChange } from '../records.ts'
import { packedChange } from '../timeline/changes.ts'
import { NOW } from '../timeline/timeline.ts'

/** A file that was at the target, by the history of this computer. Times are this computer's, milliseconds since the epoch. */
export interface WasThere {
  readonly sizeBytes: number
  /** When this computer put it there, where that is remembered. */
  readonly sinceMs?: number
  /** When this computer deleted it. */
  readonly goneMs?: number
}

/** What each path was at a moment, by its number. NaN: not known. */
interface States {
  readonly atMs: number
  /** Something is known of it from before the moment. */
  readonly isSettled: Uint8Array
  readonly wasThere: Uint8Array
  readonly sizeBytes: Float64Array
  readonly sinceMs: Float64Array
  readonly goneMs: Float64Array
}

/** A drive's clock and this computer's may differ by so much, and sending takes its time. */
const SAME_CHANGE_MS = 5 * 60_000

/**
 * What the history of this computer knows of a target, by the same rules as `PathsThen`. Pure. Columns, so that another
 * moment of 100,000 rows is a matter of milliseconds.
 */
export class KnownChanges {
  /** Newest first. */
  readonly #rows: readonly KnownChange[]
  /** Of each row, the number of its path. */
  readonly #pathOf: Int32Array
  readonly #paths: readonly RelPath[]
  readonly #lastContentMs = new Map<string, number>()
  #last: States | undefined

  /** `rows`: newest first. */
  constructor(rows: readonly KnownChange[]) {
    const directories = new Set(rows.flatMap(({ kind, path }) => (isDirectoryKind(kind) ? [path] : [])))
    this.#rows = rows.filter(({ kind, path }) => leavesFile(kind) !== undefined && !directories.has(path))
    const numbers = new Map<string, number>()
    this.#pathOf = Int32Array.from(this.#rows, ({ path, kind, atMs }) => {
      if (isContentKind(kind) && !this.#lastContentMs.has(path)) this.#lastContentMs.set(path, atMs)
      const number = numbers.get(path) ?? numbers.size
      numbers.set(path, number)
      return number
    })
    this.#paths = [...numbers.keys()] as RelPath[]
  }

  /** Files below a folder that were there at a moment; for {@link NOW}, those that ever were. */
  *at(atMs: number, folder: string = ''): Generator<readonly [RelPath, WasThere]> {
    const { wasThere, sizeBytes, sinceMs, goneMs } = this.#statesAt(atMs)
    const prefix = folder === '' ? '' : `${folder}/`
    for (const [number, path] of this.#paths.entries()) {
      if (wasThere[number] === 0 || !path.startsWith(prefix)) continue
      const [since, gone] = [sinceMs[number]!, goneMs[number]!]
      yield [
        path,
        {
          sizeBytes: sizeBytes[number]!,
          ...(Number.isNaN(since) ? {} : { sinceMs: since }),
          ...(Number.isNaN(gone) ? {} : { goneMs: gone }),
        },
      ]
    }
  }

  /** When content came and went, packed, in no order. */
  events(): readonly number[] {
    return this.#rows.flatMap(({ kind, atMs }) => {
      if (leavesFile(kind) === false) return [packedChange(atMs, 'deleted')]
      return isContentKind(kind) ? [packedChange(atMs, 'changed')] : []
    })
  }

  /** The last change of a file that a listing tells of is one of {@link events}. */
  isKnown(path: RelPath, changedMs: number): boolean {
    const lastMs = this.#lastContentMs.get(path)
    return lastMs !== undefined && Math.abs(lastMs - changedMs) <= SAME_CHANGE_MS
  }

  /** The last answer is remembered. */
  #statesAt(atMs: number): States {
    if (this.#last?.atMs === atMs) return this.#last
    const count = this.#paths.length
    const states: States = {
      atMs,
      isSettled: new Uint8Array(count),
      wasThere: new Uint8Array(count),
      sizeBytes: new Float64Array(count),
      sinceMs: new Float64Array(count).fill(Number.NaN),
      goneMs: new Float64Array(count).fill(Number.NaN),
    }
    for (const [at, row] of this.#rows.entries()) take(states, this.#pathOf[at]!, row)
    this.#last = states
    return states
  }
}

/** The next older row of a path. Of {@link NOW}, what ever was there counts, and whether it went. */
function take(states: States, path: number, row: KnownChange): void {
  const { atMs, isSettled, wasThere, sizeBytes, sinceMs } = states
  const isLeft = leavesFile(row.kind) === true
  const isLater = row.atMs > atMs
  if (isLater || isSettled[path] === 0) {
    wasThere[path] = isLater === isLeft && atMs !== NOW ? 0 : 1
    // Of several after the moment, the first one.
    if (!isLeft && (isLater || atMs === NOW)) takeDeletion(states, path, row)
  }
  if (isLater) return
  isSettled[path] = 1
  if (!isLeft || !Number.isNaN(sinceMs[path]!)) return
  sinceMs[path] = row.atMs
  // Of what only got other times, the row need not tell a size.
  if (row.kind !== 'metadata' || row.size > 0) sizeBytes[path] = row.size
}

function takeDeletion({ sizeBytes, goneMs }: States, path: number, { size, atMs }: KnownChange): void {
  goneMs[path] = atMs
  sizeBytes[path] = size
}

function isDirectoryKind(kind: KnownChange['kind']): boolean {
  return kind === 'make-directory' || kind === 'make-local-directory'
}

/** What puts content under a name. */
function isContentKind(kind: KnownChange['kind']): boolean {
  return kind === 'upload' || kind === 'download' || kind === 'move'
}
