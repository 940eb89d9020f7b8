import { TidekeepError } from '../../common/errors.ts'
import { parseSetting, toSettingKey } from '../../common/setting-values.ts'
import type { SettingKey, Settings } from '../../common/settings.ts'
import type { Area } from './area.ts'
import type { Needs } from './deps.ts'
import { apiFailureTexts } from './api-failure-texts.ts'

/** What a person can set by name. Folders and the pause have calls of their own. */
export function createSettingHandlers({ settings, engine }: Needs<'settings', 'applySettings'>): Area<'settings'> {
  return {
    'settings.get': async () => settings.get(),
    'settings.set': async ({ key, value }) => {
      const change = changeOf(toSettingKey(key), value)
      await settings.update((current) => consistent({ ...current, ...change }))
      await engine.applySettings()
      return settings.get()
    },
  }
}

function changeOf(key: SettingKey, value: unknown): Partial<Settings> {
  return { [key]: parseSetting(key, value) }
}

/** A longest wait below the shortest one could never be kept. */
function consistent(settings: Settings): Settings {
  if (settings.settleMaxMs >= settings.settleMs) return settings
  throw new TidekeepError({
    code: 'invalid',
    message: apiFailureTexts.settings.theSettingSettlemaxmsMustNot,
    fix: apiFailureTexts.settings.theSettingSettlemaxmsMustNotFix({ settleMs: settings.settleMs }),
  })
}
