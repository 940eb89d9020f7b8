import { TidekeepError } from './errors.ts'
import { cachedFormat, formatLocale } from './locale.ts'
import { valueWordings } from './value-wordings.ts'

/** Between a number and its unit: a line does not end there. */
export const FIRM_SPACE = '\u00a0'
const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
const FACTOR_BY_UNIT: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kib: 1024,
  kb: 1000,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  mb: 1000 ** 2,
  g: 1024 ** 3,
  gib: 1024 ** 3,
  gb: 1000 ** 3,
  t: 1024 ** 4,
  tib: 1024 ** 4,
  tb: 1000 ** 4,
}
const MS_BY_UNIT: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** `48,213`, with the separators of the reader's place. */
export function formatNumber(value: number): string {
  return cachedFormat('number', (locale) => new Intl.NumberFormat(locale)).format(value)
}

/** `1536` becomes `1.5 KiB`. Three significant digits, as people read them. */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes)
  let unit = 0
  while (value >= 1024 && unit < BINARY_UNITS.length - 1) {
    value /= 1024
    unit++
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2
  return `${rounded(Math.sign(bytes) * value, digits)}${FIRM_SPACE}${BINARY_UNITS[unit]}`
}

/** Bytes a second, as `formatBytes` with `/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

/** `98.4%` of 98.4, as the reader's place writes it. */
export function formatPercent(percent: number): string {
  return withFirmSpaces(
    cachedFormat(
      'percent of a number',
      (locale) => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }),
    ).format(percent / 100),
  )
}

/** `18:00` of today, else `Mon 08:00`: by the clock on the wall, of 24 hours. */
export function formatClock(atMs: number, nowMs: number): string {
  const isToday = new Date(atMs).toDateString() === new Date(nowMs).toDateString()
  const style = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return cachedFormat(
    `clock ${isToday}`,
    (locale) => new Intl.DateTimeFormat(locale, isToday ? style : { ...style, weekday: 'short' }),
  ).format(atMs)
}

/** US dollars, which stores have their prices in: cents, and two digits of what is less than one. */
export function formatDollars(dollars: number): string {
  if (dollars === 0) return money({ maximumFractionDigits: 0 }, 0)
  const isLess = dollars < 0.01
  return money(isLess ? { minimumSignificantDigits: 2, maximumSignificantDigits: 2 } : {}, dollars)
}

/** US dollars and cents: `$1,234.50`. */
export function formatPrice(dollars: number): string {
  return money({}, dollars)
}

/** US dollars and cents; what is less than a cent is said so: `<$0.01`. */
export function formatCents(dollars: number): string {
  return dollars > 0 && dollars < 0.01 ? `<${money({}, 0.01)}` : money({}, dollars)
}

function money(digits: Intl.NumberFormatOptions, dollars: number): string {
  return cachedFormat(
    `dollars ${JSON.stringify(digits)}`,
    (locale) => new Intl.NumberFormat(locale, { style: 'currency', currency: 'USD', ...digits }),
  ).format(dollars)
}

function rounded(value: number, maximumFractionDigits: number): string {
  return cachedFormat(
    `at most ${maximumFractionDigits}`,
    (locale) => new Intl.NumberFormat(locale, { maximumFractionDigits }),
  ).format(value)
}

/** A duration rounded to what people care about: `420 ms`, `12 s`, `4 min`, `2 h 10 min`, `3 d`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return measure(Math.round(durationMs), 'millisecond')
  const seconds = Math.round(durationMs / 1000)
  if (seconds < 90) return measure(seconds, 'second')
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return measure(minutes, 'minute')
  const hours = Math.floor(minutes / 60)
  if (hours >= 48) return measure(Math.round(hours / 24), 'day')
  const whole = measure(hours, 'hour')
  return minutes % 60 === 0 ? whole : `${whole} ${measure(minutes % 60, 'minute')}`
}

const ENGLISH_UNITS = { millisecond: 'ms', second: 's', minute: 'min', hour: 'h', day: 'd' } as const

/** In English with the symbols of SI, which are shorter than what Intl has for it and clearer than its shortest. */
function measure(value: number, unit: keyof typeof ENGLISH_UNITS): string {
  if (formatLocale().startsWith('en')) return `${value}${FIRM_SPACE}${ENGLISH_UNITS[unit]}`
  return withFirmSpaces(
    cachedFormat(unit, (locale) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' })).format(
      value,
    ),
  )
}

/** What Intl wrote, with no line end between a number and the unit or word that follows it: its own spaces there differ by language and version. */
export function withFirmSpaces(text: string): string {
  return text.replace(/(?<=\p{N}) (?=[\p{L}%])/gu, FIRM_SPACE)
}

/**
 * Reads `5MiB`, `64 KiB`, `10G`, `1500`. Bare K, M, G, T are powers of 1024; KB, MB, GB powers of
 * 1000. Throws `invalid`.
 */
export function parseBytes(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text)
  const bytes = scaled(match?.[1], factorOf(FACTOR_BY_UNIT, match?.[2] ?? 'x'))
  if (bytes === undefined) {
    throw new TidekeepError({
      code: 'invalid',
      message: valueWordings.size({ text: JSON.stringify(text) }),
      fix: valueWordings.sizeFix,
    })
  }
  return bytes
}

/** Reads `30m`, `2h`, `1d`, `90s`, `500ms`. Returns milliseconds. Throws `invalid`. */
export function parseDuration(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text)
  const durationMs = scaled(match?.[1], factorOf(MS_BY_UNIT, match?.[2] ?? ''))
  if (durationMs === undefined) {
    throw new TidekeepError({
      code: 'invalid',
      message: valueWordings.duration({ text: JSON.stringify(text) }),
      fix: valueWordings.durationFix,
    })
  }
  return durationMs
}

/** Undefined for what is no number, and for one that JavaScript cannot hold exactly. */
function scaled(digits: string | undefined, factor: number | undefined): number | undefined {
  const value = digits === undefined || factor === undefined ? Number.NaN : Math.round(Number(digits) * factor)
  return Number.isSafeInteger(value) ? value : undefined
}

/** Units are typed by people: "constructor" must not find what every object has. */
function factorOf(factors: Readonly<Record<string, number>>, unit: string): number | undefined {
  const name = unit.toLowerCase()
  return Object.hasOwn(factors, name) ? factors[name] : undefined
}

/** English plural for the handful of counted nouns in messages: `count(1, 'file')`, `count(3, 'file')`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? noun : plural}`
}
