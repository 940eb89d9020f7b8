import { Send } from 'lucide-react'
import { useState } from 'react'
import type { Settings } from '../../../common/settings.ts'
import { Button } from '../../components/button.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { provingStrings } from '../../proving-strings.ts'
import { useAction, useClient } from '../../state/services.ts'
import { ChoiceSetting, TextSetting } from './setting-fields.tsx'
import { asBytes, asDuration } from './setting-text.ts'
import type { SaveSetting } from './settings-screen.tsx'
import { SettingsSection } from './settings-section.tsx'

const text = provingStrings

interface ProvingSectionProps {
  readonly settings: Settings
  readonly save: SaveSetting
}

/** How it is seen that backups can be restored, and who is told when they cannot, or when nobody tells any more. */
export function ProvingSection({ settings, save }: ProvingSectionProps) {
  const { proofBytes, alarmAfterMs, heartbeatUrl, heartbeatFailureUrl, heartbeatMethod } = settings
  return (
    <SettingsSection title={text.title}>
      <TextSetting
        name="proofBytes"
        label={text.proof}
        hint={text.proofHint}
        save={save}
        value={proofBytes === 0 ? '0' : asBytes(proofBytes)}
      />
      <TextSetting
        name="alarmAfterMs"
        label={text.alarm}
        hint={text.alarmHint}
        save={save}
        value={alarmAfterMs === 0 ? text.off : asDuration(alarmAfterMs)}
        emptyMeans="off"
      />
      <div className="settings-group">
        <h3>{text.heartbeat}</h3>
        <p className="muted">{text.heartbeatHint}</p>
      </div>
      <TextSetting
        name="heartbeatUrl"
        label={text.url}
        hint={text.urlHint}
        save={save}
        value={heartbeatUrl}
        width="long"
      />
      <BeatTest which="safe" url={heartbeatUrl} />
      <TextSetting
        name="heartbeatFailureUrl"
        label={text.failureUrl}
        hint={text.failureUrlHint}
        save={save}
        value={heartbeatFailureUrl}
        width="long"
      />
      <BeatTest which="failing" url={heartbeatFailureUrl} />
      {heartbeatUrl === '' && heartbeatFailureUrl === '' ? null : (
        <ChoiceSetting
          name="heartbeatMethod"
          label={text.method}
          chosen={heartbeatMethod}
          choices={text.methods}
          save={save}
        />
      )}
    </SettingsSection>
  )
}

/** Asks the address once, and says what came of it. */
function BeatTest({ which, url }: { readonly which: 'safe' | 'failing'; readonly url: string }) {
  const client = useClient()
  const [arrivedAt, setArrivedAt] = useState('')
  const test = useAction(async () => {
    setArrivedAt('')
    await client.call('heartbeat.test', { which })
    setArrivedAt(url)
  })
  if (url === '') return null
  return (
    <div className="settings-buttons">
      <Button icon={Send} className="button-small" pending={test.pending} onClick={() => void test.run()}>
        {text.test}
      </Button>
      <output className="muted">{test.pending ? text.testing : arrivedAt === url ? text.arrived : ''}</output>
      <ErrorNote error={test.error} />
    </div>
  )
}
