import { toLanguageTag } from '../../common/messages/language.ts'
import { LANGUAGE_VARIABLE } from '../../common/messages/languages.ts'
import type { S3Options, SettingKey, Settings } from '../../common/settings.ts'
import { SETTING_KEYS, parseSetting } from '../../common/setting-values.ts'

/** What stores are reached with when a folder does not say. */
export type S3Key = 's3.endpoint' | 's3.region' | 's3.profile'
/** Everything `config explain` explains. */
export type ConfigKey = SettingKey | S3Key

/** From the strongest to the weakest. */
export type ConfigSource = 'flag' | 'environment' | 'file' | 'default'

/** Where the value in force comes from. */
export interface Explanation {
  readonly key: ConfigKey
  readonly value: unknown
  readonly source: ConfigSource
  /** `--bandwidth-limit`, `TIDEKEEP_BANDWIDTH_LIMIT`, a path, or "built in". */
  readonly where: string
}

/** Everything a value can come from. */
export interface ConfigInput {
  /** Values given on the command line, as text. */
  readonly flags: Readonly<Partial<Record<ConfigKey, string>>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** The settings file: its settings, which members it has itself, and its path. `SettingsStore` is read for this. */
  readonly file: { readonly settings: Settings; readonly stored: ReadonlySet<string>; readonly path: string }
}

/** What is in force, and why. */
export interface ResolvedConfig {
  /** The file's settings with flags and environment on top. */
  readonly values: Settings
  readonly s3: Pick<S3Options, 'endpoint' | 'region' | 'profile'>
  readonly sources: Readonly<Record<ConfigKey, ConfigSource>>
  explain(key: ConfigKey): Explanation
}

/** Variables in the order they are looked at; the AWS names are those of its own tools. */
const S3_VARIABLES: Readonly<Record<S3Key, readonly string[]>> = {
  's3.endpoint': ['TIDEKEEP_S3_ENDPOINT', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'],
  's3.region': ['TIDEKEEP_S3_REGION', 'AWS_REGION', 'AWS_DEFAULT_REGION'],
  's3.profile': ['TIDEKEEP_S3_PROFILE', 'AWS_PROFILE'],
}
/** Keys that no settings file has: they belong to a folder, a flag or the environment. */
export const S3_KEYS = Object.keys(S3_VARIABLES) as readonly S3Key[]

/**
 * The settings in force: flag over environment over file over default. An empty variable counts as
 * not set. Throws `invalid` naming the flag or variable whose value cannot be read.
 */
export function resolveSettings(input: ConfigInput): ResolvedConfig {
  const found = new Map<ConfigKey, Explanation>()
  for (const key of SETTING_KEYS) found.set(key, resolveSetting(key, input))
  for (const key of S3_KEYS) found.set(key, resolveS3(key, input))
  const explain = (key: ConfigKey): Explanation => found.get(key)!
  const values: Record<string, unknown> = { ...input.file.settings }
  for (const key of SETTING_KEYS) values[key] = explain(key).value
  const s3: Record<string, unknown> = {}
  for (const key of S3_KEYS) {
    const { value } = explain(key)
    if (value !== undefined) s3[key.slice('s3.'.length)] = value
  }
  return {
    values: values as unknown as Settings,
    s3,
    sources: Object.fromEntries([...found].map(([key, { source }]) => [key, source])) as Record<
      ConfigKey,
      ConfigSource
    >,
    explain,
  }
}

function resolveSetting(key: SettingKey, { flags, env, file }: ConfigInput): Explanation {
  const flag = flags[key]
  if (flag !== undefined) {
    return { key, value: parseSetting(key, flag, flagName(key)), source: 'flag', where: flagName(key) }
  }
  const name = environmentName(key)
  const variable = env[name]
  // A language that is none is passed over where texts are chosen, too: nothing fails for it.
  const isAsked = key === 'language' ? toLanguageTag(variable) !== undefined : variable !== ''
  if (variable !== undefined && isAsked) {
    return { key, value: parseSetting(key, variable, name), source: 'environment', where: name }
  }
  const value = file.settings[key]
  return file.stored.has(key)
    ? { key, value, source: 'file', where: file.path }
    : { key, value, source: 'default', where: 'built in' }
}

/** `bandwidthLimit` is `TIDEKEEP_BANDWIDTH_LIMIT`; that of the language is short, for it is typed by hand. */
export function environmentName(key: SettingKey): string {
  if (key === 'language') return LANGUAGE_VARIABLE
  return `TIDEKEEP_${words(key).join('_').toUpperCase()}`
}

/** `bandwidthLimit` is `--bandwidth-limit`. */
export function flagName(key: SettingKey): string {
  return `--${words(key).join('-').toLowerCase()}`
}

function words(key: string): readonly string[] {
  return key.replace(/Ms$/, '').split(/(?=[A-Z])/)
}

function resolveS3(key: S3Key, { flags, env }: ConfigInput): Explanation {
  const flag = flags[key]
  if (flag !== undefined) return { key, value: flag, source: 'flag', where: `--${key.slice('s3.'.length)}` }
  for (const name of S3_VARIABLES[key]) {
    const value = env[name]
    if (value !== undefined && value !== '') return { key, value, source: 'environment', where: name }
  }
  return { key, value: undefined, source: 'default', where: 'built in' }
}
