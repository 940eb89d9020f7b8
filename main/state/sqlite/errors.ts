import { TidekeepError, isTidekeepError, type ErrorParts } from '../../../common/errors.ts'
import { stateFailureTexts } from '../state-failure-texts.ts'

/** Primary result codes of https://sqlite.org/rescode.html. */
const GENERAL = 1
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const CANNOT_OPEN = 14
const NOT_A_DATABASE = 26
/** Extended code: the index of the log could not grow, which is how a full disk shows first. */
const NO_ROOM_FOR_INDEX = IO_ERROR | (19 << 8)

/** The primary SQLite result code of a thrown value (FULL also where it is told as another); undefined where it is no SQLite error. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined
  if (isTidekeepError(error)) return sqliteCode(error.cause)
  const extended = (error as { readonly errcode?: unknown }).errcode
  if (extended === NO_ROOM_FOR_INDEX) return FULL
  return typeof extended === 'number' ? extended & 0xff : undefined
}

/** True where the error says that the bytes of the file are wrong, not that they cannot be reached. */
export function saysDamaged(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === CORRUPT || code === NOT_A_DATABASE
}

/** True where SQLite opened the file for reading only. */
export function saysReadOnly(error: unknown): boolean {
  return sqliteCode(error) === READONLY
}

/** True for the general error: a table or column that a statement names is not there. */
export function saysUnknownName(error: unknown): boolean {
  return sqliteCode(error) === GENERAL
}

/** SQLite's error as one of ours, with the path of the state file. TidekeepErrors pass through. */
export function translateSqliteError(error: unknown, path: string): TidekeepError {
  if (isTidekeepError(error)) return error
  return new TidekeepError({ ...describe(sqliteCode(error), path, error), path, cause: error })
}

function describe(code: number | undefined, path: string, error: unknown): ErrorParts {
  switch (code) {
    case BUSY:
    case LOCKED:
      return {
        code: 'locked',
        message: stateFailureTexts.errors.theStateFileIsIn({ path }),
        fix: stateFailureTexts.errors.theStateFileIsInFix,
      }
    case CORRUPT:
    case NOT_A_DATABASE:
      return {
        code: 'corrupt',
        message: stateFailureTexts.errors.theStateFileIsDamaged({ path }),
        fix: stateFailureTexts.errors.theStateFileIsDamagedFix,
        retry: { kind: 'never' },
      }
    case FULL:
      return {
        code: 'quota-exceeded',
        message: stateFailureTexts.errors.theDiskIsFullThe({ path }),
        fix: stateFailureTexts.errors.theDiskIsFullTheFix,
        retry: { kind: 'backoff' },
      }
    case READONLY:
    case CANNOT_OPEN:
      return {
        code: 'forbidden',
        message: stateFailureTexts.errors.theStateFileCannotBe({ path }),
        fix: stateFailureTexts.errors.theStateFileCannotBeFix,
      }
    case IO_ERROR:
      return {
        code: 'unavailable',
        message: stateFailureTexts.errors.theStateFileCouldNot({ path }),
        fix: stateFailureTexts.errors.theStateFileCouldNotFix,
      }
    default:
      return {
        code: 'internal',
        message: stateFailureTexts.errors.theStateFileCouldNot2({
          path,
          error: error instanceof Error ? error.message : String(error),
        }),
      }
  }
}
