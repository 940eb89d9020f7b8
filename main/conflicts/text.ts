import { diff3Merge, diffIndices } from 'node-diff3'
import { stretchesOf, type Stretch } from './stretches.ts'
import type { DiffHunk, DiffLine, TextEvidence } from '../../common/protocol/conflicts.ts'

/** Larger content is not compared as text. */
export const MAX_TEXT_BYTES = 1024 * 1024
/** Lines of one comparison that are shown. */
const MAX_SHOWN_LINES = 600
const MAX_LINE_CHARS = 400
const CONTEXT_LINES = 3
/** So many pairs of equal lines, and so many steps along them, take about a tenth of a second each. */
const MAX_PAIRS = 100_000
const MAX_STEPS = 50_000_000

/** UTF-8 without NUL, or undefined. A mark of byte order counts as content. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}

/** How two texts differ, bounded; undefined where they are too alike in too many places to be compared in short time. */
export function compareTexts(local: string, remote: string): TextEvidence | undefined {
  const [a, b] = [linesOf(local), linesOf(remote)]
  const stretches = stretchesOf([a, b])
  if (!isQuick(stretches, [a, b])) return undefined
  const changes = stretches.flatMap(({ ranges }) => {
    const [inA, inB] = [ranges[0]!, ranges[1]!]
    return diffIndices(a.slice(inA.start, inA.end), b.slice(inB.start, inB.end)).map(({ buffer1, buffer2 }) => ({
      local: { start: buffer1[0] + inA.start, count: buffer1[1] },
      remote: { start: buffer2[0] + inB.start, count: buffer2[1] },
    }))
  })
  const onlyLocal = changes.reduce((sum, change) => sum + change.local.count, 0)
  const onlyRemote = changes.reduce((sum, change) => sum + change.remote.count, 0)
  return { kind: 'text', onlyLocal, onlyRemote, ...hunksOf(changes, a, b) }
}

/**
 * The text with the changes of both, or why there is none: `overlap` where both changed the same lines in different ways,
 * `costly` where that cannot be found out in short time.
 */
export function mergeTexts(
  local: string,
  base: string,
  remote: string,
): { readonly text: string } | { readonly why: 'overlap' | 'costly' } {
  const [a, o, b] = [linesOf(local), linesOf(base), linesOf(remote)]
  const stretches = stretchesOf([a, o, b])
  if (!isQuick(stretches, [a, o, b])) return { why: 'costly' }
  const merged: string[] = []
  for (const { ranges } of stretches) {
    const [inA, inO, inB] = [ranges[0]!, ranges[1]!, ranges[2]!]
    const [ofA, ofO, ofB] = [a.slice(inA.start, inA.end), o.slice(inO.start, inO.end), b.slice(inB.start, inB.end)]
    for (const region of diff3Merge(ofA, ofO, ofB, { excludeFalseConflicts: true })) {
      if (region.ok === undefined) return { why: 'overlap' }
      for (const line of region.ok) merged.push(line)
    }
    if (inA.end < a.length) merged.push(a[inA.end]!)
  }
  return { text: merged.join('') }
}

interface Change {
  readonly local: { readonly start: number; readonly count: number }
  readonly remote: { readonly start: number; readonly count: number }
}

/** Changes with the lines around them; neighbours that would share such lines are one. */
function hunksOf(
  changes: readonly Change[],
  local: readonly string[],
  remote: readonly string[],
): Pick<TextEvidence, 'hunks' | 'isCut'> {
  const hunks: DiffHunk[] = []
  let room = MAX_SHOWN_LINES
  for (const group of groupsOf(changes)) {
    const from = group[0]!
    const before = Math.min(CONTEXT_LINES, from.local.start)
    const lines: DiffLine[] = []
    let at = from.local.start - before
    const both = (end: number): void => {
      for (; at < Math.min(end, local.length); at++) lines.push(shown('both', local[at]!))
    }
    for (const change of group) {
      both(change.local.start)
      for (const line of taken(local, change.local)) lines.push(shown('local', line))
      for (const line of taken(remote, change.remote)) lines.push(shown('remote', line))
      at = change.local.start + change.local.count
    }
    both(at + CONTEXT_LINES)
    const localLine = from.local.start - before + 1
    const remoteLine = from.remote.start - before + 1
    hunks.push({ localLine, remoteLine, lines: lines.slice(0, room) })
    room -= lines.length
    if (room <= 0) return { hunks, isCut: room < 0 || hunks.length < groupsOf(changes).length }
  }
  return { hunks, isCut: false }
}

function taken(lines: readonly string[], { start, count }: Change['local']): readonly string[] {
  return lines.slice(start, start + Math.min(count, MAX_SHOWN_LINES + 1))
}

function groupsOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const groups: Change[][] = []
  let end = Number.NEGATIVE_INFINITY
  for (const change of changes) {
    if (change.local.start - end <= 2 * CONTEXT_LINES) groups.at(-1)!.push(change)
    else groups.push([change])
    end = change.local.start + change.local.count
  }
  return groups
}

function shown(at: DiffLine['at'], line: string): DiffLine {
  const text = line.replace(/\r?\n$/, '')
  return { at, text: text.length > MAX_LINE_CHARS ? `${text.slice(0, MAX_LINE_CHARS).toWellFormed()}…` : text }
}

/** Each with its end; joined, they are the text. */
function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(/(?<=\n)/)
}

/** Whether comparing each text with the next takes little time: it is the square of each stretch that counts. */
function isQuick(stretches: readonly Stretch[], texts: readonly (readonly string[])[]): boolean {
  let [pairs, steps] = [0, 0]
  for (const { ranges } of stretches) {
    for (let text = 1; text < texts.length; text++) {
      const [one, other] = [lengthOf(ranges[text - 1]!), lengthOf(ranges[text]!)]
      if (one === 0 || other === 0) continue
      pairs += pairsOf(texts[text - 1]!, texts[text]!, [ranges[text - 1]!, ranges[text]!])
      steps += one * Math.min(one, other)
    }
  }
  return pairs <= MAX_PAIRS && steps <= MAX_STEPS
}

type Range = Stretch['ranges'][number]

function lengthOf({ start, end }: Range): number {
  return end - start
}

function pairsOf(a: readonly string[], b: readonly string[], [inA, inB]: readonly [Range, Range]): number {
  const times = new Map<string, number>()
  for (let at = inA.start; at < inA.end; at++) times.set(a[at]!, (times.get(a[at]!) ?? 0) + 1)
  let pairs = 0
  for (let at = inB.start; at < inB.end; at++) pairs += times.get(b[at]!) ?? 0
  return pairs
}
