import { Gauge, Timer } from 'lucide-react'
import type { LiftableKind, ReasonView, StatusView } from '../../common/protocol.ts'
import { useAction, useClient, useServices } from '../state/services.ts'
import { strings } from '../strings.ts'
import { Button } from './button.tsx'
import { ErrorNote } from './notes.tsx'

interface ReasonLineProps {
  readonly status: StatusView
  /** `all`: every reason on a line of its own; `first`: one line, for the popup. */
  readonly show: 'first' | 'all'
}

/** Why work is as fast as it is, or stands still, and the way around it. Nothing where there is no reason. */
export function ReasonLine({ status, show }: ReasonLineProps) {
  const { reasons } = status
  const [first] = reasons
  if (first === undefined) return null
  if (show === 'all') {
    return (
      <ul className="reason-list" aria-label={strings.reasons.label}>
        {reasons.map((reason) => (
          <li key={reason.kind + reason.text}>
            <Reason reason={reason} text={reason.text} />
          </li>
        ))}
      </ul>
    )
  }
  return <Reason reason={first} text={reasons.map(({ text }) => text).join(' · ')} />
}

/** What is slower, beside what waits. */
const SPEEDS: ReadonlySet<ReasonView['kind']> = new Set(['limit', 'throttled', 'scanning', 'slower'])

function Reason({ reason, text }: { readonly reason: ReasonView; readonly text: string }) {
  const client = useClient()
  const { store } = useServices()
  const { kind, lift } = reason
  const change = useAction(() =>
    store.take(() => client.call('speed.lift', { kind: kind as LiftableKind, lifted: lift === 'possible' })),
  )
  const Icon = SPEEDS.has(kind) ? Gauge : Timer
  return (
    <div className="reason" data-stops={(reason.stops === true && lift === 'possible') || undefined}>
      <Icon size={15} aria-hidden="true" />
      <span className="reason-text numbers" title={text}>
        {text}
      </span>
      {lift === undefined ? null : (
        <Button look="quiet" className="reason-lift" pending={change.pending} onClick={() => void change.run()}>
          {wordsFor(reason)}
        </Button>
      )}
      <ErrorNote error={change.error} />
    </div>
  )
}

function wordsFor(reason: ReasonView): string {
  const { anyway, fullSpeed, restore } = strings.reasons
  if (reason.lift === 'lifted') return restore
  return reason.stops === true ? anyway : fullSpeed
}
