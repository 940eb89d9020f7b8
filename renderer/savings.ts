import type { ActivityView } from '../common/protocol.ts'
import { formatFineShare } from './format.ts'
import { strings } from './strings.ts'

/** The part of a file that did not have to be sent again, 0 to 1; 0 where it is not worth a word. */
export function savedShare({ bytesReused, bytesSent }: Pick<ActivityView, 'bytesReused' | 'bytesSent'>): number {
  const whole = bytesReused + bytesSent
  const share = whole > 0 ? bytesReused / whole : 0
  return share >= 0.01 ? share : 0
}

/** What a file that went as differences took: `Sent 3.2 MiB of 1 GiB (99.6% reused)`. Undefined for every other row. */
export function differenceText(row: Pick<ActivityView, 'method' | 'bytesReused' | 'bytesSent'>): string | undefined {
  if (row.method !== 'delta' && row.method !== 'segments') return undefined
  const whole = row.bytesSent + row.bytesReused
  return strings.activity.sentOf({ sent: row.bytesSent, whole, share: formatFineShare(savedShare(row)) })
}
