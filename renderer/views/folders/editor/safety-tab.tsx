import { folderStrings } from '../../../folder-strings.ts'
import { strings } from '../../../strings.ts'
import { TextSetting } from '../../settings/setting-fields.tsx'
import type { TabProps } from './folder-editor.tsx'
import { VersionRules } from './version-rules.tsx'

/** When a person is asked before much is deleted or replaced, and for how long that can be undone. */
export function SafetyTab({ folder, settings, save }: TabProps) {
  const text = strings.settings
  return (
    <section className="editor-every">
      <h3>{folderStrings.everyFolder}</h3>
      <TextSetting
        name="guardFiles"
        label={text.guardFiles}
        hint={text.guardFilesHint}
        value={String(settings.guardFiles)}
        save={save}
      />
      <TextSetting
        name="guardPercent"
        label={text.guardPercent}
        hint={text.guardPercentHint}
        value={String(settings.guardPercent)}
        save={save}
      />
      <VersionRules folderId={folder.id} settings={settings} save={save} />
    </section>
  )
}
