/**
 * A cheap first look at gitignore lines: returns false only for names that no line can match, so
 * that the full matcher is asked about few of the names of a tree.
 *
 * Sound because a pattern matches a path by itself (parents are decided before their contents) and
 * its last segment has to match the last segment of the path: a literal head and tail of that
 * segment must be those of the name. Lines with escapes, classes or trailing blanks are not read
 * here; they could match anything.
 */
export function createCouldMatch(lines: readonly string[]): (name: string) => boolean {
  const exact = new Set<string>()
  const framed: Frame[] = []
  for (const line of lines) {
    const frame = frameOf(line)
    if (frame === undefined) continue
    if (frame.exact) exact.add(frame.head)
    else if (frame.head === '' && frame.tail === '') return () => true
    else framed.push(frame)
  }
  return (name) => {
    if (exact.has(name)) return true
    for (const { head, tail } of framed) if (name.startsWith(head) && name.endsWith(tail)) return true
    return false
  }
}

interface Frame {
  readonly head: string
  readonly tail: string
  readonly exact: boolean
}

const ANYTHING: Frame = { head: '', tail: '', exact: false }

/** Undefined for comments and blank lines. */
function frameOf(line: string): Frame | undefined {
  if (line === '' || line.startsWith('#')) return undefined
  if (/[[\]\\]|\s$|^\uFEFF/.test(line)) return ANYTHING
  const body = line.replace(/^!/, '').replace(/\/$/, '')
  const segment = body.slice(body.lastIndexOf('/') + 1)
  if (segment === '') return ANYTHING
  const first = segment.search(/[*?]/)
  if (first < 0) return { head: segment, tail: '', exact: true }
  const last = Math.max(segment.lastIndexOf('*'), segment.lastIndexOf('?'))
  return { head: segment.slice(0, first), tail: segment.slice(last + 1), exact: false }
}
