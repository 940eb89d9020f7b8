import type { RelPath } from '../../common/model.ts'
import { comparePaths } from '../../common/paths.ts'
import type { QuietStretch } from '../../common/stretch.ts'
import type { Connection, Statement } from './sqlite/connection.ts'

/** A stretch as it is known in memory: what lies between two paths, without the first and with the last. */
interface Span {
  readonly after: string
  readonly last: string
}

/**
 * Stretches of a folder in which nothing was to be done, beside its baseline and in the same transactions: whatever is written
 * of a path there takes away the one that the path lies in. No two of one folder have a path in common.
 */
export class QuietStore {
  readonly #find: Statement
  readonly #spans: Statement
  readonly #put: Statement
  readonly #remove: Statement
  readonly #clear: Statement
  /** In `comparePaths` order, by folder; one for some hundred entries. */
  readonly #known = new Map<number, Span[]>()

  constructor(connection: Connection) {
    this.#find = connection.statement('SELECT after, local, remote FROM quiet WHERE folder = ? AND last = ?')
    this.#spans = connection.statement('SELECT after, last FROM quiet WHERE folder = ? ORDER BY last')
    this.#put = connection.statement(
      'INSERT OR REPLACE INTO quiet (folder, last, after, local, remote) VALUES (?, ?, ?, ?, ?)',
    )
    this.#remove = connection.statement('DELETE FROM quiet WHERE folder = ? AND last = ?')
    this.#clear = connection.statement('DELETE FROM quiet WHERE folder = ?')
  }

  find(folder: number, last: RelPath): QuietStretch | undefined {
    const row = this.#find.get(folder, last)
    if (row === undefined) return undefined
    const [after, local, remote] = row as readonly [string, string, string | null]
    return { after: after as RelPath, last, local, ...(remote === null ? {} : { remote }) }
  }

  /** Call it inside a transaction, as all below. What has a path in common with it is forgotten. */
  put(folder: number, { after, last, local, remote }: QuietStretch): void {
    const spans = this.#spansOf(folder)
    const begin = firstBehind(spans, after)
    let end = begin
    while (end < spans.length && comparePaths(spans[end]!.after, last) < 0) end++
    for (const span of spans.slice(begin, end)) this.#remove.run(folder, span.last)
    spans.splice(begin, end - begin, { after, last })
    this.#put.run(folder, last, after, local, remote ?? null)
  }

  /** Something was written of the path. */
  touched(folder: number, path: RelPath): void {
    const spans = this.#spansOf(folder)
    if (spans.length === 0) return
    const at = firstFrom(spans, path)
    const span = spans[at]
    if (span === undefined || comparePaths(span.after, path) >= 0) return
    spans.splice(at, 1)
    this.#remove.run(folder, span.last)
  }

  clear(folder: number): void {
    this.#known.set(folder, [])
    this.#clear.run(folder)
  }

  /** What is remembered of the table may be wrong. */
  forget(): void {
    this.#known.clear()
  }

  #spansOf(folder: number): Span[] {
    let spans = this.#known.get(folder)
    if (spans === undefined) {
      spans = this.#spans.all(folder).map(([after, last]) => ({ after: after as string, last: last as string }))
      this.#known.set(folder, spans)
    }
    return spans
  }
}

/** The first that ends with this path or behind it. */
function firstFrom(spans: readonly Span[], path: string): number {
  return search(spans, (last) => comparePaths(last, path) >= 0)
}

/** The first that ends behind this path. */
function firstBehind(spans: readonly Span[], path: string): number {
  return search(spans, (last) => comparePaths(last, path) > 0)
}

function search(spans: readonly Span[], isThere: (last: string) => boolean): number {
  let [low, high] = [0, spans.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isThere(spans[middle]!.last)) high = middle
    else low = middle + 1
  }
  return low
}
