import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Adapter } from 'lowdb'
import { makeDirectories } from '../make-directories.ts'
import { TidekeepError } from '../../common/errors.ts'
import { systemCode } from '../../workers/fs/system-code.ts'
import { replaceFileDurably } from './durable-file.ts'
import { failpoint } from '../../workers/failpoint.ts'
import { stateFailureTexts } from './state-failure-texts.ts'

/** A settings file as an object; nothing about its members is known. */
export type SettingsObject = Readonly<Record<string, unknown>>

/**
 * lowdb's adapter over one JSON file, with durable writes (lowdb's own neither sync the file nor
 * its directory) and the last good content kept as `<name>.bak`. A file that is no JSON object is
 * an error and stays as it is; it is never taken for "no settings".
 */
export class SettingsFile implements Adapter<SettingsObject> {
  readonly path: string
  readonly backupPath: string
  #lastText: string | undefined

  constructor(path: string) {
    this.path = path
    this.backupPath = `${path}.bak`
  }

  /** Null where there is neither a file nor a backup of one. Throws `invalid`, `forbidden`. */
  async read(): Promise<SettingsObject | null> {
    const text = readText(this.path)
    if (text === undefined) {
      if (readText(this.backupPath) !== undefined) throw this.#missing()
      this.#lastText = undefined
      return null
    }
    const value = this.#parse(text)
    this.#lastText = text
    return value
  }

  /** Throws `forbidden`, `quota-exceeded`; the old file is whole then. */
  async write(settings: SettingsObject): Promise<void> {
    const text = `${JSON.stringify(settings, null, 2)}\n`
    try {
      makeDirectories(dirname(this.path))
      failpoint('settings.write.before')
      if (this.#lastText !== undefined) replaceFileDurably(this.backupPath, this.#lastText)
      replaceFileDurably(this.path, text)
      failpoint('settings.write.after')
    } catch (error) {
      throw unwritable(this.path, error)
    }
    this.#lastText = text
  }

  /** True when someone else wrote the file since it was last read or written here. */
  isChanged(): boolean {
    return readText(this.path) !== this.#lastText
  }

  #parse(text: string): SettingsObject {
    let value: unknown
    try {
      value = JSON.parse(text.replace(/^\uFEFF/, ''))
    } catch (error) {
      throw this.#invalid(
        text.trim() === ''
          ? stateFailureTexts.settingsFile.empty
          : stateFailureTexts.settingsFile.notJson({ where: whereIn(text, error) }),
      )
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#invalid(stateFailureTexts.settingsFile.notObject)
    return value as SettingsObject
  }

  #invalid(reason: string): TidekeepError {
    const texts = stateFailureTexts.settingsFile
    const { backupPath } = this
    const hasBackup = readText(backupPath) !== undefined
    return new TidekeepError({
      code: 'invalid',
      message: texts.theSettingsInCannotBe({ path: this.path, reason }),
      path: this.path,
      fix: hasBackup ? texts.theSettingsInCannotBeFixBackup({ backupPath }) : texts.theSettingsInCannotBeFix,
    })
  }

  #missing(): TidekeepError {
    return new TidekeepError({
      code: 'invalid',
      message: stateFailureTexts.settingsFile.theSettingsFileIsMissing({ path: this.path }),
      path: this.path,
      fix: stateFailureTexts.settingsFile.theSettingsFileIsMissingFix({ backupPath: this.backupPath, path: this.path }),
    })
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new TidekeepError({
      code: 'forbidden',
      message: stateFailureTexts.settingsFile.theSettingsFileCannotBe({ path }),
      path,
      fix: stateFailureTexts.settingsFile.theSettingsFileCannotBeFix,
      cause: error,
    })
  }
}

function unwritable(path: string, error: unknown): TidekeepError {
  const code = systemCode(error)
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  return new TidekeepError({
    code: isFull ? 'quota-exceeded' : 'forbidden',
    message: stateFailureTexts.settingsFile.notSaved({ isFull, path }),
    path,
    fix: stateFailureTexts.settingsFile.notSavedFix({ isFull }),
    cause: error,
  })
}

/** " (line 3, column 7)" out of the position in V8's message; empty where it gives none. */
function whereIn(text: string, error: unknown): string {
  const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
  const before = text.slice(0, position === undefined ? text.length : Number(position)).split('\n')
  return ` (line ${before.length}, column ${(before.at(-1) ?? '').length + 1})`
}
