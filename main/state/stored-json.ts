import { TidekeepError } from '../../common/errors.ts'
import { stateFailureTexts } from './state-failure-texts.ts'

/** An object as JSON.parse gave it; nothing about it is known. */
export type StoredObject = Readonly<Record<string, unknown>>

/** Parses stored JSON that must be an object. Throws `corrupt`. */
export function parseStored(text: string): StoredObject {
  try {
    return asObject(JSON.parse(text))
  } catch (error) {
    throw unreadable('it is not valid JSON', error)
  }
}

/** Throws `corrupt` for anything else. */
export function asObject(value: unknown): StoredObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable('an object is missing')
  return value as StoredObject
}

/** Throws `corrupt` for anything else. */
export function asString(value: unknown): string {
  if (typeof value !== 'string') throw unreadable('a text is missing')
  return value
}

/** A whole number that JavaScript holds exactly. */
export function asInteger(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw unreadable('a number is missing')
  return value as number
}

/** 64-bit numbers are stored as decimal text: JSON's own numbers would lose digits. */
export function asBigInt(value: unknown): bigint {
  const text = asString(value)
  if (!/^-?\d{1,30}$/.test(text)) throw unreadable('a time is missing')
  return BigInt(text)
}

/** One of a closed set of words. */
export function asOneOf<T extends string>(value: unknown, words: readonly T[]): T {
  const found = words.find((word) => word === value)
  if (found === undefined) throw unreadable(`${JSON.stringify(value)} is not a known word`)
  return found
}

/** `read(value)`, or undefined where nothing was stored. */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value)
}

/** The error of every reader here. */
export function unreadable(reason: string, cause?: unknown): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: stateFailureTexts.storedJson.aStoredRecordCannotBe({ reason }),
    retry: { kind: 'never' },
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Drops members that are undefined, so that optional members are absent rather than undefined. */
export function compact<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  const result: Record<string, unknown> = {}
  for (const key in value) if (value[key] !== undefined) result[key] = value[key]
  return result as T
}
