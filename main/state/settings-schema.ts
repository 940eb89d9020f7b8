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
import { shown } from '../../common/messages/shown.ts'

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

const texts = stateFailureTexts.settingsSchema

const lines = z.array(
  z.string(shown(() => texts.line)),
  shown(() => texts.lineList),
)
const text = z.string(shown(() => texts.text)).min(
  1,
  shown(() => texts.notEmpty),
)
const flag = z.boolean(shown(() => texts.flag))

function whole({ least, most }: SettingRange, unit: keyof typeof texts.units) {
  const message = shown(() =>
    most === Number.MAX_SAFE_INTEGER ? texts.units[unit].least({ least }) : texts.units[unit].range({ least, most }),
  )
  return z.number(message).int(message).min(least, message).max(most, message)
}

function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(
    words,
    shown(() => texts.oneOf({ words: words.map((word) => JSON.stringify(word)).join(', ') })),
  )
}

function microsoft(key: Parameters<typeof isMicrosoftSetting>[0]) {
  const message = shown(() => texts[key])
  return z.string(message).refine((value) => isMicrosoftSetting(key, value), message)
}

const webhook = z.string(shown(() => texts.address)).refine(
  isWebhook,
  shown(() => texts.webhook),
)

const s3Schema = z.looseObject(
  {
    endpoint: z
      .string(shown(() => texts.address))
      .regex(
        /^(https?:\/\/[^\s@?#]+)?$/,
        shown(() => texts.endpoint),
      )
      .optional(),
    region: text.optional(),
    pathStyle: flag.optional(),
    storageClass: text.optional(),
    profile: text.optional(),
    accountId: text.optional(),
  },
  shown(() => texts.object),
)

const conflictRuleSchema = z.looseObject(
  { pattern: text, resolution: oneOf(['keep-local', 'keep-remote', 'keep-both', 'newest']) },
  shown(() => texts.object),
)

const folderSchema = z.looseObject(
  {
    id: text,
    name: text,
    path: text.refine(
      (path) => isAbsolute(path),
      shown(() => texts.absolute),
    ),
    target: text,
    mode: oneOf(['backup', 'mirror', 'two-way']),
    paused: flag,
    ignore: lines,
    s3: s3Schema.optional(),
    alarmAfterMs: whole(SETTING_RANGES.alarmAfterMs, 'milliseconds').optional(),
    adopt: z
      .looseObject(
        {
          comparePercent: z
            .number(shown(() => texts.percent))
            .min(0)
            .max(100),
        },
        shown(() => texts.object),
      )
      .optional(),
    conflictRules: z
      .array(
        conflictRuleSchema,
        shown(() => texts.rules),
      )
      .optional(),
  },
  shown(() => texts.object),
)

/** The stored settings. Members it does not know are kept: a newer version may have written them. */
const settingsSchema = z.looseObject(
  {
    version: z.literal(
      1,
      shown(() => texts.one),
    ),
    folders: z
      .array(
        folderSchema,
        shown(() => texts.folders),
      )
      .superRefine((folders, context) => {
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
    bandwidthLimit: whole(SETTING_RANGES.bandwidthLimit, 'bytesPerSecond'),
    downloadLimit: whole(SETTING_RANGES.downloadLimit, 'bytesPerSecond'),
    timetable: lines.refine(
      (all) => all.every(isTimetableLine),
      shown(() => texts.timetable),
    ),
    batteryPause: whole(SETTING_RANGES.batteryPause, 'percent'),
    meteredPause: flag,
    settleMs: whole(SETTING_RANGES.settleMs, 'milliseconds'),
    settleMaxMs: whole(SETTING_RANGES.settleMaxMs, 'milliseconds'),
    reconcileMs: whole(SETTING_RANGES.reconcileMs, 'milliseconds'),
    remotePollMs: whole(SETTING_RANGES.remotePollMs, 'milliseconds'),
    concurrency: whole(SETTING_RANGES.concurrency, 'transfers'),
    guardFiles: whole(SETTING_RANGES.guardFiles, 'files'),
    guardPercent: z
      .number(shown(() => texts.percent))
      .min(
        0,
        shown(() => texts.least),
      )
      .max(
        100,
        shown(() => texts.most),
      ),
    deltaThreshold: whole(SETTING_RANGES.deltaThreshold, 'bytes'),
    blockSize: z.union(
      [z.literal(0), whole(SETTING_RANGES.blockSize, 'bytes')],
      shown(() => texts.blockSize),
    ),
    keepDays: whole(SETTING_RANGES.keepDays, 'days'),
    keepDailyDays: whole(SETTING_RANGES.keepDailyDays, 'days'),
    keepWeeklyWeeks: whole(SETTING_RANGES.keepWeeklyWeeks, 'weeks'),
    keepMonthlyMonths: z.union(
      [z.literal('forever'), whole(SETTING_RANGES.keepMonthlyMonths, 'months')],
      shown(() => texts.months),
    ),
    pruneBucketVersions: flag,
    proofBytes: whole(SETTING_RANGES.proofBytes, 'bytes'),
    alarmAfterMs: whole(SETTING_RANGES.alarmAfterMs, 'milliseconds'),
    heartbeatUrl: webhook,
    heartbeatFailureUrl: webhook,
    heartbeatMethod: oneOf(['GET', 'POST']),
    pausedUntil: z.union(
      [z.number().min(0), z.literal('forever')],
      shown(() => texts.pausedUntil),
    ),
    theme: oneOf(['system', 'light', 'dark']),
    language: z.string(shown(() => texts.languageText)).refine(
      isLanguageSetting,
      shown(() => texts.language),
    ),
    autostart: flag,
    deviceName: z.string(shown(() => texts.name)).refine(
      isDeviceName,
      shown(() => texts.deviceName),
    ),
    tellDevice: flag,
    notifyAttention: flag,
    notifyWarnings: flag,
    notifyInfo: oneOf(['none', 'first-backup', 'all']),
    quietHours: lines.refine(
      (all) => all.every(isQuietLine),
      shown(() => texts.quietHours),
    ),
    quietExceptCritical: flag,
    updateChecks: flag,
    updateChannel: oneOf(['stable', 'beta']),
    updateWhenIdle: flag,
    microsoftClientId: microsoft('microsoftClientId'),
    microsoftAuthority: microsoft('microsoftAuthority'),
    microsoftGraph: microsoft('microsoftGraph'),
  },
  shown(() => texts.object),
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
