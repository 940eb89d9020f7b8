import type { Settings } from '../../../common/settings.ts'
import { speedStrings } from '../../speed-strings.ts'
import { SwitchSetting, TextSetting } from './setting-fields.tsx'
import { asBytes, asNumber } from './setting-text.ts'
import type { SaveSetting } from './settings-screen.tsx'
import { SettingsSection } from './settings-section.tsx'
import { TimetableEditor } from './timetable-editor.tsx'

interface SpeedSectionProps {
  readonly settings: Settings
  readonly save: SaveSetting
}

/** Limits, the timetable, and what pauses by itself. */
export function SpeedSection({ settings, save }: SpeedSectionProps) {
  const text = speedStrings
  return (
    <SettingsSection title={text.title}>
      <TextSetting
        name="bandwidthLimit"
        label={text.upload}
        hint={text.uploadHint}
        save={save}
        value={settings.bandwidthLimit === 0 ? '' : asBytes(settings.bandwidthLimit)}
        emptyMeans="0"
      />
      <TextSetting
        name="downloadLimit"
        label={text.download}
        hint={text.downloadHint}
        save={save}
        value={settings.downloadLimit === 0 ? '' : asBytes(settings.downloadLimit)}
        emptyMeans="0"
      />
      <TimetableEditor lines={settings.timetable} save={save} />
      <TextSetting
        name="batteryPause"
        label={text.battery}
        hint={text.batteryHint}
        save={save}
        value={asNumber(settings.batteryPause)}
      />
      <SwitchSetting name="meteredPause" label={text.metered} isOn={settings.meteredPause} save={save} />
    </SettingsSection>
  )
}
