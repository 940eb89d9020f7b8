import type { Settings } from '../../../common/settings.ts'
import { strings } from '../../strings.ts'
import { TextSetting } from './setting-fields.tsx'
import { asNumber } from './setting-text.ts'
import type { SaveSetting } from './settings-screen.tsx'

interface GuardSettingsProps {
  readonly settings: Pick<Settings, 'guardFiles' | 'guardPercent'>
  readonly save: SaveSetting
}

/** How much may be deleted or replaced in one pass before a person is asked. */
export function GuardSettings({ settings, save }: GuardSettingsProps) {
  const text = strings.settings
  return (
    <>
      <TextSetting
        name="guardFiles"
        label={text.guardFiles}
        hint={text.guardFilesHint}
        save={save}
        value={asNumber(settings.guardFiles)}
      />
      <TextSetting
        name="guardPercent"
        label={text.guardPercent}
        hint={text.guardPercentHint}
        save={save}
        value={asNumber(settings.guardPercent)}
      />
    </>
  )
}
