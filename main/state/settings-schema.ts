import { isAbsolute } from 'node:path'
import { z } from 'zod'
import {
  isDeviceName,
  isLanguageSetting,
  isMicrosoftSetting,
  isWebhook,
  SETTING_RANGES,
  type SettingRange,
} from '../../common/setting-values.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../common/settings.ts'
import { parseQuietLine, parseTimetableLine, type TimetableRule } from '../../common/timetable.ts'
import { stateFailureTexts } from './state-failure-texts.ts'

const isTimetableLine = isReadBy(parseTimetableLine)
const isQuietLine = isReadBy(parseQuietLine)

function isReadBy(parse: (line: string) => TimetableRule): (line: string) => boolean {
  return (line) => {
    try {
      return parse(line).days.length > 0
    } catch {
      return false
    }
  }
}

const lines = z.array(z.string('must be a line of text'), 'must be a list of lines')
const text = z.string('must be a text').min(1, 'must not be empty')
const flag = z.boolean('must be true or false')

function whole({ least, most }: SettingRange, unit: string) {
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`
  const message = `must be a whole number of ${unit}, ${range}`
  return z.number(message).int(message).min(least, message).max(most, message)
}

function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, `must be one of ${words.map((word) => JSON.stringify(word)).join(', ')}`)
}

function microsoft(key: Parameters<typeof isMicrosoftSetting>[0], expected: string) {
  return z.string(`must be ${expected}`).refine((value) => isMicrosoftSetting(key, value), `must be ${expected}`)
}

const webhook = z
  .string('must be an address')
  .refine(isWebhook, 'must be an https address (or one of this computer) without a password, or empty')

const s3Schema = z.looseObject(
  {
    endpoint: z
      .string('must be an address')
      .regex(/^(https?:\/\/[^\s@?#]+)?$/, 'must start with http:// or https://, without a user name or query')
      .optional(),
    region: text.optional(),
    pathStyle: flag.optional(),
    storageClass: text.optional(),
    profile: text.optional(),
    accountId: text.optional(),
  },
  'must be an object',
)

const conflictRuleSchema = z.looseObject(
  { pattern: text, resolution: oneOf(['keep-local', 'keep-remote', 'keep-both', 'newest']) },
  'must be an object',
)

const folderSchema = z.looseObject(
  {
    id: text,
    name: text,
    path: text.refine((path) => isAbsolute(path), 'must be an absolute path'),
    target: text,
    mode: oneOf(['backup', 'mirror', 'two-way']),
    paused: flag,
    ignore: lines,
    s3: s3Schema.optional(),
    alarmAfterMs: whole(SETTING_RANGES.alarmAfterMs, 'milliseconds').optional(),
    adopt: z
      .looseObject({ comparePercent: z.number('must be a number, 0 to 100').min(0).max(100) }, 'must be an object')
      .optional(),
    conflictRules: z.array(conflictRuleSchema, 'must be a list of rules').optional(),
  },
  'must be an object',
)

/** The stored settings. Members it does not know are kept: a newer version may have written them. */
const settingsSchema = z.looseObject(
  {
    version: z.literal(1, 'must be 1'),
    folders: z.array(folderSchema, 'must be a list of folders').superRefine((folders, context) => {
      const seen = new Set<string>()
      for (const [index, { id }] of folders.entries()) {
        if (seen.has(id))
          context.addIssue({
            code: 'custom',
            path: [index, 'id'],
            message: stateFailureTexts.settingsSchema.isUsedByAnotherFolder,
          })
        seen.add(id)
      }
    }),
    ignore: lines,
    bandwidthLimit: whole(SETTING_RANGES.bandwidthLimit, 'bytes a second'),
    downloadLimit: whole(SETTING_RANGES.downloadLimit, 'bytes a second'),
    timetable: lines.refine((all) => all.every(isTimetableLine), 'must be lines such as "Mon-Fri 09:00-18:00 2MiB"'),
    batteryPause: whole(SETTING_RANGES.batteryPause, 'percent'),
    meteredPause: flag,
    settleMs: whole(SETTING_RANGES.settleMs, 'milliseconds'),
    settleMaxMs: whole(SETTING_RANGES.settleMaxMs, 'milliseconds'),
    reconcileMs: whole(SETTING_RANGES.reconcileMs, 'milliseconds'),
    remotePollMs: whole(SETTING_RANGES.remotePollMs, 'milliseconds'),
    concurrency: whole(SETTING_RANGES.concurrency, 'transfers'),
    guardFiles: whole(SETTING_RANGES.guardFiles, 'files'),
    guardPercent: z.number('must be a number, 0 to 100').min(0, 'must be 0 or more').max(100, 'must be at most 100'),
    deltaThreshold: whole(SETTING_RANGES.deltaThreshold, 'bytes'),
    blockSize: z.union(
      [z.literal(0), whole(SETTING_RANGES.blockSize, 'bytes')],
      'must be 0, or 65536 to 5242880 bytes',
    ),
    keepDays: whole(SETTING_RANGES.keepDays, 'days'),
    keepDailyDays: whole(SETTING_RANGES.keepDailyDays, 'days'),
    keepWeeklyWeeks: whole(SETTING_RANGES.keepWeeklyWeeks, 'weeks'),
    keepMonthlyMonths: z.union(
      [z.literal('forever'), whole(SETTING_RANGES.keepMonthlyMonths, 'months')],
      'must be a whole number of months, or "forever"',
    ),
    pruneBucketVersions: flag,
    proofBytes: whole(SETTING_RANGES.proofBytes, 'bytes'),
    alarmAfterMs: whole(SETTING_RANGES.alarmAfterMs, 'milliseconds'),
    heartbeatUrl: webhook,
    heartbeatFailureUrl: webhook,
    heartbeatMethod: oneOf(['GET', 'POST']),
    pausedUntil: z.union([z.number().min(0), z.literal('forever')], 'must be a time in milliseconds, 0 or "forever"'),
    theme: oneOf(['system', 'light', 'dark']),
    language: z
      .string('must be the tag of a language')
      .refine(isLanguageSetting, 'must be "system" or the tag of a language'),
    autostart: flag,
    deviceName: z.string('must be a name').refine(isDeviceName, 'must be a short name without a slash, or empty'),
    tellDevice: flag,
    notifyAttention: flag,
    notifyWarnings: flag,
    notifyInfo: oneOf(['none', 'first-backup', 'all']),
    quietHours: lines.refine((all) => all.every(isQuietLine), 'must be lines such as "daily 22:00-07:00"'),
    quietExceptCritical: flag,
    updateChecks: flag,
    updateChannel: oneOf(['stable', 'beta']),
    updateWhenIdle: flag,
    microsoftClientId: microsoft('microsoftClientId', 'the client id of an application, or empty'),
    microsoftAuthority: microsoft('microsoftAuthority', 'an address such as https://login.microsoftonline.com'),
    microsoftGraph: microsoft('microsoftGraph', 'an address such as https://graph.microsoft.com'),
  },
  'must be an object',
)

/** One field that is not as it must be. */
export interface FieldProblem {
  /** `folders[0].mode`; empty for the whole. */
  readonly field: string
  /** Goes on after the field's name: "must be true or false". */
  readonly problem: string
}

/** Checks settings with defaults filled in for absent members. Unknown members pass through. */
export function checkSettings(
  raw: unknown,
): { readonly settings: Settings } | { readonly problems: readonly FieldProblem[] } {
  const filled = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? { ...DEFAULT_SETTINGS, ...raw } : raw
  const result = settingsSchema.safeParse(filled)
  if (result.success) return { settings: result.data as Settings }
  return { problems: result.error.issues.map(({ path, message }) => ({ field: fieldName(path), problem: message })) }
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, part) =>
      typeof part === 'number' ? `${name}[${part}]` : name === '' ? String(part) : `${name}.${String(part)}`,
    '',
  )
}
