import { RefreshCw, RotateCw } from 'lucide-react'
import { useEffect, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { UpdateState, UpdateView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { formatAgo } from '../../format.ts'
import { useNow } from '../../state/clock.ts'
import { useAction, useClient } from '../../state/services.ts'
import { updateStrings } from '../../update-strings.ts'
import { ChoiceSetting, SwitchSetting } from './setting-fields.tsx'
import { SettingsSection } from './settings-section.tsx'

/** How often it is looked while something is under way. */
const WATCH_MS = 1_000
const MOVING: ReadonlySet<UpdateState['kind']> = new Set(['checking', 'downloading', 'installing'])

/** Which version runs, what is known of newer ones, and what happens by itself. */
export function UpdatesSection() {
  const text = updateStrings
  const client = useClient()
  const { view, show, error } = useUpdates()
  const check = useAction(async () => show(await client.call('updates.check', {})))
  const install = useAction(async () => show(await client.call('updates.install', {})))
  const isOff = view?.state.kind === 'off'
  return (
    <SettingsSection title={text.title}>
      {view === null ? null : <Found view={view} />}
      <ErrorNote error={error ?? check.error ?? install.error} />
      {view === null || isOff ? null : (
        <>
          <div className="settings-buttons">
            {view.state.kind === 'ready' ? (
              <Button look="primary" icon={RotateCw} pending={install.pending} onClick={() => void install.run()}>
                {text.restart}
              </Button>
            ) : null}
            <Button icon={RefreshCw} pending={check.pending} onClick={() => void check.run()}>
              {text.check}
            </Button>
          </div>
          <SwitchSetting name="updateChecks" label={text.checks} />
          <SwitchSetting name="updateWhenIdle" label={text.whenIdle} />
          <ChoiceSetting name="updateChannel" label={text.channel} choices={text.channels} />
          <p className="muted">{text.signedHint}</p>
        </>
      )}
    </SettingsSection>
  )
}

function Found({ view }: { readonly view: UpdateView }) {
  const text = updateStrings
  const nowMs = useNow()
  const sentence = sentenceOf(view.state)
  const looked =
    view.lastCheckMs === null ? text.neverChecked : text.lastCheck({ ago: formatAgo(view.lastCheckMs, nowMs) })
  return (
    <div className="updates-found" aria-live="polite">
      <p>
        {text.installed({ version: view.installed })}
        {view.state.kind === 'off' ? null : (
          <span aria-live="off" className="muted">
            {' '}
            {looked}
          </span>
        )}
      </p>
      {sentence === '' ? null : <p data-kind={view.state.kind}>{sentence}</p>}
    </div>
  )
}

/** What is known, in a sentence; empty where there is nothing to say. */
function sentenceOf(state: UpdateState): string {
  const text = updateStrings
  if (state.kind === 'off') return text.off[state.why]
  const reasons: Readonly<Record<string, string>> = text.reasons
  if (state.kind === 'refused') return text.refused({ why: reasons[state.reason] ?? text.reasons['check-failed'] })
  return 'version' in state ? text.versions[state.kind]({ version: state.version }) : text.states[state.kind]
}

/** What is known of updates; looked at again while something is under way. */
function useUpdates() {
  const client = useClient()
  const [view, setView] = useState<UpdateView | null>(null)
  const [error, setError] = useState<TidekeepError | null>(null)
  useEffect(() => {
    if (view !== null && !MOVING.has(view.state.kind)) return undefined
    const look = (): void => {
      client.call('updates.get', {}).then(setView, (thrown: unknown) => setError(toTidekeepError(thrown)))
    }
    const timer = setTimeout(look, view === null ? 0 : WATCH_MS)
    return () => clearTimeout(timer)
  }, [client, view])
  return { view, show: setView, error }
}
