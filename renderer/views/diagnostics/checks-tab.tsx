import { CircleAlert, CircleCheck, type LucideIcon, RefreshCw, TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Diagnosis } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { diagnosticStrings } from '../../diagnostic-strings.ts'
import { displayName } from '../../names.ts'
import { useAction, useClient } from '../../state/services.ts'
import { checkText } from '../../../common/check-text.ts'

const text = diagnosticStrings.checks
const ICONS: Readonly<Record<Diagnosis['state'], LucideIcon>> = {
  ok: CircleCheck,
  warning: TriangleAlert,
  failed: CircleAlert,
}
const ORDER: readonly Diagnosis['state'][] = ['failed', 'warning', 'ok']

/** Everything that was looked at, what is wrong first, each with what to do. */
export function ChecksTab() {
  const client = useClient()
  const [checks, setChecks] = useState<readonly Diagnosis[] | null>(null)
  const look = useAction(async () => setChecks(await client.call('diagnostics.examine', {})))
  useEffect(() => {
    void look.run()
    // Looked at when the tab opens; the action itself is new on every draw.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [])
  const sorted = ORDER.flatMap((state) => (checks ?? []).filter((check) => check.state === state))
  return (
    <div className="scrolled">
      <div className="checks-head">
        <p className="muted">{text.text}</p>
        <Button icon={RefreshCw} pending={look.pending} onClick={() => void look.run()}>
          {text.again}
        </Button>
      </div>
      <p aria-live="polite" className="checks-sum">
        {look.pending ? text.looking : checks === null ? '' : sentenceOf(checks)}
      </p>
      <ErrorNote error={look.error} />
      <ul className="card checks">
        {sorted.map((check) => (
          <Check key={check.name} check={check} />
        ))}
      </ul>
    </div>
  )
}

function Check({ check }: { readonly check: Diagnosis }) {
  const Icon = ICONS[check.state]
  return (
    <li data-state={check.state}>
      <Icon size={18} aria-hidden="true" />
      <span className="visually-hidden">{text.states[check.state]}: </span>
      <div className="check-words">
        <strong>{displayName(checkText(check.name))}</strong>
        <p className="muted">{displayName(check.message)}</p>
        {check.fix === undefined ? null : (
          <p>
            {text.fix}: {displayName(check.fix)}
          </p>
        )}
      </div>
    </li>
  )
}

function sentenceOf(checks: readonly Diagnosis[]): string {
  const count = (state: Diagnosis['state']): number => checks.filter((check) => check.state === state).length
  const [failed, warnings] = [count('failed'), count('warning')]
  if (failed + warnings === 0) return text.allFine
  const parts = [
    ...(failed === 0 ? [] : [text.failed({ n: failed })]),
    ...(warnings === 0 ? [] : [text.warnings({ n: warnings })]),
  ]
  return `${parts.join(', ')}.`
}
