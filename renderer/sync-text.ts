import type { StatusView } from '../common/protocol.ts'
import { formatMoment } from './format.ts'
import { strings } from './strings.ts'

/** What a person is told who asked for a pass: that it began, and that a pause goes on afterwards, until when. */
export function syncStartedText(pausedUntil: StatusView['pausedUntil'], nowMs: number): string {
  const text = strings.popup
  if (pausedUntil === 0) return text.syncing
  if (pausedUntil === 'forever') return text.syncedWhilePaused
  return text.syncedWhilePausedUntil({ moment: formatMoment(pausedUntil, nowMs) })
}
