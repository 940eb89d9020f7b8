import { InvalidArgumentError } from 'commander'
import { isTidekeepError } from '../../common/errors.ts'
import { parseBytes, parseDuration } from '../../common/format.ts'
import type { SyncMode } from '../../common/model.ts'
import { parseSetting } from '../../common/setting-values.ts'
import type { ReadDataChoice } from '../restore/selection.ts'
import { cliTexts } from './cli-texts.ts'

/** How much a pass may delete or overwrite before the guard holds it: a number of files, or a share. */
export interface MaxDelete {
  readonly files: number
  readonly percent: number
}

/** `5MiB`. */
export function bytesValue(text: string): number {
  return translated(() => parseBytes(text))
}

/** `30m`. */
export function durationValue(text: string): number {
  return translated(() => parseDuration(text))
}

/** A moment, in milliseconds since the epoch, or so long before now. */
export type Since = { readonly atMs: number } | { readonly agoMs: number }

/** `2h` (ago), or a time as ISO 8601 has it. */
export function sinceValue(text: string): Since {
  if (/^\d+(\.\d+)?\s*[a-z]+$/i.test(text)) return { agoMs: durationValue(text) }
  const atMs = Date.parse(text)
  if (!Number.isNaN(atMs)) return { atMs }
  throw new InvalidArgumentError(cliTexts.values.itMustBeATime)
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most) {
      const range = most === Number.MAX_SAFE_INTEGER ? cliTexts.values.ofAtLeast({ least }) : `from ${least} to ${most}`
      throw new InvalidArgumentError(cliTexts.values.itMustBeAWhole({ range }))
    }
    return value
  }
}

/** `250` or `20%`. A number of files turns the share off and the other way round. */
export function maxDeleteValue(text: string): MaxDelete {
  const [, digits = '', sign = ''] = /^(\d+)(%?)$/.exec(text) ?? []
  const value = Number(digits)
  if (digits === '' || (sign === '%' && value > 100)) {
    throw new InvalidArgumentError(cliTexts.values.itMustBeANumber)
  }
  return sign === '%' ? { files: 0, percent: value } : { files: value, percent: 0 }
}

/** What a shell offers after `--mode`. */
export const MODES: readonly SyncMode[] = ['backup', 'mirror', 'two-way']

/** `backup`, `mirror` or `two-way`. */
export function modeValue(text: string): SyncMode {
  if (text === 'backup' || text === 'mirror' || text === 'two-way') return text
  throw new InvalidArgumentError(cliTexts.values.itMustBeBackupMirror)
}

/** What the setting of that name takes. */
export function settingValue(key: 'deltaThreshold' | 'blockSize' | 'keepDays'): (text: string) => number {
  return (text) => translated(() => parseSetting(key, text, ''))
}

/** Gathers a repeatable option. */
export function repeated(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text]
}

/** `http://` or `https://` with a host. */
export function endpointValue(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError(cliTexts.values.itMustBeAnAddress)
  }
  return text
}

/** `12h`, `off` (0) or `default`. */
export function alarmValue(text: string): number | 'default' {
  return text === 'default' ? text : translated(() => parseSetting('alarmAfterMs', text, ''))
}

/** `5%`: a share from 0 to 100. */
export function shareValue(text: string): number {
  const [, digits] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? []
  if (digits !== undefined && Number(digits) <= 100) return Number(digits)
  throw new InvalidArgumentError(cliTexts.values.aShareIsWrittenAs)
}

/** 1 to 64 hexadecimal digits. */
export function seedValue(text: string): string {
  if (/^[\da-f]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError(cliTexts.values.aSeedIsToHexadecimal)
}

/** `5%`, `10GiB` or `1/7`. */
export function readDataValue(text: string): ReadDataChoice {
  const rotation = /^(\d+)\/(\d+)$/.exec(text)
  if (rotation !== null) {
    const [turn, turns] = [Number(rotation[1]), Number(rotation[2])]
    if (turn < 1 || turn > turns) throw new InvalidArgumentError(cliTexts.values.aRotationIsNT)
    return { kind: 'rotation', turn, turns }
  }
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)
  if (percent !== null) {
    const value = Number(percent[1])
    if (value <= 0 || value > 100) throw new InvalidArgumentError(cliTexts.values.aShareIsAboveAnd)
    return { kind: 'percent', percent: value }
  }
  const bytes = amountOf(text)
  if (bytes === 0) throw new InvalidArgumentError(cliTexts.values.anAmountIsMoreThan)
  return { kind: 'bytes', bytes }
}

function amountOf(text: string): number {
  try {
    return parseBytes(text)
  } catch {
    throw new InvalidArgumentError(cliTexts.values.itMustBeAnAmount)
  }
}

function translated<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (isTidekeepError(error)) throw new InvalidArgumentError(`${error.message} ${error.fix ?? ''}`.trim())
    throw error
  }
}
