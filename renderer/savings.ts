import type { ActivityView } from '../common/protocol.ts'

/** The part of a file that did not have to be sent again, 0 to 1; 0 where it is not worth a word. */
export function savedShare({ bytesReused, bytesSent }: Pick<ActivityView, 'bytesReused' | 'bytesSent'>): number {
  const whole = bytesReused + bytesSent
  const share = whole > 0 ? bytesReused / whole : 0
  return share >= 0.01 ? share : 0
}
