import { useCallback, useEffect, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { SettingKey, Settings } from '../../../common/settings.ts'
import { ErrorNote } from '../../components/notes.tsx'
import { ScreenFrame } from '../../components/screen.tsx'
import { useServices, useSnapshot } from '../../state/services.ts'
import { applyLanguage } from '../../state/language.ts'
import { applyTheme } from '../../state/theme.ts'
import { strings } from '../../strings.ts'
import { ChoiceSetting, IgnoreSetting, SwitchSetting, TextSetting } from './setting-fields.tsx'
import { GuardSettings } from './guard-settings.tsx'
import { LanguageSetting } from './language-setting.tsx'
import { NoticesSection } from './notices-section.tsx'
import { ProvingSection } from './proving-section.tsx'
import { SettingsSection } from './settings-section.tsx'
import { SpeedSection } from './speed-section.tsx'
import { asBytes, asDuration } from './setting-text.ts'
import { UpdatesSection } from './updates-section.tsx'

/** Sends one setting; rejects with the service's own words about what is wrong with it. */
export type SaveSetting = (key: SettingKey, value: unknown) => Promise<void>

/** What can be set, saved on change. */
export function SettingsScreen() {
  const { connection } = useServices()
  const isLive = useSnapshot().connection === 'live'
  const [settings, setSettings] = useState<Settings | null>(null)
  const [error, setError] = useState<TidekeepError | null>(null)
  useEffect(() => {
    if (!isLive) return
    connection.call('settings.get', {}).then(setSettings, (thrown: unknown) => setError(toTidekeepError(thrown)))
  }, [connection, isLive])
  const save = useCallback<SaveSetting>(
    async (key, value) => {
      const saved = await connection.call('settings.set', { key, value })
      setSettings(saved)
      applyTheme(saved.theme)
      applyLanguage(saved.language)
    },
    [connection],
  )
  return (
    <ScreenFrame title={strings.screens.settings}>
      <ErrorNote error={error} />
      {settings === null ? (
        <p className="muted">{strings.loading}</p>
      ) : (
        <Sections settings={settings} save={save} hasShell={connection.transport === 'ipc'} />
      )}
    </ScreenFrame>
  )
}

interface SectionsProps {
  readonly settings: Settings
  readonly save: SaveSetting
  readonly hasShell: boolean
}

function Sections({ settings, save, hasShell }: SectionsProps) {
  const text = strings.settings
  return (
    <div className="settings">
      <SpeedSection settings={settings} save={save} />
      <SettingsSection title={text.transfers}>
        <TextSetting
          name="deltaThreshold"
          label={text.deltaThreshold}
          hint={text.deltaThresholdHint}
          save={save}
          value={asBytes(settings.deltaThreshold)}
        />
        <TextSetting
          name="blockSize"
          label={text.blockSize}
          hint={text.blockSizeHint}
          save={save}
          value={settings.blockSize === 0 ? '' : asBytes(settings.blockSize)}
          emptyMeans="auto"
        />
        <TextSetting
          name="settleMs"
          label={text.settle}
          hint={text.settleHint}
          save={save}
          value={asDuration(settings.settleMs)}
        />
        <TextSetting
          name="reconcileMs"
          label={text.reconcile}
          hint={text.reconcileHint}
          save={save}
          value={asDuration(settings.reconcileMs)}
        />
      </SettingsSection>
      <SettingsSection title={text.safety}>
        <TextSetting
          name="keepDays"
          label={text.keepDays}
          hint={text.keepDaysHint}
          save={save}
          value={String(settings.keepDays)}
        />
        <GuardSettings settings={settings} save={save} />
      </SettingsSection>
      <ProvingSection settings={settings} save={save} />
      <SettingsSection title={text.ignoring}>
        <IgnoreSetting lines={settings.ignore} save={save} />
      </SettingsSection>
      <SettingsSection title={text.appearance}>
        <ChoiceSetting name="theme" label={text.theme} chosen={settings.theme} choices={text.themes} save={save} />
        <LanguageSetting language={settings.language} save={save} />
        {hasShell ? (
          <SwitchSetting name="autostart" label={text.autostart} isOn={settings.autostart} save={save} />
        ) : null}
      </SettingsSection>
      <NoticesSection settings={settings} save={save} hasShell={hasShell} />
      <UpdatesSection settings={settings} save={save} />
    </div>
  )
}
