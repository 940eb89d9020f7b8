import { useCallback, useEffect, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { Settings } from '../../../common/settings.ts'
import { ErrorNote } from '../../components/notes.tsx'
import { ScreenFrame } from '../../components/screen.tsx'
import { useServices, useSnapshot } from '../../state/services.ts'
import { followLanguage } from '../../state/language.ts'
import { applyTheme } from '../../state/theme.ts'
import { strings } from '../../strings.ts'
import { ChoiceSetting, IgnoreSetting, SwitchSetting, TextSetting } from './setting-fields.tsx'
import { GuardSettings } from './guard-settings.tsx'
import { LanguageSetting } from './language-setting.tsx'
import { NoticesSection } from './notices-section.tsx'
import { ProvingSection } from './proving-section.tsx'
import { type SaveSetting, SettingsFormContext } from './settings-form.ts'
import { SettingsSection } from './settings-section.tsx'
import { SpeedSection } from './speed-section.tsx'
import { UpdatesSection } from './updates-section.tsx'

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
      if (key === 'language') await followLanguage(connection)
    },
    [connection],
  )
  return (
    <ScreenFrame title={strings.screens.settings}>
      <ErrorNote error={error} />
      {settings === null ? (
        <p className="muted">{strings.loading}</p>
      ) : (
        <SettingsFormContext value={{ settings, save }}>
          <Sections hasShell={connection.transport === 'ipc'} />
        </SettingsFormContext>
      )}
    </ScreenFrame>
  )
}

function Sections({ hasShell }: { readonly hasShell: boolean }) {
  const text = strings.settings
  return (
    <div className="settings">
      <SpeedSection />
      <SettingsSection title={text.transfers}>
        <TextSetting name="deltaThreshold" label={text.deltaThreshold} hint={text.deltaThresholdHint} />
        <TextSetting name="blockSize" label={text.blockSize} hint={text.blockSizeHint} />
        <TextSetting name="settleMs" label={text.settle} hint={text.settleHint} />
        <TextSetting name="reconcileMs" label={text.reconcile} hint={text.reconcileHint} />
      </SettingsSection>
      <SettingsSection title={text.safety}>
        <TextSetting name="keepDays" label={text.keepDays} hint={text.keepDaysHint} />
        <GuardSettings />
      </SettingsSection>
      <ProvingSection />
      <SettingsSection title={text.ignoring}>
        <IgnoreSetting />
      </SettingsSection>
      <SettingsSection title={text.thisComputer}>
        <TextSetting name="deviceName" label={text.deviceName} hint={text.deviceNameHint} />
        <SwitchSetting name="tellDevice" label={text.tellDevice} hint={text.tellDeviceHint} />
      </SettingsSection>
      <SettingsSection title={text.appearance}>
        <ChoiceSetting name="theme" label={text.theme} choices={text.themes} />
        <LanguageSetting />
        {hasShell ? <SwitchSetting name="autostart" label={text.autostart} /> : null}
      </SettingsSection>
      <NoticesSection hasShell={hasShell} />
      <UpdatesSection />
    </div>
  )
}
