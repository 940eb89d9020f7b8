import type { ReasonView, TransferView } from '../../common/protocol.ts'
import { statusTexts } from './status-texts.ts'

/** Files below this size take a request's time, whatever the line can carry, bytes. */
const SMALL_BYTES = 256 * 1024
const texts = statusTexts.slower

/**
 * Why less moves than a moment ago, told when the end has moved more than twice as far away. Where another reason stands beside
 * it, that one is why; else what is under way tells. Nothing while nothing is under way: then there is nothing to wait for.
 */
export function slowerReason(
  transfers: readonly TransferView[],
  others: readonly Pick<ReasonView, 'lift'>[],
): readonly ReasonView[] {
  const withContent = transfers.filter(({ bytesTotal }) => bytesTotal > 0)
  if (withContent.length === 0) return []
  const isExplained = others.some(({ lift }) => lift !== 'lifted')
  return [{ kind: 'slower', text: isExplained ? texts.dropped : causeOf(withContent) }]
}

function causeOf(transfers: readonly TransferView[]): string {
  if (transfers.every(({ bytesDone, bytesTotal }) => bytesDone >= bytesTotal)) return texts.checking
  if (transfers.every(({ bytesTotal }) => bytesTotal < SMALL_BYTES)) return texts.smallFiles
  return texts.line
}
