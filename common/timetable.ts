import { TidekeepError } from './errors.ts'
import { parseBytes } from './format.ts'
import { valueWordings } from './value-wordings.ts'

/** What a line of the timetable does while it is in force. Limits are bytes a second, for each direction. */
export type TimetableEffect =
  | { readonly kind: 'limit'; readonly bytesPerSecond: number }
  | { readonly kind: 'pause' }
  | { readonly kind: 'unlimited' }

/** One line of the timetable, such as `Mon-Fri 09:00-18:00 2MiB work hours`. Times are by the clock on the wall. */
export interface TimetableRule {
  /** 0: Monday. In order, each once. */
  readonly days: readonly number[]
  readonly fromMinute: number
  /** 1 to 1440. Not after `fromMinute`: of the following day. */
  readonly toMinute: number
  readonly effect: TimetableEffect
  /** For people; may be empty. */
  readonly name: string
}

/** A rule in force. */
export interface ActiveRule {
  readonly rule: TimetableRule
  /** When another rule, or none, takes over; undefined: not within a week. */
  readonly untilMs: number | undefined
}

/** Days as they are written, Monday first. */
export const DAY_NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
/** Most lines a timetable has. */
export const MAX_TIMETABLE_LINES = 50
const MAX_LINE_CHARS = 120
const DAY_MINUTES = 24 * 60
const DAYS = DAY_NAMES.length
const LINE = /^(\S+)\s+(\d{1,2}:\d{2})-(\d{1,2}:\d{2})\s+(\S+)(?:\s+(.*))?$/

/** Reads a line as people write it. Throws `invalid`. */
export function parseTimetableLine(line: string): TimetableRule {
  const [, days = '', from = '', to = '', effect = '', name = ''] = LINE.exec(line.trim()) ?? []
  const rule = {
    days: daysOf(days.toLowerCase()),
    fromMinute: minuteOf(from),
    toMinute: minuteOf(to),
    effect: effectOf(effect.toLowerCase()),
    name: name.trim(),
  }
  const { fromMinute, toMinute } = rule
  const isFine =
    line.length <= MAX_LINE_CHARS &&
    !/[\p{Cc}]/u.test(line) &&
    rule.days !== undefined &&
    rule.effect !== undefined &&
    fromMinute !== undefined &&
    toMinute !== undefined &&
    fromMinute < DAY_MINUTES &&
    toMinute > 0
  if (isFine) return rule as TimetableRule
  throw new TidekeepError({
    code: 'invalid',
    message: valueWordings.timetable,
    fix: valueWordings.timetableFix,
  })
}

/** Reads a line of quiet hours: days and times of a line of the timetable, and nothing else. Throws `invalid`. */
export function parseQuietLine(line: string): TimetableRule {
  if (/^\S+\s+\S+$/.test(line.trim())) {
    try {
      return parseTimetableLine(`${line} pause`)
    } catch {
      // Said below, with what such a line is like.
    }
  }
  throw new TidekeepError({
    code: 'invalid',
    message: valueWordings.quiet,
    fix: valueWordings.quietFix,
  })
}

/** The one way quiet hours are stored; {@link parseQuietLine} reads it back. */
export function formatQuietLine({ days, fromMinute, toMinute }: TimetableRule): string {
  return `${daysText(days)} ${formatMinute(fromMinute)}-${formatMinute(toMinute)}`
}

/** The one way a rule is stored; {@link parseTimetableLine} reads it back. */
export function formatTimetableLine({ days, fromMinute, toMinute, effect, name }: TimetableRule): string {
  const what = effect.kind === 'limit' ? bytesText(effect.bytesPerSecond) : effect.kind
  return `${daysText(days)} ${formatMinute(fromMinute)}-${formatMinute(toMinute)} ${what} ${name}`.trimEnd()
}

