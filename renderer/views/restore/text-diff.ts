import { diffIndices } from 'node-diff3'

/** A stretch of lines of a comparison. */
export interface DiffPart {
  readonly kind: 'same' | 'added' | 'removed'
  readonly lines: readonly string[]
  /** Of unchanged lines that are left out: how many. */
  readonly hidden: number
}

/** Two texts, compared line by line. */
export interface TextDiff {
  readonly parts: readonly DiffPart[]
  readonly added: number
  readonly removed: number
}

/** Unchanged lines that are shown around a change. */
const CONTEXT = 3
/** Pairs of lines that differ or repeat beyond this would hold the window up. */
const MAX_PAIRS = 4_000_000
const MAX_SHOWN_LINES = 4000

/** What differs, with a few lines around; undefined for texts that are too long and too different. */
export function textDiff(older: string, newer: string): TextDiff | undefined {
  const [before, after] = [linesOf(older), linesOf(newer)]
  const start = commonStart(before, after)
  const end = commonEnd(before, after, start)
  const [left, right] = [before.slice(start, before.length - end), after.slice(start, after.length - end)]
  if (pairs(left, right) > MAX_PAIRS) return undefined
  const parts: DiffPart[] = [same(before.slice(0, start))]
  let at = 0
  for (const { buffer1, buffer1Content, buffer2Content } of diffIndices(left, right)) {
    parts.push(same(left.slice(at, buffer1[0])))
    parts.push({ kind: 'removed', lines: buffer1Content, hidden: 0 })
    parts.push({ kind: 'added', lines: buffer2Content, hidden: 0 })
    at = buffer1[0] + buffer1[1]
  }
  parts.push(same([...left.slice(at), ...before.slice(before.length - end)]))
  const [added, removed] = [linesIn(parts, 'added'), linesIn(parts, 'removed')]
  if (added + removed > MAX_SHOWN_LINES) return undefined
  return { parts: shortened(merged(parts)), added, removed }
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)
}

function same(lines: readonly string[]): DiffPart {
  return { kind: 'same', lines, hidden: 0 }
}

function linesIn(parts: readonly DiffPart[], kind: DiffPart['kind']): number {
  return parts.reduce((sum, part) => (part.kind === kind ? sum + part.lines.length : sum), 0)
}

function commonStart(before: readonly string[], after: readonly string[]): number {
  let count = 0
  while (count < before.length && count < after.length && before[count] === after[count]) count++
  return count
}

function commonEnd(before: readonly string[], after: readonly string[], start: number): number {
  let count = 0
  const most = Math.min(before.length, after.length) - start
  while (count < most && before.at(-1 - count) === after.at(-1 - count)) count++
  return count
}

/** How many pairs of equal lines there are: what finding the longest common part takes. */
function pairs(left: readonly string[], right: readonly string[]): number {
  const countByLine = new Map<string, number>()
  for (const line of left) countByLine.set(line, (countByLine.get(line) ?? 0) + 1)
  return right.reduce((sum, line) => sum + (countByLine.get(line) ?? 0), left.length + right.length)
}

/** Neighbours of one kind become one, and empty ones go. */
function merged(parts: readonly DiffPart[]): readonly DiffPart[] {
  const joined: DiffPart[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (part.lines.length === 0) continue
    if (last?.kind === part.kind) joined[joined.length - 1] = { ...last, lines: [...last.lines, ...part.lines] }
    else joined.push(part)
  }
  return joined
}

function shortened(parts: readonly DiffPart[]): readonly DiffPart[] {
  return parts.flatMap((part, index) => {
    if (part.kind !== 'same') return [part]
    const head = index === 0 ? 0 : CONTEXT
    const tail = index === parts.length - 1 ? 0 : CONTEXT
    const hidden = part.lines.length - head - tail
    if (hidden <= 1) return [part]
    return [
      same(part.lines.slice(0, head)),
      { kind: 'same' as const, lines: [], hidden },
      same(tail === 0 ? [] : part.lines.slice(-tail)),
    ].filter(({ lines, hidden: left }) => lines.length + left > 0)
  })
}
