import type { RelPath } from '../../../common/model.ts'
import { leavesFile, PathsThen } from '../paths-then.ts'
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

/** A drive's clock and this computer's may differ by so much, and sending takes its time. */
const SAME_CHANGE_MS = 5 * 60_000

/** What the history of this computer knows of a target. Pure. */
export class KnownChanges {
  /** Newest first. */
  readonly #rows: readonly KnownChange[]
  readonly #lastContentMs = new Map<string, number>()
  #last: { readonly atMs: number; readonly paths: ReadonlyMap<RelPath, WasThere> } | undefined

  /** `rows`: newest first. */
  constructor(rows: readonly KnownChange[]) {
    const directories = new Set(rows.flatMap(({ kind, path }) => (isDirectoryKind(kind) ? [path] : [])))
    this.#rows = rows.filter(({ kind, path }) => leavesFile(kind) !== undefined && !directories.has(path))
    for (const { kind, path, atMs } of this.#rows)
      if (isContentKind(kind) && !this.#lastContentMs.has(path)) this.#lastContentMs.set(path, atMs)
  }

  /** Files that were there at a moment; for {@link NOW}, those that ever were. The last answer is remembered. */
  at(atMs: number): ReadonlyMap<RelPath, WasThere> {
    if (this.#last?.atMs !== atMs) this.#last = { atMs, paths: atMs === NOW ? this.#ever() : this.#then(atMs) }
    return this.#last.paths
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

  #then(atMs: number): ReadonlyMap<RelPath, WasThere> {
    const then = new PathsThen(atMs)
    const found = new Map<string, WasThere>()
    for (const row of this.#rows) {
      then.add(row)
      const { path, kind, size: sizeBytes } = row
      const isLeft = leavesFile(kind) === true
      const known = found.get(path)
      if (row.atMs > atMs) {
        // What a deletion tells of what it removed; the first one after the moment counts.
        if (!isLeft) found.set(path, { sizeBytes, goneMs: row.atMs })
      } else if (isLeft && known?.sinceMs === undefined)
        found.set(path, { ...known, sizeBytes: sizeOf(row) ?? known?.sizeBytes ?? 0, sinceMs: row.atMs })
    }
    return new Map([...then.paths()].map((path) => [path, found.get(path) ?? { sizeBytes: 0 }]))
  }

  #ever(): ReadonlyMap<RelPath, WasThere> {
    const found = new Map<string, WasThere>()
    for (const row of this.#rows) {
      const { path, kind, atMs, size: sizeBytes } = row
      const known = found.get(path)
      if (leavesFile(kind) === false) found.set(path, known ?? { sizeBytes, goneMs: atMs })
      else if (known?.sinceMs === undefined)
        found.set(path, { ...known, sizeBytes: sizeOf(row) ?? known?.sizeBytes ?? 0, sinceMs: atMs })
    }
    return found as ReadonlyMap<string, WasThere> as ReadonlyMap<RelPath, WasThere>
  }
}

/** Of what only got other times, the row need not tell a size. */
function sizeOf({ kind, size }: KnownChange): number | undefined {
  return kind === 'metadata' && size === 0 ? undefined : size
}

function isDirectoryKind(kind: KnownChange['kind']): boolean {
  return kind === 'make-directory' || kind === 'make-local-directory'
}

/** What puts content under a name. */
function isContentKind(kind: KnownChange['kind']): boolean {
  return kind === 'upload' || kind === 'download' || kind === 'move'
}
