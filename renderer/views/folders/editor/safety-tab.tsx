import { folderStrings } from '../../../folder-strings.ts'
import { GuardSettings } from '../../settings/guard-settings.tsx'
import type { TabProps } from './folder-editor.tsx'
import { VersionRules } from './version-rules.tsx'

/** When a person is asked before much is deleted or replaced, and for how long that can be undone. */
export function SafetyTab({ folder }: TabProps) {
  return (
    <section className="editor-every">
      <h3>{folderStrings.everyFolder}</h3>
      <GuardSettings />
      <VersionRules folder={folder} />
    </section>
  )
}
