import type { MomentView, MomentsView } from '../../../common/protocol.ts'
import { isFollowed } from '../at-moment.ts'
import type { Timeline } from './timeline.ts'

/** Changes of one folder over time. */
export interface Changes {
  /** Of changes that came together, oldest first. */
  readonly moments: readonly MomentView[]
  /** Of each second in which something changed: its number since the epoch, ascending, and how many files. */
  readonly seconds: readonly number[]
  readonly counts: readonly number[]
}

/** Changes this close come together: one pass writes them. */
const TOGETHER_MS = 20_000
/** Where changes never stop, moments end. */
const LONGEST_MS = 600_000

type Kind = 'added' | 'replaced' | 'deleted'
type Second = { fromMs: number; toMs: number } & Record<Kind, number>

/** When files came to be, were replaced and were deleted, as far as the target tells. */
export function changesOf(timeline: Timeline): Changes {
  const bySecond = new Map<number, Second>()
  const note = (atMs: number, kind: Kind): void => {
    const key = Math.floor(atMs / 1000)
    const second = bySecond.get(key) ?? { fromMs: atMs, toMs: atMs, added: 0, replaced: 0, deleted: 0 }
    bySecond.set(key, second)
    second.fromMs = Math.min(second.fromMs, atMs)
    second.toMs = Math.max(second.toMs, atMs)
    second[kind]++
  }
  const { paths, first, begunMs, kept } = timeline
  for (let at = 0; at < paths.length; at++) {
    for (let version = first[at]!; version < first[at + 1]!; version++) {
      const before = version === first[at] ? undefined : kept[version - 1]
      if (isFollowed(before)) note(before.keptAtMs, 'replaced')
      else if (!Number.isNaN(begunMs[version]!)) note(begunMs[version]!, 'added')
      const own = kept[version]
      if (own?.why === 'deleted') note(own.keptAtMs, 'deleted')
    }
  }
  const sorted = [...bySecond].sort(([a], [b]) => a - b)
  return {
    moments: together(sorted.map(([, second]) => second)),
    seconds: sorted.map(([key]) => key),
    counts: sorted.map(([, { added, replaced, deleted }]) => added + replaced + deleted),
  }
}

function together(seconds: readonly Second[]): readonly MomentView[] {
  const moments: Second[] = []
  for (const second of seconds) {
    const last = moments.at(-1)
    const isSame =
      last !== undefined && second.fromMs - last.toMs <= TOGETHER_MS && second.toMs - last.fromMs <= LONGEST_MS
    if (!isSame) {
      moments.push({ ...second })
      continue
    }
    last.toMs = second.toMs
    last.added += second.added
    last.replaced += second.replaced
    last.deleted += second.deleted
  }
  return moments
}

/** The changes of one part of the time. */
export function momentsBetween(
  changes: Changes,
  part: { readonly fromMs: number; readonly toMs: number; readonly bars: number; readonly limit: number },
): MomentsView {
  const { fromMs, toMs, limit } = part
  const within = changes.moments.filter((moment) => moment.toMs >= fromMs && moment.fromMs <= toMs)
  return {
    bars: barsOf(changes, part),
    moments: within.slice(-limit).toReversed(),
    more: within.length > limit,
  }
}

function barsOf(
  { seconds, counts }: Changes,
  { fromMs, toMs, bars }: { readonly fromMs: number; readonly toMs: number; readonly bars: number },
): readonly number[] {
  const heights = Array.from({ length: bars }, () => 0)
  const widthMs = Math.max(1, toMs - fromMs) / bars
  for (const [index, second] of seconds.entries()) {
    // A second that an end of the time lies in belongs to it.
    if (second * 1000 + 999 < fromMs || second * 1000 > toMs) continue
    const bar = Math.floor((second * 1000 + 500 - fromMs) / widthMs)
    heights[Math.min(bars - 1, Math.max(0, bar))]! += counts[index]!
  }
  return heights
}
