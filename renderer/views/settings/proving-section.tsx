import { Send } from 'lucide-react'
import { useEffect, useEffectEvent, useState } from 'react'
import { formatCents } from '../../../common/format.ts'
import type { ProofPriceView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { provingStrings } from '../../proving-strings.ts'
import { useAction, useClient } from '../../state/services.ts'
import { ChoiceSetting, TextSetting } from './setting-fields.tsx'
import { useSettingsForm } from './settings-form.ts'
import { SettingsSection } from './settings-section.tsx'

const text = provingStrings

/** How it is seen that backups can be restored, and who is told when they cannot, or when nobody tells any more. */
export function ProvingSection() {
  const { proofBytes, heartbeatUrl, heartbeatFailureUrl } = useSettingsForm().settings
  return (
    <SettingsSection title={text.title}>
      <TextSetting name="proofBytes" label={text.proof} hint={text.proofHint} />
      {/* Another amount has another price. */}
      {proofBytes === 0 ? null : <ProofPrice key={proofBytes} />}
      <TextSetting name="alarmAfterMs" label={text.alarm} hint={text.alarmHint} />
      <div className="settings-group">
        <h3>{text.heartbeat}</h3>
        <p className="muted">{text.heartbeatHint}</p>
      </div>
      <TextSetting name="heartbeatUrl" label={text.url} hint={text.urlHint} width="long" />
      <BeatTest which="safe" url={heartbeatUrl} />
      <TextSetting name="heartbeatFailureUrl" label={text.failureUrl} hint={text.failureUrlHint} width="long" />
      <BeatTest which="failing" url={heartbeatFailureUrl} />
      {heartbeatUrl === '' && heartbeatFailureUrl === '' ? null : (
        <ChoiceSetting name="heartbeatMethod" label={text.method} choices={text.methods} />
      )}
    </SettingsSection>
  )
}

/** What proofs cost by the setting in force; nothing where no store takes money for them. */
function ProofPrice() {
  const client = useClient()
  const [price, setPrice] = useState<ProofPriceView | null>(null)
  // The setting works without an answer as well.
  const { run } = useAction(async () => setPrice(await client.call('diagnostics.proofPrice', {})))
  const ask = useEffectEvent(() => void run())
  useEffect(() => ask(), [])
  if (price === null) return null
  const { priced, unpriced, dollarsPerMonth } = price
  const lines = [
    ...(priced === 0 ? [] : [text.price({ n: priced, dollars: formatCents(dollarsPerMonth) })]),
    ...(unpriced === 0 ? [] : [text.unpriced({ n: unpriced })]),
  ]
  return lines.length === 0 ? null : <p className="muted">{lines.join(' ')}</p>
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
