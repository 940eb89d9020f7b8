import { DAY_NAMES, formatMinute, parseTimetableLine, type TimetableEffect } from '../../../common/timetable.ts'
import { asBytes } from './setting-text.ts'

/** A line of the timetable as it is edited; may be half written. */
export interface TimetableRow {
  readonly id: number
  /** 0: Monday. */
  readonly days: readonly number[]
  /** `HH:MM`, as inputs of times have it: midnight at the end is `00:00`. */
  readonly from: string
  readonly to: string
  readonly effect: TimetableEffect['kind']
  readonly limit: string
  readonly name: string
}

/** Work hours, as a beginning. */
export function newRow(id: number): TimetableRow {
  return { id, days: [0, 1, 2, 3, 4], from: '09:00', to: '18:00', effect: 'limit', limit: '2MiB', name: '' }
}

/** A stored line as a row. Throws for one that is not a line, which the service never stores. */
export function rowOf(line: string, id: number): TimetableRow {
  const { days, fromMinute, toMinute, effect, name } = parseTimetableLine(line)
  return {
    id,
    days,
    from: formatMinute(fromMinute),
    to: formatMinute(toMinute % 1440),
    effect: effect.kind,
    limit: effect.kind === 'limit' ? asBytes(effect.bytesPerSecond) : '',
    name,
  }
}

/** The line the service takes; it says what is wrong with a limit. */
export function lineOf({ days, from, to, effect, limit, name }: TimetableRow): string {
  const dayNames = days
    .toSorted((a, b) => a - b)
    .map((day) => DAY_NAMES[day])
    .join(',')
  const end = to === '00:00' ? '24:00' : to
  return `${dayNames} ${from}-${end} ${effect === 'limit' ? limit.trim() : effect} ${name.trim()}`.trimEnd()
}

/** What keeps a row from being a line: 'day' or 'limit'; undefined where nothing does. */
export function missingIn({ days, effect, limit }: TimetableRow): 'day' | 'limit' | undefined {
  if (days.length === 0) return 'day'
  return effect === 'limit' && limit.trim() === '' ? 'limit' : undefined
}
