import type { AttentionView, NoticeGrade } from '../../common/protocol.ts'
import type { Settings } from '../../common/settings.ts'
import { activeRule, parseQuietLine } from '../../common/timetable.ts'

/** The settings that say who is told of what, and when. */
export type NoticeSettings = Pick<
  Settings,
  'notifyAttention' | 'notifyWarnings' | 'notifyInfo' | 'quietHours' | 'quietExceptCritical'
>

/** What a matter is graded by. */
export interface Graded {
  readonly grade: NoticeGrade
  /** Damage is suspected, or a backup is overdue: waiting until the morning could cost something. */
  readonly isCritical: boolean
  /** The first whole backup of a folder. */
  readonly isFirstBackup: boolean
}

type Kind = AttentionView['kind']

/** What may mend itself; all else needs a person. */
const WARNINGS: ReadonlySet<Kind> = new Set(['target-unreachable', 'coverage'])
const CRITICAL: ReadonlySet<Kind> = new Set(['held', 'unproven', 'overdue'])

/** How a matter of the status is graded. */
export function gradeOf(kind: Kind): Graded {
  return {
    grade: WARNINGS.has(kind) ? 'warning' : 'attention',
    isCritical: CRITICAL.has(kind),
    isFirstBackup: false,
  }
}

/** Whether anything of this grade is told of at all. */
export function isWanted({ grade, isFirstBackup }: Graded, settings: NoticeSettings): boolean {
  if (grade === 'attention') return settings.notifyAttention
  if (grade === 'warning') return settings.notifyWarnings
  return settings.notifyInfo === 'all' || (settings.notifyInfo === 'first-backup' && isFirstBackup)
}

/** Whether it has to wait until the quiet hours end. `nowMs` is host-clock time: the hours are by the clock on the wall. */
export function isQuiet({ isCritical }: Graded, settings: NoticeSettings, nowMs: number): boolean {
  if (isCritical && settings.quietExceptCritical) return false
  return activeRule(settings.quietHours.map(parseQuietLine), nowMs) !== undefined
}
