import { DEFAULT_SETTINGS } from '../../../common/settings.ts'
import type { SettingOf } from './settings-form.ts'

const DURATION_UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
]
const BYTE_UNITS: readonly (readonly [unit: string, bytes: number])[] = [
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
]

/** A duration as the service reads it back without loss: `1h`, `90s`, `500ms`. */
export function asDuration(durationMs: number): string {
  const found = DURATION_UNITS.find(([, ms]) => durationMs >= ms && durationMs % ms === 0)
  return found === undefined ? `${durationMs}ms` : `${durationMs / found[1]}${found[0]}`
}

/** A size as the service reads it back without loss: `5MiB`, `1500`. */
export function asBytes(bytes: number): string {
  const found = BYTE_UNITS.find(([, factor]) => bytes >= factor && bytes % (factor / 4) === 0)
  return found === undefined ? `${bytes}B` : `${bytes / found[1]}${found[0]}`
}

type Typed = SettingOf<number | string>

/** Shown as an empty field while they are 0, and what an empty field is sent as: no limit, or chosen by the program. */
const SENT_WHEN_EMPTY: Partial<Readonly<Record<Typed, string>>> = {
  bandwidthLimit: '0',
  downloadLimit: '0',
  blockSize: 'auto',
  concurrency: 'auto',
}
const BYTE_SETTINGS: ReadonlySet<Typed> = new Set([
  'bandwidthLimit',
  'downloadLimit',
  'blockSize',
  'deltaThreshold',
  'proofBytes',
])

/** A setting of one line as it is typed, and as the service reads it back without loss. */
export function settingText(name: Typed, value: number | string): string {
  if (typeof value === 'string') return value
  if (value === 0) return name === 'alarmAfterMs' ? 'off' : SENT_WHEN_EMPTY[name] === undefined ? '0' : ''
  if (BYTE_SETTINGS.has(name)) return asBytes(value)
  return name.endsWith('Ms') ? asDuration(value) : String(value)
}

/** What is sent for what was typed. */
export function sentText(name: Typed, typed: string): string {
  if (typed !== '') return typed
  return name === 'alarmAfterMs' ? 'off' : (SENT_WHEN_EMPTY[name] ?? '')
}

/** What a setting of one line is by default, as it is typed. */
export function defaultText(name: Typed): string {
  return settingText(name, DEFAULT_SETTINGS[name])
}