/** `09:05`; 1440 is `24:00`. */
export function formatMinute(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

/** The rule in force: the first line that matches. */
export function activeRule(rules: readonly TimetableRule[], nowMs: number): ActiveRule | undefined {
  const rule = ruleAt(rules, nowMs)
  if (rule === undefined) return undefined
  return { rule, untilMs: changesAfter(rules, nowMs).find((atMs) => ruleAt(rules, atMs) !== rule) }
}

/** When no rule is in force any more, whichever they are in between. Undefined: not within a week, or none is in force now. */
export function rulesEndAt(rules: readonly TimetableRule[], nowMs: number): number | undefined {
  if (ruleAt(rules, nowMs) === undefined) return undefined
  return changesAfter(rules, nowMs).find((atMs) => ruleAt(rules, atMs) === undefined)
}

function ruleAt(rules: readonly TimetableRule[], atMs: number): TimetableRule | undefined {
  const at = new Date(atMs)
  const minute = at.getHours() * 60 + at.getMinutes()
  const today = weekday(at)
  const yesterday = (today + DAYS - 1) % DAYS
  return rules.find(({ days, fromMinute, toMinute }) => {
    if (toMinute > fromMinute) return days.includes(today) && minute >= fromMinute && minute < toMinute
    return (days.includes(today) && minute >= fromMinute) || (days.includes(yesterday) && minute < toMinute)
  })
}

/** Every moment of the coming week, and a day, at which a rule begins or ends; in order. */
function changesAfter(rules: readonly TimetableRule[], nowMs: number): readonly number[] {
  const now = new Date(nowMs)
  const minutes = new Set(rules.flatMap(({ fromMinute, toMinute }) => [fromMinute, toMinute]))
  const moments = Array.from({ length: DAYS + 1 }, (_, day) =>
    [...minutes].map((minute) =>
      // By the calendar: days that gain or lose an hour are as long as they are.
      new Date(now.getFullYear(), now.getMonth(), now.getDate() + day, 0, minute).getTime(),
    ),
  )
  return moments
    .flat()
    .filter((atMs) => atMs > nowMs)
    .sort((a, b) => a - b)
}

function weekday(date: Date): number {
  return (date.getDay() + DAYS - 1) % DAYS
}

function minuteOf(text: string): number | undefined {
  const [hours = Number.NaN, minutes = Number.NaN] = text.split(':').map(Number)
  const minute = hours * 60 + minutes
  return minutes < 60 && minute <= DAY_MINUTES ? minute : undefined
}

function effectOf(text: string): TimetableEffect | undefined {
  if (text === 'pause') return { kind: 'pause' }
  if (text === 'unlimited') return { kind: 'unlimited' }
  try {
    const bytesPerSecond = parseBytes(text.replace(/\/s$/, ''))
    return Number.isSafeInteger(bytesPerSecond) && bytesPerSecond > 0 ? { kind: 'limit', bytesPerSecond } : undefined
  } catch {
    // Said by the caller, with what a line is like.
    return undefined
  }
}

function daysOf(text: string): readonly number[] | undefined {
  if (text === 'daily') return DAY_NAMES.map((_, day) => day)
  const days = new Set<number>()
  for (const part of text.split(',')) {
    const [first, last = first] = part
      .split('-')
      .map((name) => DAY_NAMES.findIndex((day) => day.toLowerCase() === name))
    if (first === undefined || last === undefined || first < 0 || last < 0 || part.split('-').length > 2)
      return undefined
    for (let day = first; ; day = (day + 1) % DAYS) {
      days.add(day)
      if (day === last) break
    }
  }
  return [...days].sort((a, b) => a - b)
}

/** `Mon-Fri`, `Sat,Sun`, `daily`: runs of three and more as ranges. */
function daysText(days: readonly number[]): string {
  if (days.length === DAYS) return 'daily'
  const runs: number[][] = []
  for (const day of days) {
    const run = runs.at(-1)
    if (run !== undefined && run.at(-1) === day - 1) run.push(day)
    else runs.push([day])
  }
  const name = (day: number | undefined): string => DAY_NAMES[day ?? 0] ?? ''
  return runs.map((run) => (run.length > 2 ? `${name(run[0])}-${name(run.at(-1))}` : run.map(name).join(','))).join(',')
}

function bytesText(bytes: number): string {
  const units = [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ] as const
  const found = units.find(([, factor]) => bytes >= factor && bytes % factor === 0)
  return found === undefined ? `${bytes}B` : `${bytes / found[1]}${found[0]}`
}
