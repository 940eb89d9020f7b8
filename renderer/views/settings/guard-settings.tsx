import { strings } from '../../strings.ts'
import { TextSetting } from './setting-fields.tsx'

/** How much may be deleted or replaced in one pass before a person is asked. */
export function GuardSettings() {
  const text = strings.settings
  return (
    <>
      <TextSetting name="guardFiles" label={text.guardFiles} hint={text.guardFilesHint} />
      <TextSetting name="guardPercent" label={text.guardPercent} hint={text.guardPercentHint} />
    </>
  )
}
