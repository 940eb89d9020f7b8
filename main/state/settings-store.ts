import { join } from 'node:path'
import { Low } from 'lowdb'
import { TidekeepError } from '../../common/errors.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../common/settings.ts'
import { SettingsFile, type SettingsObject } from './settings-file.ts'
import type { FieldProblem } from './settings-schema.ts'
import { stateFailureTexts } from './state-failure-texts.ts'

/** The user's settings, in one JSON file that people may also edit by hand. */
export interface SettingsStore {
  /** Absolute path of the file. */
  readonly path: string
  get(): Settings
  /** The members the file itself has; the rest of `get()` are defaults. */
  stored(): ReadonlySet<string>
  /**
   * Applies `change` to the current settings and saves; calls run one after the other. An edit made
   * to the file meanwhile is taken up first. Resolves once the new settings are durable. Throws
   * `invalid` (the change or the file is not valid; nothing is saved), `forbidden`, `quota-exceeded`.
   */
  update(change: (settings: Settings) => Settings): Promise<Settings>
  /** Reads the file again. Throws `invalid` and keeps the settings it has. */
  reload(): Promise<Settings>
  /** Called after each change. Returns the function that ends it. */
  onChange(listener: (settings: Settings) => void): () => void
}

/** Throws `invalid` naming file and field, `unsupported` (made by a newer version), `forbidden`. The file is never replaced because of it. */
export async function openSettings(configDirectory: string): Promise<SettingsStore> {
  const store = new FileSettings(join(configDirectory, 'settings.json'))
  await store.reload()
  return store
}

class FileSettings implements SettingsStore {
  readonly #file: SettingsFile
  readonly #database: Low<SettingsObject>
  readonly #listeners = new Set<(settings: Settings) => void>()
  #settings: Settings = DEFAULT_SETTINGS
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string) {
    this.#file = new SettingsFile(path)
    this.#database = new Low<SettingsObject>(this.#file, {})
  }

  get path(): string {
    return this.#file.path
  }

  get(): Settings {
    return this.#settings
  }

  stored(): ReadonlySet<string> {
    return new Set(Object.keys(this.#database.data))
  }

  update(change: (settings: Settings) => Settings): Promise<Settings> {
    return this.#inTurn(async () => {
      if (this.#file.isChanged()) await this.#read()
      const next = await this.#valid(change(this.#settings))
      const previous = this.#database.data
      this.#database.data = storedForm(next, previous)
      try {
        await this.#database.write()
      } catch (error) {
        this.#database.data = previous
        throw error
      }
      return this.#publish(next)
    })
  }

  reload(): Promise<Settings> {
    return this.#inTurn(async () => this.#publish(await this.#read()))
  }

  onChange(listener: (settings: Settings) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async #read(): Promise<Settings> {
    // lowdb keeps what it has when the adapter finds nothing; here nothing means: all defaults.
    const raw = await this.#file.read()
    const settings = raw === null ? DEFAULT_SETTINGS : await this.#valid(raw)
    this.#database.data = raw ?? {}
    this.#settings = settings
    return settings
  }

  /** What checks is loaded when there is something to check: it takes a tenth of a second, more than many commands. */
  async #valid(raw: unknown): Promise<Settings> {
    const version = (raw as { readonly version?: unknown }).version
    if (typeof version === 'number' && version > DEFAULT_SETTINGS.version) throw newerVersion(this.path)
    const { checkSettings } = await import('./settings-schema.ts')
    const checked = checkSettings(raw)
    if ('problems' in checked) throw invalidSettings(this.path, checked.problems)
    return checked.settings
  }

  #publish(settings: Settings): Settings {
    this.#settings = settings
    for (const listener of this.#listeners) listener(settings)
    return settings
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }
}

/** What is written: members that were in the file, and those that differ from their default, so that defaults may improve. */
function storedForm(settings: Settings, previous: SettingsObject): SettingsObject {
  const defaults: SettingsObject = { ...DEFAULT_SETTINGS }
  const kept = Object.entries(settings).filter(
    ([key, value]) => key === 'version' || key in previous || JSON.stringify(value) !== JSON.stringify(defaults[key]),
  )
  return Object.fromEntries(kept)
}

function invalidSettings(path: string, problems: readonly FieldProblem[]): TidekeepError {
  const first = problems
    .slice(0, 3)
    .map(({ field, problem }) => `${field === '' ? stateFailureTexts.settingsStore.theFile : field} ${problem}`)
  const more = problems.length > 3 ? stateFailureTexts.settingsStore.more({ n: problems.length - 3 }) : ''
  return new TidekeepError({
    code: 'invalid',
    message: stateFailureTexts.settingsStore.theSettingsInAreNot({ path, first: first.join('; '), more }),
    path,
    fix: stateFailureTexts.settingsStore.theSettingsInAreNotFix,
  })
}

function newerVersion(path: string): TidekeepError {
  return new TidekeepError({
    code: 'unsupported',
    message: stateFailureTexts.settingsStore.theSettingsInWereMade({ path }),
    path,
    fix: stateFailureTexts.settingsStore.theSettingsInWereMadeFix,
  })
}
