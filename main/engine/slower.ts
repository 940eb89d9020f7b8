import type { ReasonView, TransferView } from '../../common/protocol.ts'
import type { Verdict } from '../speed/verdict.ts'
import { statusTexts } from './status-texts.ts'

/** Files below this size take a request's time, whatever the line can carry, bytes. */
const SMALL_BYTES = 256 * 1024
/** With this share of a limit or more, the end is at most twice as far away as the limit alone makes it. */
const LIMITED_SHARE = 0.5
/** What fetches content; all else counts with what is sent. */
const FETCHING: ReadonlySet<TransferView['kind']> = new Set(['download', 'keep-both'])
const texts = statusTexts.slower

/** How much moves, and how much may; bytes a second, 0: no limit. */
export interface Pace extends Pick<Verdict, 'uploadLimit' | 'downloadLimit'> {
  readonly bytesPerSecond: number
}

/**
 * Why less moves than a moment ago, told when the end has moved more than twice as far away. Nothing where a limit lets no more
 * through, which is told as such: what moved before it applied is no measure. Where another reason stands beside it, that one
 * is why; else what is under way tells. Nothing while nothing is under way, either: then there is nothing to wait for.
 */
export function slowerReason(
  transfers: readonly TransferView[],
  others: readonly Pick<ReasonView, 'kind' | 'stops' | 'lift'>[],
  pace: Pace,
): readonly ReasonView[] {
  const withContent = transfers.filter(({ bytesTotal }) => bytesTotal > 0)
  if (withContent.length === 0 || isAtLimit(withContent, pace)) return []
  const isExplained = others.some((other) => other.lift !== 'lifted' && !isLimit(other))
  return [{ kind: 'slower', text: isExplained ? texts.dropped : causeOf(withContent) }]
}

/** Everything under way is limited, and as much moves as the smaller limit is about. */
function isAtLimit(transfers: readonly TransferView[], { bytesPerSecond, uploadLimit, downloadLimit }: Pace): boolean {
  const limits = transfers.map(({ kind }) => (FETCHING.has(kind) ? downloadLimit : uploadLimit))
  return !limits.includes(0) && bytesPerSecond >= LIMITED_SHARE * Math.min(...limits)
}

/** Of a timetable, a line that pauses is none. */
function isLimit({ kind, stops }: Pick<ReasonView, 'kind' | 'stops'>): boolean {
  return kind === 'limit' || (kind === 'timetable' && stops !== true)
}

function causeOf(transfers: readonly TransferView[]): string {
  if (transfers.every(({ bytesDone, bytesTotal }) => bytesDone >= bytesTotal)) return texts.checking
  if (transfers.every(({ bytesTotal }) => bytesTotal < SMALL_BYTES)) return texts.smallFiles
  return texts.line
}
