import type { Run } from './upload-plan.ts'

/** An unchanged stretch long enough to be copied, or what is copied of it. Bytes of the new content, end exclusive. */
export interface Stretch {
  readonly start: number
  readonly end: number
  /** Where `start` lies in the old content. */
  readonly oldStart: number
  /** Less than this cannot be copied of it. */
  readonly minBytes: number
}

/** What {@link chooseCopies} and {@link trimCopies} have to know of the store and the way. */
export interface GapRules {
  readonly sizeBytes: number
  /** Every part but the last is at least this long. */
  readonly minPartBytes: number
  /** New content between two copies may be shorter than a part: it travels as a tail segment. */
  readonly segments: boolean
}

/** Alternatives followed at once; see {@link chooseCopies}. */
const MAX_ALTERNATIVES = 64

/** Neighbours that continue each other in both contents are one run. Runs without bytes are left out. */
export function joinRuns(runs: readonly Run[]): readonly Run[] {
  const joined: Run[] = []
  for (const run of runs) {
    if (run.length === 0) continue
    const last = joined.at(-1)
    const continues =
      last !== undefined &&
      (last.oldStart === undefined ? run.oldStart === undefined : run.oldStart === last.oldStart + last.length)
    if (continues) joined[joined.length - 1] = { ...last, length: last.length + run.length }
    else joined.push(run)
  }
  return joined
}

/** The unchanged runs that can be a part: at least `minPartBytes` long, or at the very end, where a part may be short. */
export function copyableStretches(runs: readonly Run[], { sizeBytes, minPartBytes }: GapRules): readonly Stretch[] {
  return runs.flatMap(({ start, length, oldStart }) => {
    if (oldStart === undefined) return []
    const end = start + length
    const minBytes = end === sizeBytes ? 1 : minPartBytes
    return length < minBytes ? [] : [{ start, end, oldStart, minBytes }]
  })
}

/** A way to have come as far as one stretch, which is copied. */
interface Alternative {
  /** Bytes copied up to the end of the stretch. */
  readonly copied: number
  /** Bytes at the head of the stretch that are sent, to fill up the part before it. */
  readonly headPadding: number
  readonly stretch: Stretch
  readonly before: Alternative | undefined
}

/**
 * The stretches to copy so that the fewest bytes are sent. Everything else is sent, and where new
 * content between two copies is shorter than a part, it is padded with unchanged bytes of both.
 *
 * A dynamic programme from left to right. The padding a gap needs, `minPartBytes` less the gap, is
 * the same however it is shared by its two sides; taking it from the left side first leaves the most
 * room on the right, so of one choice of stretches only that sharing has to be looked at. A gap that
 * holds a stretch that could have been copied is no shorter than a part. So a stretch is reached
 * from the one just before it (with padding), or from the best of the earlier ones (without), and
 * ways to reach it compare by two figures: bytes copied, and padding taken from its head. Only ways
 * that no other beats in both are kept, and of these at most {@link MAX_ALTERNATIVES}: more than a
 * few arise only where many stretches in a row are barely longer than a part, and the one with the
 * least padding, which can always go on, is among those kept. Time is linear in the stretches.
 */
export function chooseCopies(stretches: readonly Stretch[], rules: GapRules): readonly Stretch[] {
  let reached: readonly Alternative[] = []
  let bestEarlier: Alternative | undefined
  let best: Alternative | undefined
  for (const stretch of stretches) {
    const ways: Alternative[] = []
    const go = (before: Alternative | undefined, headPadding: number, tailPadding: number): void => {
      const length = stretch.end - stretch.start
      if (headPadding > length - stretch.minBytes) return
      const copied = (before?.copied ?? 0) - tailPadding + length - headPadding
      ways.push({ copied, headPadding, stretch, before })
    }
    go(undefined, paddingBetween(undefined, stretch, rules), 0)
    if (bestEarlier !== undefined) go(bestEarlier, 0, 0)
    for (const before of reached) {
      const padding = paddingBetween(before.stretch, stretch, rules)
      const tail = Math.min(padding, roomOf(before.stretch) - before.headPadding)
      go(before, padding - tail, tail)
    }
    bestEarlier = better(bestEarlier, reached[0])
    reached = unbeaten(ways)
    best = better(best, reached[0])
  }
  return chain(best)
}

/**
 * What is copied of the chosen stretches once short gaps are padded, in order. They come from
 * {@link chooseCopies}, or are some of what it chose: leaving one out only widens a gap.
 */
export function trimCopies(chosen: readonly Stretch[], rules: GapRules): readonly Stretch[] {
  const trimmed: Stretch[] = []
  for (const stretch of chosen) {
    const index = trimmed.length
    const left = chosen[index - 1]
    let headPadding = paddingBetween(left, stretch, rules)
    if (left !== undefined && headPadding > 0) {
      const copied = trimmed[index - 1]!
      const tail = Math.min(headPadding, copied.end - copied.start - copied.minBytes)
      trimmed[index - 1] = { ...copied, end: copied.end - tail }
      headPadding -= tail
    }
    trimmed.push({ ...stretch, start: stretch.start + headPadding, oldStart: stretch.oldStart + headPadding })
  }
  return trimmed
}

/** Unchanged bytes to be sent with what lies between two copies, or before the first. */
function paddingBetween(left: Stretch | undefined, right: Stretch, { minPartBytes, segments }: GapRules): number {
  const gap = right.start - (left?.end ?? 0)
  // Nothing precedes the first gap that a tail segment could begin with.
  if (gap === 0 || gap >= minPartBytes || (segments && left !== undefined)) return 0
  return minPartBytes - gap
}

function roomOf({ start, end, minBytes }: Stretch): number {
  return end - start - minBytes
}

function better(a: Alternative | undefined, b: Alternative | undefined): Alternative | undefined {
  return a === undefined || (b !== undefined && b.copied > a.copied) ? b : a
}

/** Most copied first; each further one copies less but pads less. */
function unbeaten(ways: readonly Alternative[]): readonly Alternative[] {
  if (ways.length < 2) return ways
  const kept: Alternative[] = []
  for (const way of ways.toSorted((a, b) => b.copied - a.copied || a.headPadding - b.headPadding)) {
    const last = kept.at(-1)
    if (last === undefined || way.headPadding < last.headPadding) kept.push(way)
  }
  return kept.length <= MAX_ALTERNATIVES ? kept : [...kept.slice(0, MAX_ALTERNATIVES - 1), kept.at(-1)!]
}

function chain(last: Alternative | undefined): readonly Stretch[] {
  const stretches: Stretch[] = []
  for (let way = last; way !== undefined; way = way.before) stretches.push(way.stretch)
  return stretches.reverse()
}
