import type { Settings } from '../settings.ts'
import type { Call, Nothing } from './call.ts'

/** What a person chose. */
export interface SettingCalls {
  'settings.get': Call<Nothing, Settings>
  'settings.set': Call<{ readonly key: string; readonly value: unknown }, Settings>
}
