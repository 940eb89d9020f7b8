import { TidekeepError } from './errors.ts'
import { parseBytes, parseDuration } from './format.ts'
import type { SettingKey, Settings } from './settings.ts'
import {
  formatQuietLine,
  formatTimetableLine,
  MAX_TIMETABLE_LINES,
  parseQuietLine,
  parseTimetableLine,
} from './timetable.ts'

/** Inclusive range of a number. */
export interface SettingRange {
  readonly least: number
  readonly most: number
}

/** What numbers may be, in their stored units; the stored file and everything people write obey the same. */
export const SETTING_RANGES = {
  bandwidthLimit: { least: 0, most: Number.MAX_SAFE_INTEGER },
  downloadLimit: { least: 0, most: Number.MAX_SAFE_INTEGER },
  batteryPause: { least: 0, most: 100 },
  settleMs: { least: 0, most: 60_000 },
  settleMaxMs: { least: 0, most: 600_000 },
  reconcileMs: { least: 1_000, most: 3_600_000 },
  remotePollMs: { least: 10_000, most: 86_400_000 },
  concurrency: { least: 0, most: 64 },
  guardFiles: { least: 0, most: 1_000_000_000 },
  guardPercent: { least: 0, most: 100 },
  deltaThreshold: { least: 1024 ** 2, most: Number.MAX_SAFE_INTEGER },
  /** Or 0. */
  blockSize: { least: 64 * 1024, most: 5 * 1024 ** 2 },
  keepDays: { least: 0, most: 3_650 },
  keepDailyDays: { least: 0, most: 3_650 },
  keepWeeklyWeeks: { least: 0, most: 1_040 },
  /** Or for ever. */
  keepMonthlyMonths: { least: 0, most: 1_200 },
  proofBytes: { least: 0, most: 1024 ** 4 },
  alarmAfterMs: { least: 0, most: 366 * 86_400_000 },
} as const satisfies Partial<Record<SettingKey, SettingRange>>

const MAX_TEXT_CHARS = 100
const MAX_SHOWN_CHARS = 60
const MAX_IGNORE_LINES = 1000
const MAX_IGNORE_CHARS = 1000
const MAX_DEVICE_NAME_CHARS = 60
const MAX_WEBHOOK_CHARS = 2048
const WEBHOOK =
  /^(https:\/\/[a-z\d.-]+|http:\/\/(127\.0\.0\.1|localhost|\[::1\]))(:\d{1,5})?([/?][\x21\x22\x24-\x7e]*)?$/i
/** Read as they are written: in addresses and rules the case counts. */
const VERBATIM: ReadonlySet<SettingKey> = new Set([
  'ignore',
  'timetable',
  'quietHours',
  'heartbeatUrl',
  'heartbeatFailureUrl',
  'deviceName',
])
const CLIENT_ID = /^([\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})?$/
/** In the clear only on this computer itself. */
const ORIGIN = /^(https:\/\/[a-z\d.-]+(:\d{1,5})?|http:\/\/(127\.0\.0\.1|localhost)(:\d{1,5})?)$/
const THEMES: readonly unknown[] = ['system', 'light', 'dark'] satisfies readonly Settings['theme'][]
const BOOLEAN_BY_WORD: Readonly<Record<string, boolean>> = {
  true: true,
  on: true,
  yes: true,
  '1': true,
  false: false,
  off: false,
  no: false,
  '0': false,
}

/** How one setting is read. `read` answers undefined (or throws) for what it cannot take. */
interface Notation<T> {
  readonly read: (raw: unknown) => T | undefined
  /** "a size such as 5MiB": completes "… must be". */
  readonly expected: string
}

type Notations = { readonly [K in SettingKey]: Notation<Settings[K]> }

