import { DEFAULT_SETTINGS, type SettingKey } from '../../../common/settings.ts'

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

/** A plain number, without separators that would not be read back. */
export function asNumber(value: number): string {
  return String(value)
}

/** Shown as an empty field while they are 0: no limit, or chosen by the program. */
const EMPTY_AT_ZERO: ReadonlySet<SettingKey> = new Set(['bandwidthLimit', 'downloadLimit', 'blockSize', 'concurrency'])
const BYTE_SETTINGS: ReadonlySet<SettingKey> = new Set(['deltaThreshold', 'proofBytes'])

/** What a setting of one line is by default, as it is typed. */
export function defaultText(name: SettingKey): string {
  const value = DEFAULT_SETTINGS[name]
  if (typeof value !== 'number') return String(value)
  if (value === 0 && EMPTY_AT_ZERO.has(name)) return ''
  if (BYTE_SETTINGS.has(name)) return asBytes(value)
  return name.endsWith('Ms') ? asDuration(value) : asNumber(value)
}
