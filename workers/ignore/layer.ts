import ignore, { type Ignore } from 'ignore'
import { createCouldMatch } from './could-match.ts'
import { WideLine } from './wide-line.ts'

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

/** Lines that follow each other and are matched together, or a wide one by itself. */
type Part = { readonly wide: WideLine; readonly index: number } | { matcher: Ignore }

/** The lines of one origin, matched relative to the directory they stand in. */
export class IgnoreLayer {
  readonly #base: string
  readonly #lines: readonly IgnoreLine[]
  readonly #admitted: readonly string[]
  readonly #couldMatch: (name: string) => boolean
  /** In the order of the lines; the last one that says something decides. */
  readonly #parts: readonly Part[]
  #asked = 0

  /** `base` is the directory's path with a trailing '/', or empty for the root. */
  constructor(base: string, lines: readonly IgnoreLine[], admitted: readonly string[] = []) {
    this.#base = base
    this.#lines = lines
    this.#admitted = admitted
    this.#couldMatch = createCouldMatch(lines.map((line) => line.pattern))
    this.#parts = partsOf(lines, admitted)
  }

  /** Precondition: no parent of `path` is ignored. */
  verdict(path: string, isDirectory: boolean): LayerVerdict {
    if (!this.#couldMatch(path.slice(path.lastIndexOf('/') + 1))) return undefined
    if (++this.#asked > REMEMBERED_PATHS) this.#forget()
    const relative = path.slice(this.#base.length)
    for (let at = this.#parts.length - 1; at >= 0; at--) {
      const verdict = this.#verdictOf(this.#parts[at]!, relative, isDirectory)
      if (verdict !== undefined) return verdict
    }
    return undefined
  }

  #verdictOf(part: Part, relative: string, isDirectory: boolean): LayerVerdict {
    if ('wide' in part) {
      if (!part.wide.matches(relative, isDirectory)) return undefined
      return part.wide.isNegated ? { ignored: false } : { ignored: true, by: this.#lines[part.index]! }
    }
    const result = part.matcher.test(isDirectory ? `${relative}/` : relative)
    if (result.unignored) return { ignored: false }
    const by = this.#lines[Number(result.rule?.mark)]
    return result.ignored && by !== undefined ? { ignored: true, by } : undefined
  }

  #forget(): void {
    this.#asked = 0
    for (const part of this.#parts)
      if ('matcher' in part) part.matcher = ignore({ ignoreCase: false }).add(part.matcher)
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

/** What was let through is told to every matcher: each looks at parents by itself. */
function partsOf(lines: readonly IgnoreLine[], admitted: readonly string[]): readonly Part[] {
  const parts: Part[] = []
  let run: { readonly pattern: string; readonly mark: string }[] = []
  const endRun = (): void => {
    if (run.length > 0) parts.push({ matcher: ignore({ ignoreCase: false }).add(run).add(admitted) })
    run = []
  }
  for (const [index, { pattern }] of lines.entries()) {
    const wide = WideLine.read(pattern)
    if (wide === undefined) run.push({ pattern, mark: String(index) })
    else {
      endRun()
      parts.push({ wide, index })
    }
  }
  endRun()
  return parts
}
