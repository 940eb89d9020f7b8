import { TidekeepError } from './errors.ts'
import { parseBytes, parseDuration } from './format.ts'
import { toLanguageTag } from './messages/language.ts'
import type { Wording } from './messages/wording.ts'
import type { SettingKey, Settings } from './settings.ts'
import { similarTo } from './similar.ts'
import {
  formatQuietLine,
  formatTimetableLine,
  MAX_TIMETABLE_LINES,
  parseQuietLine,
  parseTimetableLine,
} from './timetable.ts'
import { valueWordings } from './value-wordings.ts'

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
  /** "a size such as 5MiB": stands for what it must be. */
  readonly expected: Wording
}

const texts = valueWordings.expected
const STRETCHES = { keepDailyDays: texts.days, keepWeeklyWeeks: texts.weeks, keepMonthlyMonths: texts.months } as const

type Notations = { readonly [K in SettingKey]: Notation<Settings[K]> }

const NOTATIONS: Notations = {
  ignore: {
    read: ignoreLines,
    expected: texts.ignore({ most: MAX_IGNORE_LINES }),
  },
  bandwidthLimit: limitNotation('bandwidthLimit'),
  downloadLimit: limitNotation('downloadLimit'),
  timetable: {
    read: timetableLines,
    expected: texts.timetable({ most: MAX_TIMETABLE_LINES }),
  },
  batteryPause: {
    read: (raw) => whole('batteryPause', plainNumber(typeof raw === 'string' ? raw.replace(/\s*%\s*$/, '') : raw)),
    expected: texts.batteryPause,
  },
  meteredPause: { read: flag, expected: texts.flag },
  settleMs: duration('settleMs'),
  settleMaxMs: duration('settleMaxMs'),
  reconcileMs: duration('reconcileMs'),
  remotePollMs: duration('remotePollMs'),
  concurrency: {
    read: (raw) => whole('concurrency', raw === 'auto' ? 0 : plainNumber(raw)),
    expected: texts.concurrency({ most: SETTING_RANGES.concurrency.most }),
  },
  guardFiles: { read: (raw) => whole('guardFiles', plainNumber(raw)), expected: texts.guardFiles },
  guardPercent: {
    read: (raw) => inRange('guardPercent', plainNumber(typeof raw === 'string' ? raw.replace(/\s*%\s*$/, '') : raw)),
    expected: texts.guardPercent,
  },
  deltaThreshold: {
    read: (raw) => whole('deltaThreshold', typeof raw === 'string' ? parseBytes(raw) : raw),
    expected: texts.deltaThreshold,
  },
  blockSize: { read: blockSize, expected: texts.blockSize },
  keepDays: {
    read: (raw) => whole('keepDays', plainNumber(typeof raw === 'string' ? raw.replace(/\s*d(ays?)?$/, '') : raw)),
    expected: texts.keepDays({ most: SETTING_RANGES.keepDays.most }),
  },
  keepDailyDays: stretch('keepDailyDays', 'day'),
  keepWeeklyWeeks: stretch('keepWeeklyWeeks', 'week'),
  keepMonthlyMonths: {
    read: (raw) => (raw === 'forever' ? raw : stretch('keepMonthlyMonths', 'month').read(raw)),
    expected: texts.months({ most: SETTING_RANGES.keepMonthlyMonths.most }),
  },
  pruneBucketVersions: { read: flag, expected: texts.flag },
  proofBytes: {
    read: (raw) => whole('proofBytes', typeof raw === 'string' ? rate(raw) : raw),
    expected: texts.proofBytes,
  },
  alarmAfterMs: {
    read: (raw) => (raw === 'off' || raw === 'none' ? 0 : duration('alarmAfterMs').read(raw)),
    expected: texts.alarmAfterMs,
  },
  heartbeatUrl: { read: webhook, expected: texts.heartbeatUrl },
  heartbeatFailureUrl: { read: webhook, expected: texts.heartbeatFailureUrl },
  heartbeatMethod: {
    read: (raw) => (raw === 'GET' || raw === 'get' ? 'GET' : raw === 'POST' || raw === 'post' ? 'POST' : undefined),
    expected: texts.heartbeatMethod,
  },
  theme: {
    read: (raw) => (THEMES.includes(raw) ? (raw as Settings['theme']) : undefined),
    expected: texts.theme,
  },
  language: { read: language, expected: texts.language },
  autostart: { read: flag, expected: texts.flag },
  deviceName: {
    read: (raw) => (typeof raw === 'string' && isDeviceName(raw.trim()) ? raw.trim() : undefined),
    expected: texts.deviceName({ most: MAX_DEVICE_NAME_CHARS }),
  },
  tellDevice: { read: flag, expected: texts.flag },
  notifyAttention: { read: flag, expected: texts.flag },
  notifyWarnings: { read: flag, expected: texts.flag },
  notifyInfo: {
    read: (raw) => (raw === 'none' || raw === 'first-backup' || raw === 'all' ? raw : undefined),
    expected: texts.notifyInfo,
  },
  quietHours: {
    read: quietLines,
    expected: texts.quietHours({ most: MAX_TIMETABLE_LINES }),
  },
  quietExceptCritical: { read: flag, expected: texts.flag },
  updateChecks: { read: flag, expected: texts.flag },
  updateChannel: {
    read: (raw) => (raw === 'stable' || raw === 'beta' ? raw : undefined),
    expected: texts.updateChannel,
  },
  updateWhenIdle: { read: flag, expected: texts.flag },
  microsoftClientId: {
    read: (raw) => (typeof raw === 'string' && CLIENT_ID.test(raw) ? raw : undefined),
    expected: texts.microsoftClientId,
  },
  microsoftAuthority: { read: origin, expected: texts.microsoftAuthority },
  microsoftGraph: { read: origin, expected: texts.microsoftGraph },
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
  const near = similarTo(plain, SETTING_KEYS)
  throw new TidekeepError({
    code: 'invalid',
    message: valueWordings.setting.unknown({ name: shown(name) }),
    fix:
      near.length > 0
        ? valueWordings.setting.unknownNearFix({ names: near.join(', ') })
        : valueWordings.setting.unknownFix({ names: SETTING_KEYS.join(', ') }),
  })
}

