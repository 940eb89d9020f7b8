import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../../common/format.ts'
import { cliTexts } from './cli-texts.ts'

/** A moment as it was typed. */
export type Moment =
  | { readonly kind: 'at'; readonly atMs: number }
  /** Before the time of the run. */
  | { readonly kind: 'ago'; readonly agoMs: number }

const UNIT_MS: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
}
const AGO = /^(\d+(?:\.\d+)?)\s*(second|minute|hour|day|week)s?\s+ago$/i
/** A day; a day and a time of day; with seconds; with a zone. The zone of this computer where none is typed. */
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,3})?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i

/** `2026-11-18 14:00`, an ISO time, `2 hours ago`, `30m ago`. Throws `InvalidArgumentError`. */
export function momentValue(text: string): Moment {
  const typed = text.trim()
  const ago = AGO.exec(typed)
  if (ago !== null) return { kind: 'ago', agoMs: Number(ago[1]) * UNIT_MS[ago[2]!.toLowerCase()]! }
  const short = /^(\S+)\s+ago$/i.exec(typed)
  const agoMs = short === null ? undefined : shortDuration(short[1]!)
  if (agoMs !== undefined) return { kind: 'ago', agoMs }
  const atMs = dateValue(typed)
  if (atMs !== undefined) return { kind: 'at', atMs }
  throw new InvalidArgumentError(cliTexts.moments.itMustBeAMoment)
}

/** The moment in milliseconds since the epoch. */
export function momentMs(moment: Moment, nowMs: number): number {
  return moment.kind === 'at' ? moment.atMs : nowMs - moment.agoMs
}

function shortDuration(text: string): number | undefined {
  try {
    return parseDuration(text)
  } catch {
    return undefined
  }
}

function dateValue(text: string): number | undefined {
  const match = DATE.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((part) => Number(part ?? 0))
  const [fraction = '', zone = ''] = [match[7], match[8]]
  // What rolls over, such as February 30, is a slip of the pen.
  const utc = new Date(Date.UTC(year!, month! - 1, day, hour, minute, second))
  const isReal = utc.getUTCMonth() === month! - 1 && utc.getUTCDate() === day && hour < 24 && minute < 60 && second < 60
  if (!isReal) return undefined
  const local = new Date(year!, month! - 1, day, hour, minute, second).getTime()
  const whole = zone === '' ? local : utc.getTime() - zoneMs(zone)
  return whole + Math.round(Number(`0${fraction}`) * 1000)
}

function zoneMs(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone)!
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