const NOTATIONS: Notations = {
  ignore: {
    read: ignoreLines,
    expected: `at most ${MAX_IGNORE_LINES} ignore rules, one on each line or as a JSON list of texts`,
  },
  bandwidthLimit: limitNotation('bandwidthLimit'),
  downloadLimit: limitNotation('downloadLimit'),
  timetable: {
    read: timetableLines,
    expected: `at most ${MAX_TIMETABLE_LINES} lines such as "Mon-Fri 09:00-18:00 2MiB work hours", "daily 22:00-06:00 unlimited" or "Sat,Sun 10:00-12:00 pause"`,
  },
  batteryPause: {
    read: (raw) => whole('batteryPause', plainNumber(typeof raw === 'string' ? raw.replace(/\s*%\s*$/, '') : raw)),
    expected: 'a percentage, 0 to 100: 0 never pauses on battery, 100 always does',
  },
  meteredPause: { read: flag, expected: 'true or false' },
  settleMs: duration('settleMs'),
  settleMaxMs: duration('settleMaxMs'),
  reconcileMs: duration('reconcileMs'),
  remotePollMs: duration('remotePollMs'),
  concurrency: {
    read: (raw) => whole('concurrency', raw === 'auto' ? 0 : plainNumber(raw)),
    expected: `a whole number from 0 to ${SETTING_RANGES.concurrency.most}, or "auto"`,
  },
  guardFiles: { read: (raw) => whole('guardFiles', plainNumber(raw)), expected: 'a whole number, 0 or more' },
  guardPercent: {
    read: (raw) => inRange('guardPercent', plainNumber(typeof raw === 'string' ? raw.replace(/\s*%\s*$/, '') : raw)),
    expected: 'a percentage, 0 to 100',
  },
  deltaThreshold: {
    read: (raw) => whole('deltaThreshold', typeof raw === 'string' ? parseBytes(raw) : raw),
    expected: 'a size of at least 1MiB, such as 32MiB',
  },
  blockSize: { read: blockSize, expected: 'a size from 64KiB to 5MiB, or "auto"' },
  keepDays: {
    read: (raw) => whole('keepDays', plainNumber(typeof raw === 'string' ? raw.replace(/\s*d(ays?)?$/, '') : raw)),
    expected: `a number of days from 0 to ${SETTING_RANGES.keepDays.most}; 0 keeps nothing`,
  },
  keepDailyDays: stretch('keepDailyDays', 'day'),
  keepWeeklyWeeks: stretch('keepWeeklyWeeks', 'week'),
  keepMonthlyMonths: {
    read: (raw) => (raw === 'forever' ? raw : stretch('keepMonthlyMonths', 'month').read(raw)),
    expected: `a number of months from 0 to ${SETTING_RANGES.keepMonthlyMonths.most}, or "forever"`,
  },
  pruneBucketVersions: { read: flag, expected: 'true or false' },
  proofBytes: {
    read: (raw) => whole('proofBytes', typeof raw === 'string' ? rate(raw) : raw),
    expected: 'a size such as 32MiB; 0 or "none" for no proofs of restore',
  },
  alarmAfterMs: {
    read: (raw) => (raw === 'off' || raw === 'none' ? 0 : duration('alarmAfterMs').read(raw)),
    expected: 'a duration such as 24h or 7d, or "off"',
  },
  heartbeatUrl: { read: webhook, expected: 'an address such as https://example.com/ping, or nothing' },
  heartbeatFailureUrl: { read: webhook, expected: 'an address such as https://example.com/ping/fail, or nothing' },
  heartbeatMethod: {
    read: (raw) => (raw === 'GET' || raw === 'get' ? 'GET' : raw === 'POST' || raw === 'post' ? 'POST' : undefined),
    expected: '"GET" or "POST"',
  },
  theme: {
    read: (raw) => (THEMES.includes(raw) ? (raw as Settings['theme']) : undefined),
    expected: '"system", "light" or "dark"',
  },
  language: { read: language, expected: '"system", or the tag of a language such as en or en-GB' },
  autostart: { read: flag, expected: 'true or false' },
  deviceName: {
    read: (raw) => (typeof raw === 'string' && isDeviceName(raw.trim()) ? raw.trim() : undefined),
    expected: `a name of at most ${MAX_DEVICE_NAME_CHARS} characters without a slash, or nothing for the host name`,
  },
  tellDevice: { read: flag, expected: 'true or false' },
  notifyAttention: { read: flag, expected: 'true or false' },
  notifyWarnings: { read: flag, expected: 'true or false' },
  notifyInfo: {
    read: (raw) => (raw === 'none' || raw === 'first-backup' || raw === 'all' ? raw : undefined),
    expected: '"none", "first-backup" or "all"',
  },
  quietHours: {
    read: quietLines,
    expected: `at most ${MAX_TIMETABLE_LINES} lines such as "daily 22:00-07:00" or "Sat,Sun 00:00-24:00"`,
  },
  quietExceptCritical: { read: flag, expected: 'true or false' },
  updateChecks: { read: flag, expected: 'true or false' },
  updateChannel: {
    read: (raw) => (raw === 'stable' || raw === 'beta' ? raw : undefined),
    expected: '"stable" or "beta"',
  },
  updateWhenIdle: { read: flag, expected: 'true or false' },
  microsoftClientId: {
    read: (raw) => (typeof raw === 'string' && CLIENT_ID.test(raw) ? raw : undefined),
    expected: 'the client id of an application, such as 00000000-0000-0000-0000-000000000000, or nothing',
  },
  microsoftAuthority: { read: origin, expected: 'an address such as https://login.microsoftonline.com' },
  microsoftGraph: { read: origin, expected: 'an address such as https://graph.microsoft.com' },
}

