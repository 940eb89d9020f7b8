import type { Settings } from '../settings.ts'
import type { Call, Nothing } from './call.ts'

/** What this installation is asked to speak. */
export interface LanguageChoice {
  /** A BCP 47 tag, or `system`: whoever shows texts follows its own system. */
  readonly tag: string
  /** The environment comes before the setting. */
  readonly by: 'environment' | 'setting'
}

/** What a person chose. */
export interface SettingCalls {
  'settings.get': Call<Nothing, Settings>
  'language.get': Call<Nothing, LanguageChoice>
  /** Asks one address of the heartbeat once. Throws `invalid` where it is not set, `unavailable` where it did not arrive, and for `safe` where something needs a person. */
  'heartbeat.test': Call<{ readonly which: 'safe' | 'failing' }, Nothing>
  'settings.set': Call<{ readonly key: string; readonly value: unknown }, Settings>
}
