import ignore, { type Ignore } from 'ignore'

/** Segment matchers remember every name they were asked about; past this many they are replaced. */
const REMEMBERED_NAMES = 20_000

/**
 * A gitignore line with two or more `**` between slashes. As one regular expression it would try
 * every way to spread a deep path over its gaps, which takes longer than anybody waits. Gaps take
 * anything, so the first fit of each piece between them is as good as any: one look per name.
 */
export class WideLine {
  /** A `!` line: what it matches is let through. */
  readonly isNegated: boolean
  readonly #needsDirectory: boolean
  /** What stands between the `**`; the first begins at the top, the last ends at the end. */
  readonly #pieces: readonly (readonly SegmentMatcher[])[]

  private constructor(pattern: string) {
    this.isNegated = pattern.startsWith('!')
    const body = pattern.slice(this.isNegated ? 1 : 0).replace(/^\//, '')
    this.#needsDirectory = body.endsWith('/')
    this.#pieces = piecesOf(body.replace(/\/$/, '').split('/'))
  }

  /** Undefined for a line that the ordinary matcher can be given. */
  static read(pattern: string): WideLine | undefined {
    if (pattern.startsWith('#')) return undefined
    const segments = pattern.replace(/^!/, '').split('/')
    return segments.filter((segment) => segment === '**').length < 2 ? undefined : new WideLine(pattern)
  }

  /** `path` is relative to the directory the line stands in. Parents are not looked at. */
  matches(path: string, isDirectory: boolean): boolean {
    if (this.#needsDirectory && !isDirectory) return false
    const names = path.split('/')
    const [first, last] = [this.#pieces[0]!, this.#pieces.at(-1)!]
    // What is below a closing `**` is at least one name.
    const end = names.length - Math.max(last.length, 1)
    if (end < first.length || !fits(first, names, 0)) return false
    if (last.length > 0 && !fits(last, names, end)) return false
    let at = first.length
    for (const piece of this.#pieces.slice(1, -1)) {
      while (at + piece.length <= end && !fits(piece, names, at)) at++
      if (at + piece.length > end) return false
      at += piece.length
    }
    return true
  }
}

type SegmentMatcher = (name: string) => boolean

function piecesOf(segments: readonly string[]): readonly (readonly SegmentMatcher[])[] {
  const pieces: SegmentMatcher[][] = [[]]
  for (const segment of segments) {
    if (segment === '**') pieces.push([])
    else pieces.at(-1)!.push(matcherOf(segment))
  }
  // `**/**` is one gap; only the first and the last piece may be empty.
  return pieces.filter((piece, index) => piece.length > 0 || index === 0 || index === pieces.length - 1)
}

function matcherOf(segment: string): SegmentMatcher {
  const make = (): Ignore => ignore({ ignoreCase: false }).add(`/${segment}`)
  let matcher = make()
  let asked = 0
  return (name) => {
    if (++asked > REMEMBERED_NAMES) {
      asked = 0
      matcher = make()
    }
    return matcher.test(name).ignored
  }
}

function fits(piece: readonly SegmentMatcher[], names: readonly string[], at: number): boolean {
  return piece.every((matches, offset) => matches(names[at + offset]!))
}
