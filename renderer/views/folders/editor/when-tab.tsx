import { RefreshCw } from 'lucide-react'
import { Button } from '../../../components/button.tsx'
import { ErrorNote } from '../../../components/notes.tsx'
import { useToast } from '../../../components/toasts.tsx'
import { folderStrings } from '../../../folder-strings.ts'
import { formatDuration } from '../../../format.ts'
import { useAction, useClient } from '../../../state/services.ts'
import { strings } from '../../../strings.ts'
import { useSettingsForm } from '../../settings/settings-form.ts'
import { TimetableEditor } from '../../settings/timetable-editor.tsx'
import type { TabProps } from './folder-editor.tsx'

const text = folderStrings.when

/** When the folder is looked at, and pausing it. */
export function WhenTab({ folder }: TabProps) {
  const { settings, save } = useSettingsForm()
  const client = useClient()
  const toast = useToast()
  const { id, paused } = folder
  const hold = useAction((isOn: boolean) => client.call(isOn ? 'folders.pause' : 'folders.resume', { id }))
  const look = useAction(async () => {
    await client.call('folders.sync', { id })
    toast({ text: text.started })
  })
  return (
    <>
      <section className="editor-note">
        <h3>{text.live}</h3>
        <p className="muted">
          {text.liveText({
            settle: formatDuration(settings.settleMs),
            reconcile: formatDuration(settings.reconcileMs),
          })}
        </p>
      </section>
      <label className="choice">
        <input type="checkbox" checked={paused} onChange={(event) => void hold.run(event.target.checked)} />
        <span>
          {text.paused}
          <small>{text.pausedText}</small>
        </span>
      </label>
      <div className="editor-line">
        <Button icon={RefreshCw} pending={look.pending} onClick={() => void look.run()}>
          {strings.folders.syncNow}
        </Button>
        <span className="muted">{text.nowText}</span>
      </div>
      <ErrorNote error={hold.error ?? look.error} />
      <section className="editor-every">
        <h3>{folderStrings.everyFolder}</h3>
        <TimetableEditor lines={settings.timetable} save={save} />
      </section>
    </>
  )
}
