import { TidekeepError } from '../../common/errors.ts'
import { parseBytes, parseDuration } from '../../common/format.ts'
import { DEFAULT_SETTINGS, type SettingKey, type Settings } from '../../common/settings.ts'
import { checkSettings } from './settings-schema.ts'

/** How a setting is written by hand. */
interface Notation {
  readonly parse: (text: string) => unknown
  /** "a size such as 5MiB": completes "… must be". */
  readonly expected: string
}

const rate: Notation = {
  parse: (text) => (isNone(text) ? 0 : parseBytes(text.replace(/\/s$/i, ''))),
  expected: 'a number of bytes a second such as 500KiB or 5MiB; 0 or "none" for no limit',
}
const duration: Notation = {
  parse: (text) => (/^\d+$/.test(text) ? Number(text) : parseDuration(text)),
  expected: 'a duration such as 500ms, 30s or 1h',
}
const number: Notation = { parse: parseNumber, expected: 'a whole number' }
const percent: Notation = { parse: (text) => parseNumber(text.replace(/%$/, '')), expected: 'a percentage, 0 to 100' }
const flag: Notation = { parse: parseFlag, expected: 'true or false' }
const lines: Notation = { parse: parseLines, expected: 'a list of ignore lines, separated by commas' }

const NOTATIONS: Readonly<Record<SettingKey, Notation>> = {
  ignore: lines,
  bandwidthLimit: rate,
  settleMs: duration,
  settleMaxMs: duration,
  reconcileMs: duration,
  concurrency: { parse: (text) => (text === 'auto' ? 0 : parseNumber(text)), expected: 'a number, or "auto"' },
  guardFiles: number,
  guardPercent: percent,
  theme: { parse: (text) => text, expected: '"system", "light" or "dark"' },
  autostart: flag,
}

/** Every setting that is set by name, in the order of the settings file. */
export const SETTING_KEYS = Object.keys(NOTATIONS) as readonly SettingKey[]

/** `bandwidthLimit` is `TIDEKEEP_BANDWIDTH_LIMIT`. */
export function environmentName(key: SettingKey): string {
  return `TIDEKEEP_${words(key).join('_').toUpperCase()}`
}

/** `bandwidthLimit` is `--bandwidth-limit`. */
export function flagName(key: SettingKey): string {
  return `--${words(key).join('-').toLowerCase()}`
}

/** Accepts `bandwidthLimit`, `bandwidth-limit` and `bandwidth_limit`. Throws `invalid` listing the keys. */
export function toSettingKey(name: string): SettingKey {
  const plain = name.replaceAll(/[-_]/g, '').toLowerCase()
  const key = SETTING_KEYS.find((candidate) => candidate.toLowerCase() === plain)
  if (key !== undefined) return key
  throw new TidekeepError({
    code: 'invalid',
    message: `There is no setting called ${JSON.stringify(name)}.`,
    fix: `Use one of: ${SETTING_KEYS.join(', ')}.`,
  })
}

/** Reads a value as people write it (`5MiB`, `2h`, `on`). `where` names its source in the error. Throws `invalid`. */
export function parseSetting<K extends SettingKey>(key: K, text: string, where: string = key): Settings[K] {
  let value: unknown
  try {
    value = NOTATIONS[key].parse(text.trim())
  } catch {
    throw badValue(where, text, `must be ${NOTATIONS[key].expected}`)
  }
  return validSetting(key, value, where, text)
}

/** The settings with one of them changed, from text. Throws `invalid`. */
export function setSetting(settings: Settings, key: SettingKey, text: string): Settings {
  return { ...settings, [key]: parseSetting(key, text) }
}

/** The settings with one of them changed, from a value of any type. Throws `invalid`. */
export function withSetting(settings: Settings, key: SettingKey, value: unknown): Settings {
  return { ...settings, [key]: validSetting(key, value, key, JSON.stringify(value)) }
}

function validSetting<K extends SettingKey>(key: K, value: unknown, where: string, text: string): Settings[K] {
  const checked = checkSettings({ ...DEFAULT_SETTINGS, [key]: value })
  if ('settings' in checked) return checked.settings[key]
  throw badValue(where, text, checked.problems[0]?.problem ?? `must be ${NOTATIONS[key].expected}`)
}

function badValue(where: string, text: string, problem: string): TidekeepError {
  return new TidekeepError({
    code: 'invalid',
    message: `${where} ${problem}, not ${JSON.stringify(text)}.`,
    fix: `Correct ${where}.`,
  })
}

function words(key: string): readonly string[] {
  return key.replace(/Ms$/, '').split(/(?=[A-Z])/)
}

function isNone(text: string): boolean {
  return /^(none|off|unlimited)$/i.test(text)
}

function parseNumber(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Error('not a number')
  return Number(text)
}

function parseFlag(text: string): boolean {
  if (/^(true|yes|on|1)$/i.test(text)) return true
  if (/^(false|no|off|0)$/i.test(text)) return false
  throw new Error('neither true nor false')
}

/** JSON where it is JSON; otherwise lines, or commas on one line. */
function parseLines(text: string): unknown {
  if (text.startsWith('[')) return JSON.parse(text)
  const parts = text.split(text.includes('\n') ? '\n' : ',')
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}
