import { formatBytes, formatDuration, formatNumber, withFirmSpaces } from '../common/format.ts'
import { cachedFormat } from '../common/locale.ts'

export { formatBytes, formatDuration, formatNumber, formatRate } from '../common/format.ts'

const TIME_OF_DAY = { hour: '2-digit', minute: '2-digit' } as const
const MOMENTS = {
  exact: { dateStyle: 'medium', timeStyle: 'medium' },
  time: TIME_OF_DAY,
  'time with seconds': { ...TIME_OF_DAY, second: '2-digit' },
  'day and time': { month: 'short', day: 'numeric', ...TIME_OF_DAY },
} as const satisfies Readonly<Record<string, Intl.DateTimeFormatOptions>>

/** Makes what the language needs for numbers, which the first number on a page would wait for: more than all else of its picture. */
export async function prepareFormats(): Promise<void> {
  formatNumber(0)
  formatBytes(0)
  formatShare(0)
}

/** `62%`, rounded down, so that 100 % means all of it. */
export function formatShare(share: number): string {
  return percent(Math.floor(share * 100) / 100, 0)
}

/** `99.6%`, rounded down. */
export function formatFineShare(share: number): string {
  return percent(Math.floor(share * 1_000) / 1_000, 1)
}

/** The moment with seconds, for tooltips. */
export function formatExact(atMs: number): string {
  return moment(atMs, 'exact')
}

/** The time of day today, day and time otherwise. */
export function formatMoment(atMs: number, nowMs: number): string {
  return moment(atMs, isSameDay(atMs, nowMs) ? 'time' : 'day and time')
}

/** The time of day with seconds, for lines that follow each other closely. */
export function formatTime(atMs: number): string {
  return moment(atMs, 'time with seconds')
}

/** `12 sec. ago`, in steps people care about. */
export function formatAgo(atMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1_000))
  if (seconds < 60) return ago(seconds, 'second')
  if (seconds < 3_600) return ago(Math.round(seconds / 60), 'minute')
  if (seconds < 86_400) return ago(Math.round(seconds / 3_600), 'hour')
  return ago(Math.round(seconds / 86_400), 'day')
}

/** What is left of a pause: `1:04:09` or `4:09`. */
export function formatCountdown(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000))
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}

/** An ETA in steps that do not flicker: 5 s below a minute, whole minutes below an hour. */
export function formatEta(etaMs: number): string {
  const seconds = etaMs / 1_000
  if (seconds < 60) return formatDuration(Math.max(5, Math.ceil(seconds / 5) * 5) * 1_000)
  if (seconds < 3_600) return formatDuration(Math.ceil(seconds / 60) * 60_000)
  return formatDuration(Math.ceil(seconds / 300) * 300_000)
}

/** Milliseconds from `nowMs` to eight o'clock, by the user's clock, on the following day. */
export function untilTomorrowMorning(nowMs: number): number {
  const morning = new Date(nowMs)
  morning.setDate(morning.getDate() + 1)
  morning.setHours(8, 0, 0, 0)
  return morning.getTime() - nowMs
}

function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString()
}

function percent(share: number, maximumFractionDigits: number): string {
  return withFirmSpaces(
    cachedFormat(
      `percent ${maximumFractionDigits}`,
      (locale) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits }),
    ).format(share),
  )
}

function moment(atMs: number, style: keyof typeof MOMENTS): string {
  return cachedFormat(`moment ${style}`, (locale) => new Intl.DateTimeFormat(locale, MOMENTS[style])).format(atMs)
}

function ago(count: number, unit: 'second' | 'minute' | 'hour' | 'day'): string {
  const format = cachedFormat(
    'relative',
    (locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }),
  )
  return withFirmSpaces(format.format(-count, unit))
}