/** Every setting a user changes by name, in the order they are shown. */
export const SETTING_KEYS = Object.keys(NOTATIONS) as readonly SettingKey[]

/** True for what `language` may be, as stored. A tag without texts of its own is fine: it says how numbers and dates look. */
export function isLanguageSetting(value: string): boolean {
  return language(value) === value
}

/** True for what `deviceName` may be: it becomes part of file names and of what targets are told. */
export function isDeviceName(text: string): boolean {
  return text.length <= MAX_DEVICE_NAME_CHARS && text.isWellFormed() && !/[\p{Cc}/\\]/u.test(text)
}

/** True for what `microsoftClientId`, `microsoftAuthority` and `microsoftGraph` may be, as stored. */
export function isMicrosoftSetting(
  key: 'microsoftClientId' | 'microsoftAuthority' | 'microsoftGraph',
  value: string,
): boolean {
  return (key === 'microsoftClientId' ? CLIENT_ID : ORIGIN).test(value)
}

/** Accepts `bandwidthLimit`, `bandwidth-limit` and `bandwidth_limit`. Throws `invalid` listing the keys. */
export function toSettingKey(name: string): SettingKey {
  const plain = name.replaceAll(/[-_]/g, '').toLowerCase()
  const key = SETTING_KEYS.find((candidate) => candidate.toLowerCase() === plain)
  if (key !== undefined) return key
  throw new TidekeepError({
    code: 'invalid',
    message: `There is no setting called ${shown(name)}.`,
    fix: `Use one of: ${SETTING_KEYS.join(', ')}.`,
  })
}

/**
 * Checks one setting. Takes the stored form and what people write: `5MiB`, `2MiB/s`, `30m`, `10%`,
 * `on`, `auto`, and for `ignore` one text with a rule on each line (a comma is part of a rule: a
 * rule split by mistake would leave out files). `where` names the source in the error. Throws
 * `invalid`.
 */
export function parseSetting<K extends SettingKey>(
  key: K,
  raw: unknown,
  where: string = `The setting "${key}"`,
): Settings[K] {
  const { read, expected } = NOTATIONS[key]
  let value: Settings[K] | undefined
  let cause: unknown
  try {
    value = read(typeof raw === 'string' && !VERBATIM.has(key) ? short(raw) : raw)
  } catch (error) {
    cause = error
  }
  if (value !== undefined) return value
  throw new TidekeepError({
    code: 'invalid',
    message: `${where} must be ${expected}, not ${shown(raw)}.`,
    fix: `Correct ${where.replace(/^The/, 'the')}.`,
    cause,
  })
}

function short(text: string): string {
  return text.length > MAX_TEXT_CHARS ? '' : text.trim().toLowerCase()
}

/** What was written, for the error; never a whole document. */
function shown(raw: unknown): string {
  if (typeof raw === 'string')
    return JSON.stringify(raw.length > MAX_SHOWN_CHARS ? `${raw.slice(0, MAX_SHOWN_CHARS)}…` : raw)
  return typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : 'that'
}

function inRange(key: keyof typeof SETTING_RANGES, value: unknown): number | undefined {
  const { least, most } = SETTING_RANGES[key]
  return typeof value === 'number' && value >= least && value <= most ? value : undefined
}

function whole(key: keyof typeof SETTING_RANGES, value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? inRange(key, value) : undefined
}

function duration(key: 'settleMs' | 'settleMaxMs' | 'reconcileMs' | 'remotePollMs' | 'alarmAfterMs'): Notation<number> {
  const { least, most } = SETTING_RANGES[key]
  const read = (raw: unknown): number | undefined => {
    if (typeof raw !== 'string') return whole(key, raw)
    return whole(key, /^\d+$/.test(raw) ? Number(raw) : parseDuration(raw))
  }
  return { read, expected: `a duration such as 500ms, 30s or 1h, from ${least} to ${most} milliseconds` }
}

