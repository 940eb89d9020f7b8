import { speedStrings } from '../../speed-strings.ts'
import { SwitchSetting, TextSetting } from './setting-fields.tsx'
import { useSettingsForm } from './settings-form.ts'
import { SettingsSection } from './settings-section.tsx'
import { TimetableEditor } from './timetable-editor.tsx'

/** Limits, the timetable, and what pauses by itself. */
export function SpeedSection() {
  const { settings, save } = useSettingsForm()
  const text = speedStrings
  return (
    <SettingsSection title={text.title}>
      <TextSetting name="bandwidthLimit" label={text.upload} hint={text.uploadHint} />
      <TextSetting name="downloadLimit" label={text.download} hint={text.downloadHint} />
      <TimetableEditor lines={settings.timetable} save={save} />
      <TextSetting name="batteryPause" label={text.battery} hint={text.batteryHint} />
      <SwitchSetting name="meteredPause" label={text.metered} />
    </SettingsSection>
  )
}