/**
 * Checks one setting. Takes the stored form and what people write: `5MiB`, `2MiB/s`, `30m`, `10%`,
 * `on`, `auto`, and for `ignore` one text with a rule on each line (a comma is part of a rule: a
 * rule split by mistake would leave out files). `where` names the flag or variable in the error; by
 * default it is the setting, and where it is empty, something that was named before. Throws
 * `invalid`.
 */
export function parseSetting<K extends SettingKey>(key: K, raw: unknown, where?: string): Settings[K] {
  const { read, expected } = NOTATIONS[key]
  let value: Settings[K] | undefined
  let cause: unknown
  try {
    value = read(typeof raw === 'string' && !VERBATIM.has(key) ? short(raw) : raw)
  } catch (error) {
    cause = error
  }
  if (value !== undefined) return value
  throw refusedValue(key, { expected, shown: shown(raw) }, { where, cause })
}

function refusedValue(
  key: SettingKey,
  found: { readonly expected: Wording; readonly shown: string | Wording },
  { where, cause }: { readonly where: string | undefined; readonly cause: unknown },
): TidekeepError {
  const { refused, refusedFix, it, refusedAt, refusedAtFix } = valueWordings.setting
  if (where === '') return new TidekeepError({ code: 'invalid', message: it(found), cause })
  return new TidekeepError({
    code: 'invalid',
    message: where === undefined ? refused({ key, ...found }) : refusedAt({ where, ...found }),
    fix: where === undefined ? refusedFix({ key }) : refusedAtFix({ where }),
    cause,
  })
}

function short(text: string): string {
  return text.length > MAX_TEXT_CHARS ? '' : text.trim().toLowerCase()
}

/** What was written, for the error; never a whole document. */
function shown(raw: unknown): string | Wording {
  if (typeof raw === 'string')
    return JSON.stringify(raw.length > MAX_SHOWN_CHARS ? `${raw.slice(0, MAX_SHOWN_CHARS)}…` : raw)
  return typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : valueWordings.setting.that
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
  return { read, expected: texts.duration({ least, most }) }
}

/** How long one version of each `unit` stays. */
function stretch(key: keyof typeof STRETCHES, unit: string): Notation<number> {
  const written = new RegExp(String.raw`\s*${unit.charAt(0)}(${unit.slice(1)}s?)?$`)
  return {
    read: (raw) => whole(key, plainNumber(typeof raw === 'string' ? raw.replace(written, '') : raw)),
    expected: STRETCHES[key]({ most: SETTING_RANGES[key].most }),
  }
}

function language(raw: unknown): string | undefined {
  if (typeof raw !== 'string' || raw === '' || raw === 'system') return raw === 'system' ? raw : undefined
  return toLanguageTag(raw)
}

function blockSize(raw: unknown): number | undefined {
  if (raw === 'auto' || raw === 0 || raw === '0') return 0
  return whole('blockSize', typeof raw === 'string' ? parseBytes(raw) : raw)
}

function limitNotation(key: 'bandwidthLimit' | 'downloadLimit'): Notation<number> {
  return {
    read: (raw) => whole(key, typeof raw === 'string' ? rate(raw) : raw),
    expected: texts.limit,
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