/** How long one version of each `unit` stays. */
function stretch(key: 'keepDailyDays' | 'keepWeeklyWeeks' | 'keepMonthlyMonths', unit: string): Notation<number> {
  const written = new RegExp(String.raw`\s*${unit.charAt(0)}(${unit.slice(1)}s?)?$`)
  return {
    read: (raw) => whole(key, plainNumber(typeof raw === 'string' ? raw.replace(written, '') : raw)),
    expected: `a number of ${unit}s from 0 to ${SETTING_RANGES[key].most}`,
  }
}

function language(raw: unknown): string | undefined {
  if (typeof raw !== 'string' || raw === '' || raw === 'system') return raw === 'system' ? raw : undefined
  try {
    return Intl.getCanonicalLocales(raw)[0]
  } catch {
    return undefined
  }
}

function blockSize(raw: unknown): number | undefined {
  if (raw === 'auto' || raw === 0 || raw === '0') return 0
  return whole('blockSize', typeof raw === 'string' ? parseBytes(raw) : raw)
}

function limitNotation(key: 'bandwidthLimit' | 'downloadLimit'): Notation<number> {
  return {
    read: (raw) => whole(key, typeof raw === 'string' ? rate(raw) : raw),
    expected: 'a number of bytes a second such as 500KiB or 5MiB; 0 or "none" for no limit',
  }
}

/** Kept in the one way they are written. */
function timetableLines(raw: unknown): readonly string[] | undefined {
  return weekLines(raw)?.map((line) => formatTimetableLine(parseTimetableLine(line)))
}

function quietLines(raw: unknown): readonly string[] | undefined {
  return weekLines(raw)?.map((line) => formatQuietLine(parseQuietLine(line)))
}

/** Lines about times of the week: one text, or a list. */
function weekLines(raw: unknown): readonly string[] | undefined {
  const lines: unknown = typeof raw === 'string' && raw.length <= MAX_TIMETABLE_LINES * 200 ? linesOf(raw) : raw
  if (!Array.isArray(lines) || lines.length > MAX_TIMETABLE_LINES) return undefined
  if (!lines.every((line) => typeof line === 'string')) return undefined
  return lines.filter((line) => line.trim() !== '')
}

function rate(text: string): number {
  return /^(none|off|no|unlimited)$/.test(text) ? 0 : parseBytes(text.replace(/\/s$/, ''))
}

function plainNumber(raw: unknown): unknown {
  if (typeof raw !== 'string') return raw
  return /^\d{1,15}(\.\d{1,6})?$/.test(raw) ? Number(raw) : undefined
}

function flag(raw: unknown): boolean | undefined {
  if (typeof raw !== 'string') return typeof raw === 'boolean' ? raw : undefined
  return Object.hasOwn(BOOLEAN_BY_WORD, raw) ? BOOLEAN_BY_WORD[raw] : undefined
}

/** True for what a heartbeat may be sent to: https, or this computer itself; no user name or password. Empty: nobody. */
export function isWebhook(text: string): boolean {
  return text === '' || (text.length <= MAX_WEBHOOK_CHARS && WEBHOOK.test(text))
}

function webhook(raw: unknown): string | undefined {
  const plain = typeof raw === 'string' ? raw.trim() : undefined
  return plain !== undefined && isWebhook(plain) ? plain : undefined
}

/** Scheme, host and port. A slash at the end is forgiven. */
function origin(raw: unknown): string | undefined {
  if (typeof raw !== 'string') return undefined
  const plain = raw.replace(/\/$/, '')
  return ORIGIN.test(plain) ? plain : undefined
}

function ignoreLines(raw: unknown): readonly string[] | undefined {
  const lines: unknown = typeof raw === 'string' && raw.length <= MAX_IGNORE_LINES * 100 ? linesOf(raw) : raw
  const isFine = Array.isArray(lines) && lines.length <= MAX_IGNORE_LINES && lines.every(isIgnoreLine)
  return isFine ? (lines as readonly string[]).filter((line) => line.trim() !== '') : undefined
}

/** A rule may begin with a bracket, too: only what is a list of texts is read as one. */
function linesOf(text: string): unknown {
  if (!/^\s*\[\s*("|\])/.test(text)) return text.split(/\r?\n/)
  return JSON.parse(text)
}

function isIgnoreLine(line: unknown): boolean {
  return typeof line === 'string' && line.length <= MAX_IGNORE_CHARS && line.isWellFormed() && !/[\0\r\n]/.test(line)
}
