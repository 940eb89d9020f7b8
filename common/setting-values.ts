import { TidekeepError } from './errors.ts'
import { parseBytes, parseDuration } from './format.ts'
import type { SettingKey, Settings } from './settings.ts'

const MAX_TEXT_CHARS = 100
const MAX_IGNORE_LINES = 1000
const MAX_IGNORE_CHARS = 1000
const OFF_WORDS: readonly string[] = ['0', 'off', 'none', 'no', 'unlimited']
const AUTO_WORDS: readonly string[] = ['0', 'auto']
const WORD_BY_BOOLEAN: Readonly<Record<string, boolean>> = {
  true: true,
  on: true,
  yes: true,
  false: false,
  off: false,
  no: false,
}

type ValueParsers = { readonly [K in SettingKey]: (raw: unknown) => Settings[K] }

const valueParsers: ValueParsers = {
  ignore: ignoreLines,
  bandwidthLimit: (raw) => number('bandwidthLimit', rate(raw), { min: 0, max: Number.MAX_SAFE_INTEGER }),
  settleMs: (raw) => number('settleMs', duration(raw), { min: 0, max: 60_000 }),
  settleMaxMs: (raw) => number('settleMaxMs', duration(raw), { min: 0, max: 600_000 }),
  reconcileMs: (raw) => number('reconcileMs', duration(raw), { min: 60_000, max: 3_600_000 }),
  concurrency: (raw) => number('concurrency', wordOrNumber(raw, AUTO_WORDS), { min: 0, max: 64 }),
  guardFiles: (raw) => number('guardFiles', wordOrNumber(raw, []), { min: 0, max: 1_000_000_000 }),
  guardPercent: (raw) => number('guardPercent', percent(raw), { min: 0, max: 100 }),
  theme: theme,
  autostart: boolean,
}

/** Every setting a user changes by name. */
export const SETTING_KEYS = Object.keys(valueParsers) as readonly SettingKey[]

/** Narrows a name a person wrote. */
export function isSettingKey(name: string): name is SettingKey {
  return Object.hasOwn(valueParsers, name)
}

/**
 * Checks one setting. Takes the stored form and what people write: `5MiB`, `2MiB/s`, `30m`, `10%`,
 * `on`, `auto`, and for `ignore` one text with a rule on each line. Throws `invalid` naming the setting.
 */
export function parseSetting<K extends SettingKey>(key: K, raw: unknown): Settings[K] {
  return valueParsers[key](raw)
}

function number(key: SettingKey, value: number, range: { readonly min: number; readonly max: number }): number {
  if (Number.isSafeInteger(value) && value >= range.min && value <= range.max) return value
  throw invalid(key, `a whole number from ${range.min} to ${range.max}`)
}

function rate(raw: unknown): number {
  if (typeof raw !== 'string') return asNumber(raw)
  const text = short('bandwidthLimit', raw).replace(/\/s$/i, '')
  return OFF_WORDS.includes(text) ? 0 : parseBytes(text)
}

function duration(raw: unknown): number {
  if (typeof raw !== 'string') return asNumber(raw)
  return parseDuration(short('reconcileMs', raw))
}

function percent(raw: unknown): number {
  if (typeof raw !== 'string') return asNumber(raw)
  return wordOrNumber(short('guardPercent', raw).replace(/\s*%$/, ''), [])
}

function wordOrNumber(raw: unknown, zeroWords: readonly string[]): number {
  if (typeof raw !== 'string') return asNumber(raw)
  if (zeroWords.includes(raw.trim())) return 0
  return /^\d{1,15}$/.test(raw.trim()) ? Number(raw) : Number.NaN
}

function asNumber(raw: unknown): number {
  return typeof raw === 'number' ? raw : Number.NaN
}

function theme(raw: unknown): Settings['theme'] {
  if (raw === 'system' || raw === 'light' || raw === 'dark') return raw
  throw invalid('theme', 'system, light or dark')
}

function boolean(raw: unknown): boolean {
  if (typeof raw === 'boolean') return raw
  const word = typeof raw === 'string' ? raw.trim().toLowerCase() : ''
  if (Object.hasOwn(WORD_BY_BOOLEAN, word)) return WORD_BY_BOOLEAN[word] === true
  throw invalid('autostart', 'on or off')
}

function ignoreLines(raw: unknown): readonly string[] {
  const lines: unknown = typeof raw === 'string' && raw.length <= MAX_IGNORE_LINES * 100 ? raw.split(/\r?\n/) : raw
  const isFine = Array.isArray(lines) && lines.length <= MAX_IGNORE_LINES && lines.every(isIgnoreLine)
  if (!isFine) throw invalid('ignore', `at most ${MAX_IGNORE_LINES} rules, one on each line`)
  return (lines as readonly string[]).filter((line) => line.trim() !== '')
}

function isIgnoreLine(line: unknown): boolean {
  return typeof line === 'string' && line.length <= MAX_IGNORE_CHARS && line.isWellFormed() && !/[\0\r\n]/.test(line)
}

function short(key: SettingKey, text: string): string {
  if (text.length > MAX_TEXT_CHARS) throw invalid(key, 'a short text')
  return text.trim().toLowerCase()
}

function invalid(key: SettingKey, expected: string): TidekeepError {
  return new TidekeepError({ code: 'invalid', message: `The setting "${key}" must be ${expected}.` })
}
