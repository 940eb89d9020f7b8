import { Check, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { TargetCheck } from '../../common/protocol.ts'
import { wizardStrings } from '../wizard-strings.ts'

/** What was tried on a target, each permission ticked on its own. Scrolls into view when it appears. */
export function CheckResult({ check }: { readonly check: TargetCheck }) {
  const text = wizardStrings.target
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // Braces: browsers have begun to answer with a promise, which is no clean-up.
    void box.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  return (
    <div className="check" data-ok={check.ok} ref={box}>
      <p>
        <strong>{check.ok ? text.works : text.fails}</strong>
        {check.freeBytes === undefined ? null : <span className="muted"> {text.free({ bytes: check.freeBytes })}</span>}
      </p>
      <ul className="check-steps">
        {check.steps.map((step) => (
          <li key={step.name} data-ok={step.ok}>
            {step.ok ? <Check size={16} aria-hidden="true" /> : <X size={16} aria-hidden="true" />}
            <span className="visually-hidden">{step.ok ? text.stepWorks : text.stepFails}: </span>
            <span>
              {step.name}
              {step.message === undefined ? null : <small>{step.message}</small>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
