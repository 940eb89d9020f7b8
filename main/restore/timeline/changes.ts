import type { MomentView, MomentsView } from '../../../common/protocol.ts'
import { isFollowed, toldBeginning } from '../at-moment.ts'
import type { PartOfTime } from '../folder-past.ts'
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

const KINDS = ['added', 'replaced', 'deleted', 'changed'] as const
/** What a change was. */
export type ChangeKind = (typeof KINDS)[number]
type Moment = { -readonly [Member in keyof MomentView]: MomentView[Member] }

/** When files came to be, were replaced and were deleted, as far as the target tells. */
export function changesOf(timeline: Timeline): Changes {
  return gathered(eventsOf(timeline))
}

/** One change in one number: these sort by time, then by kind. */
export function packedChange(atMs: number, kind: ChangeKind): number {
  return Math.floor(atMs) * KINDS.length + KINDS.indexOf(kind)
}

/** Of packed changes, ascending. */
export function gathered(events: Float64Array): Changes {
  const changes: { moments: Moment[]; seconds: number[]; counts: number[] } = { moments: [], seconds: [], counts: [] }
  for (const packed of events) {
    const atMs = Math.floor(packed / KINDS.length)
    const kind = KINDS[packed - atMs * KINDS.length]!
    const second = Math.floor(atMs / 1000)
    if (changes.seconds.at(-1) === second) changes.counts[changes.counts.length - 1]!++
    else {
      changes.seconds.push(second)
      changes.counts.push(1)
    }
    const moment = momentAt(changes.moments, atMs)
    moment[kind] = (moment[kind] ?? 0) + 1
  }
  return changes
}

/** Each as its milliseconds and its kind in one number, ascending: a million of them are sorted in a tenth of a second. */
function eventsOf({ paths, first, begunMs, kept }: Timeline): Float64Array {
  const events = new Float64Array(3 * kept.length)
  let count = 0
  const note = (atMs: number, kind: ChangeKind): void => {
    events[count++] = packedChange(atMs, kind)
  }
  for (let at = 0; at < paths.length; at++) {
    for (let version = first[at]!; version < first[at + 1]!; version++) {
      const before = version === first[at] ? undefined : kept[version - 1]
      const own = kept[version]
      if (isFollowed(before)) {
        note(before.keptAtMs, 'replaced')
        const toldMs = own === undefined ? undefined : toldBeginning(own, before)
        // What was in between is not kept any more.
        if (toldMs !== undefined && toldMs > before.keptAtMs) note(toldMs, 'replaced')
      } else if (!Number.isNaN(begunMs[version]!)) note(begunMs[version]!, 'added')
      if (own?.why === 'deleted') note(own.keptAtMs, 'deleted')
    }
  }
  return events.subarray(0, count).sort()
}

/** The moment that a change belongs to: the last one, unless it is too long ago. */
function momentAt(moments: Moment[], atMs: number): Moment {
  const last = moments.at(-1)
  if (last !== undefined && atMs - last.toMs <= TOGETHER_MS && atMs - last.fromMs <= LONGEST_MS) {
    last.toMs = atMs
    return last
  }
  const moment = { fromMs: atMs, toMs: atMs, added: 0, replaced: 0, deleted: 0 }
  moments.push(moment)
  return moment
}

/** The changes of one part of the time. */
export function momentsBetween(changes: Changes, part: PartOfTime): MomentsView {
  const { fromMs, toMs, limit } = part
  const within = changes.moments.filter((moment) => moment.toMs >= fromMs && moment.fromMs <= toMs)
  return {
    bars: barsOf(changes, part),
    moments: within.slice(-limit).toReversed(),
    more: within.length > limit,
    ...(changes.moments[0] === undefined ? {} : { firstMs: changes.moments[0].fromMs }),
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
