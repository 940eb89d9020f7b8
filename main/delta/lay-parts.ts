import type { AssemblyLimits, AssemblyPart } from '../providers/provider.ts'
import { chooseCopies, copyableStretches, joinRuns, trimCopies, type GapRules, type Stretch } from './choose-copies.ts'
import type { Run } from './upload-plan.ts'

/** Literal parts are no longer than this while the number of parts allows: memory and what a retry sends again stay small. */
export const LITERAL_PART_BYTES = 10 * 1024 ** 2
/** The same for copied parts: a store is silent while it copies, and several copies run at once. */
const COPY_PART_BYTES = 1024 ** 3

/** What {@link layParts} is asked. */
export interface LayOptions {
  readonly sizeBytes: number
  readonly limits: AssemblyLimits
  /** Short new content travels as tail segments. */
  readonly segments: boolean
}

/**
 * Parts that make the new content and send the fewest bytes the limits allow; where that takes more
 * parts than the store has, literal parts grow first, then the shortest copies are sent instead.
 * Undefined where the content cannot be cut within the limits at all.
 */
export function layParts(
  runs: readonly Run[],
  { sizeBytes, limits, segments }: LayOptions,
): readonly AssemblyPart[] | undefined {
  const minPartBytes = Math.max(1, limits.minPartBytes)
  // Then any length from one minimum on can be cut evenly into legal pieces, and a tail segment, which
  // is a copy of under two and new content of under one, can be copied in one go.
  if (limits.maxPartBytes < 2 * minPartBytes || limits.maxCopyBytes < 3 * minPartBytes) return undefined
  const rules: GapRules = { sizeBytes, minPartBytes, segments }
  const chosen = chooseCopies(copyableStretches(joinRuns(runs), rules), rules)
  const lay = (stretches: readonly Stretch[], sizes: PieceSizes): readonly AssemblyPart[] =>
    cut(trimCopies(stretches, rules), rules, sizes)
  const fits = (parts: readonly AssemblyPart[]): boolean => parts.length <= limits.maxParts

  const largest = pieceSizes(limits, Infinity)
  if (!fits(lay(chosen, largest))) {
    const kept = fewestDropped(chosen, limits.maxParts, (some) => fits(lay(some, largest)))
    return kept === undefined ? undefined : lay(kept, largest)
  }
  let factor = 1
  while (!fits(lay(chosen, pieceSizes(limits, factor)))) factor *= 2
  return lay(chosen, pieceSizes(limits, factor))
}

/** No longer than these are the pieces that literals and copies are cut into. */
interface PieceSizes {
  readonly copyBytes: number
  readonly literalBytes: number
}

function pieceSizes({ minPartBytes, maxPartBytes, maxCopyBytes }: AssemblyLimits, factor: number): PieceSizes {
  // Halves of a literal piece are legal parts; a tail segment, of under three minimums, is copied in one go.
  return {
    literalBytes: Math.min(maxPartBytes, Math.max(LITERAL_PART_BYTES * factor, 2 * minPartBytes)),
    copyBytes: Math.min(maxCopyBytes, Math.max(COPY_PART_BYTES * factor, 3 * minPartBytes)),
  }
}

/** The stretches left when the shortest are dropped, as few as make it fit; undefined where none make it. */
function fewestDropped(
  chosen: readonly Stretch[],
  maxParts: number,
  fits: (kept: readonly Stretch[]) => boolean,
): readonly Stretch[] | undefined {
  const shortestFirst = chosen.toSorted((a, b) => a.end - a.start - (b.end - b.start))
  const without = (count: number): readonly Stretch[] => shortestFirst.slice(count).sort((a, b) => a.start - b.start)
  if (!fits([])) return undefined
  // Each copy takes a part at least.
  let tooFew = Math.max(0, chosen.length - maxParts - 1)
  let enough = chosen.length
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2)
    if (fits(without(middle))) enough = middle
    else tooFew = middle
  }
  return without(enough)
}

/** Turns copies, and what lies between them, into parts. */
function cut(copies: readonly Stretch[], rules: GapRules, sizes: PieceSizes): readonly AssemblyPart[] {
  const parts: AssemblyPart[] = []
  for (const [index, copy] of copies.entries()) {
    const left = copies[index - 1]
    addLiterals(parts, { start: left?.end ?? 0, end: copy.start }, sizes.literalBytes)
    const gap = (copies[index + 1]?.start ?? copy.end) - copy.end
    if (gap === 0 || gap >= rules.minPartBytes) {
      addCopies(parts, copy, sizes.copyBytes)
      continue
    }
    // The shortest run a part may have; all of the copy where what is left could not be a part.
    const isLong = copy.end - copy.start >= 2 * rules.minPartBytes
    const segmentStart = isLong ? copy.end - rules.minPartBytes : copy.start
    addCopies(parts, { ...copy, end: segmentStart }, sizes.copyBytes)
    parts.push({
      kind: 'segment',
      range: { start: segmentStart, end: copy.end + gap },
      fromStart: copy.oldStart + (segmentStart - copy.start),
      literalStart: copy.end,
    })
  }
  addLiterals(parts, { start: copies.at(-1)?.end ?? 0, end: rules.sizeBytes }, sizes.literalBytes)
  return parts
}

function addCopies(parts: AssemblyPart[], copy: Stretch, maxBytes: number): void {
  for (const range of pieces(copy.start, copy.end, maxBytes))
    parts.push({ kind: 'copy', range, fromStart: copy.oldStart + (range.start - copy.start) })
}

/** What a tail segment took with it is not sent again. */
function addLiterals(parts: AssemblyPart[], { start, end }: { start: number; end: number }, maxBytes: number): void {
  const from = Math.max(start, parts.at(-1)?.range.end ?? 0)
  for (const range of pieces(from, end, maxBytes)) parts.push({ kind: 'literal', range })
}

/** Even pieces: none is shorter than half of `maxBytes` unless the whole is. */
function pieces(start: number, end: number, maxBytes: number): readonly { start: number; end: number }[] {
  const length = end - start
  if (length <= 0) return []
  const count = Math.max(1, Math.ceil(length / maxBytes))
  const shortBytes = Math.floor(length / count)
  const longer = length - shortBytes * count
  const startOf = (index: number): number => start + index * shortBytes + Math.min(index, longer)
  return Array.from({ length: count }, (_, index) => ({ start: startOf(index), end: startOf(index + 1) }))
}
