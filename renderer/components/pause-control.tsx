import { ChevronDown, Pause, Play } from 'lucide-react'
import { memo } from 'react'
import type { StatusView } from '../../common/protocol.ts'
import { formatCountdown, formatExact, untilTomorrowMorning } from '../format.ts'
import { useNow } from '../state/clock.ts'
import { useAction, useClient, useServices } from '../state/services.ts'
import { strings } from '../strings.ts'
import { ActionMenu } from './action-menu.tsx'
import { Button } from './button.tsx'
import { ErrorNote } from './notes.tsx'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

type Choice = 'minutes30' | 'hours2' | 'hours8' | 'hours24' | 'tomorrow' | 'forever'

const CHOICES: readonly (readonly [choice: Choice, durationMs: () => number | 'forever'])[] = [
  ['minutes30', () => 30 * MINUTE_MS],
  ['hours2', () => 2 * HOUR_MS],
  ['hours8', () => 8 * HOUR_MS],
  ['hours24', () => 24 * HOUR_MS],
  ['tomorrow', () => untilTomorrowMorning(Date.now())],
  ['forever', () => 'forever'],
]

/** Pause for a time, or Resume while paused. Drawn again only for another pause: its menu is dear, and a status comes with every few files. */
export const PauseControl = memo(function PauseControl({ pausedUntil }: Pick<StatusView, 'pausedUntil'>) {
  const client = useClient()
  const { store } = useServices()
  const pause = useAction((durationMs: number | 'forever') =>
    store.take(() => client.call('pause.set', { durationMs })),
  )
  const resume = useAction(() => store.take(() => client.call('pause.clear', {})))
  if (pausedUntil !== 0) {
    return (
      <>
        <Button look="plain" icon={Play} pending={resume.pending} onClick={() => void resume.run()}>
          {strings.pause.resume}
        </Button>
        <ErrorNote error={resume.error} />
      </>
    )
  }
  return (
    <>
      <ActionMenu
        label={strings.pause.menu}
        trigger={
          <button type="button" className="button button-plain">
            <Pause size={16} aria-hidden="true" />
            <span>{strings.pause.pause}</span>
            <ChevronDown size={14} aria-hidden="true" className="muted" />
          </button>
        }
        entries={CHOICES.map(([choice, durationMs]) => ({
          label: strings.pause[choice],
          onSelect: () => void pause.run(durationMs()),
        }))}
      />
      <ErrorNote error={pause.error} />
    </>
  )
})

/** How long a pause lasts, counting down. Nothing while not paused. */
export function PauseCountdown({ pausedUntil }: { readonly pausedUntil: number | 'forever' }) {
  const nowMs = useNow()
  if (pausedUntil === 0) return null
  if (pausedUntil === 'forever') return <span>{strings.pause.untilResumed}</span>
  return (
    <span className="numbers" title={formatExact(pausedUntil)}>
      {strings.pause.left({ countdown: formatCountdown(pausedUntil - nowMs) })}
    </span>
  )
}
