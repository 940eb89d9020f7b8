import {
  DAY_NAMES,
  formatMinute,
  parseQuietLine,
  parseTimetableLine,
  type TimetableEffect,
} from '../../../common/timetable.ts'
import { asBytes } from './setting-text.ts'

/** Quiet hours as they are edited; may be without a day. */
export interface QuietRow {
  readonly id: number
  /** 0: Monday. */
  readonly days: readonly number[]
  /** `HH:MM`, as inputs of times have it: midnight at the end is `00:00`. */
  readonly from: string
  readonly to: string
}

/** A line of the timetable as it is edited; may be half written. */
export interface TimetableRow extends QuietRow {
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
  const times = quietLineOf({ days, from, to })
  return `${times} ${effect === 'limit' ? limit.trim() : effect} ${name.trim()}`.trimEnd()
}

/** The night, as a beginning. */
export function newQuietRow(id: number): QuietRow {
  return { id, days: DAY_NAMES.map((_, day) => day), from: '22:00', to: '07:00' }
}

/** A stored line as a row. Throws for one that is not a line, which the service never stores. */
export function quietRowOf(line: string, id: number): QuietRow {
  const { days, fromMinute, toMinute } = parseQuietLine(line)
  return { id, days, from: formatMinute(fromMinute), to: formatMinute(toMinute % 1440) }
}

/** The line the service takes. */
export function quietLineOf({ days, from, to }: Omit<QuietRow, 'id'>): string {
  const dayNames = days
    .toSorted((a, b) => a - b)
    .map((day) => DAY_NAMES[day])
    .join(',')
  return `${dayNames} ${from}-${to === '00:00' ? '24:00' : to}`
}

/** What keeps a row from being a line: 'day' or 'limit'; undefined where nothing does. */
export function missingIn({ days, effect, limit }: TimetableRow): 'day' | 'limit' | undefined {
  if (days.length === 0) return 'day'
  return effect === 'limit' && limit.trim() === '' ? 'limit' : undefined
}
