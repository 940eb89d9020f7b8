import { createContext, useContext } from 'react'
import type { SettingKey, Settings } from '../../../common/settings.ts'

/** Sends one setting; rejects with the service's own words about what is wrong with it. */
export type SaveSetting = (key: SettingKey, value: unknown) => Promise<void>

/** What the rows of settings inside show and change. */
export interface SettingsForm {
  readonly settings: Settings
  readonly save: SaveSetting
}

/** Around every row of settings. */
export const SettingsFormContext = createContext<SettingsForm | null>(null)

/** The form around. Throws outside of one: that is a mistake in the code. */
export function useSettingsForm(): SettingsForm {
  const form = useContext(SettingsFormContext)
  if (form === null) throw new Error('No settings: render below SettingsFormContext.')
  return form
}

/** The settings whose values are of a type. */
export type SettingOf<T> = { [K in SettingKey]: Settings[K] extends T ? K : never }[SettingKey]
