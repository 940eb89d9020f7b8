import ignore, { type Ignore } from 'ignore'
import { createCouldMatch } from './could-match.ts'

/** One gitignore line and where it stands. */
export interface IgnoreLine {
  readonly pattern: string
  /** `global`, `folder`, or the path of a `.tidekeepignore` file below the root. */
  readonly source: string
  /** Counted from 1. */
  readonly line: number
}

/** What one layer says of one path: ignored by a line, let through by a `!` line, or nothing. */
export type LayerVerdict = { readonly ignored: true; readonly by: IgnoreLine } | { readonly ignored: false } | undefined

/** The matcher remembers every path it was asked about; past this many it is replaced, so that memory stays flat. */
const REMEMBERED_PATHS = 20_000

/** The lines of one origin, matched relative to the directory they stand in. */
export class IgnoreLayer {
  readonly #base: string
  readonly #lines: readonly IgnoreLine[]
  readonly #admitted: readonly string[]
  readonly #couldMatch: (name: string) => boolean
  #matcher: Ignore
  #asked = 0

  /** `base` is the directory's path with a trailing '/', or empty for the root. */
  constructor(base: string, lines: readonly IgnoreLine[], admitted: readonly string[] = []) {
    this.#base = base
    this.#lines = lines
    this.#admitted = admitted
    this.#couldMatch = createCouldMatch(lines.map((line) => line.pattern))
    this.#matcher = ignore({ ignoreCase: false })
      .add(lines.map(({ pattern }, index) => ({ pattern, mark: String(index) })))
      .add(admitted)
  }

  /** Precondition: no parent of `path` is ignored. */
  verdict(path: string, isDirectory: boolean): LayerVerdict {
    if (!this.#couldMatch(path.slice(path.lastIndexOf('/') + 1))) return undefined
    if (++this.#asked > REMEMBERED_PATHS) {
      this.#asked = 0
      this.#matcher = ignore({ ignoreCase: false }).add(this.#matcher)
    }
    const relative = path.slice(this.#base.length)
    const result = this.#matcher.test(isDirectory ? `${relative}/` : relative)
    if (result.unignored) return { ignored: false }
    const by = this.#lines[Number(result.rule?.mark)]
    return result.ignored && by !== undefined ? { ignored: true, by } : undefined
  }

  /**
   * The same lines for use below `directory`, which a deeper layer let through although this one
   * ignores it: what is inside is then judged by its own name, as git does.
   */
  admitting(directory: string): IgnoreLayer {
    const literal = directory.slice(this.#base.length).replaceAll(/[\\*?[\]]/g, String.raw`\$&`)
    return new IgnoreLayer(this.#base, this.#lines, [...this.#admitted, `!/${literal}/`])
  }
}
