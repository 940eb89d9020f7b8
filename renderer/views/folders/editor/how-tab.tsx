import { useState } from 'react'
import type { SyncMode } from '../../../../common/model.ts'
import { useToast } from '../../../components/toasts.tsx'
import { folderStrings } from '../../../folder-strings.ts'
import { displayName } from '../../../names.ts'
import { useAction } from '../../../state/services.ts'
import { strings } from '../../../strings.ts'
import { TextSetting } from '../../settings/setting-fields.tsx'
import { ChangeConfirm } from './change-confirm.tsx'
import type { TabProps } from './folder-editor.tsx'

const text = folderStrings.how
const MODES: readonly SyncMode[] = ['backup', 'mirror', 'two-way']

/** The mode of the folder, and how every folder is sent. */
export function HowTab({ folder, change }: TabProps) {
  const toast = useToast()
  const [asked, setAsked] = useState<SyncMode | null>(null)
  const mode = asked ?? folder.mode
  const name = displayName(folder.name)
  const turn = useAction(async () => {
    await change({ mode })
    toast({ text: folderStrings.saved })
  })
  return (
    <>
      <fieldset className="modes">
        <legend>{text.mode}</legend>
        {MODES.map((each) => (
          <label key={each} className="choice">
            <input
              type="radio"
              name="folder-mode"
              checked={each === folder.mode}
              onChange={() => {
                turn.clear()
                setAsked(each)
              }}
            />
            <span>
              {strings.folders.modes[each]}
              <small>{strings.folders.modeText[each]}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <section className="editor-every">
        <h3>{folderStrings.everyFolder}</h3>
        <TextSetting name="concurrency" label={text.concurrency} hint={text.concurrencyHint} />
        <TextSetting
          name="deltaThreshold"
          label={strings.settings.deltaThreshold}
          hint={strings.settings.deltaThresholdHint}
        />
      </section>
      <ChangeConfirm
        folder={folder}
        change={{ mode }}
        open={asked !== null}
        onClose={() => setAsked(null)}
        title={text.confirm[mode]({ name })}
        confirm={text.change}
        action={turn}
      >
        <p>{strings.folders.modeText[mode]}</p>
        {mode === 'backup' ? <p>{text.stillTo}</p> : null}
      </ChangeConfirm>
    </>
  )
}
