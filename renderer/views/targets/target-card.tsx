import { type LucideIcon, RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../../components/button.tsx'
import { CheckResult } from '../../components/check-result.tsx'
import { ErrorNote, Note } from '../../components/notes.tsx'
import { targetStrings } from '../../target-strings.ts'
import type { CheckState } from './use-check.ts'
import type { LookState } from './use-look.ts'

interface TargetCardProps {
  readonly icon: LucideIcon
  /** Nothing is kept there at present: a sign-in or a disk is missing. */
  readonly isAway: boolean
  /** As it may be drawn. */
  readonly name: string
  readonly title: ReactNode
  readonly state: ReactNode
  readonly actions: ReactNode
  readonly check: CheckState
  readonly children: ReactNode
}

/** The frame of everything that copies are kept at: what it is, how it stands, what came of trying it. */
export function TargetCard({ icon: Icon, isAway, name, title, state, actions, check, children }: TargetCardProps) {
  return (
    <article className="card target" aria-label={name}>
      <header className="target-head">
        <span className="target-icon" data-tone={isAway ? 'warn' : undefined} aria-hidden="true">
          <Icon size={20} />
        </span>
        <div className="target-words">
          <h3>{title}</h3>
          <p>{state}</p>
        </div>
        <div className="folder-actions">{actions}</div>
      </header>
      {children}
      <div aria-live="polite">{check.check === null ? null : <CheckResult check={check.check} />}</div>
      <ErrorNote error={check.error} />
    </article>
  )
}

/** Whether copies can be kept there at present, in a word. */
export function TargetState({ isAway, children }: { readonly isAway: boolean; readonly children: ReactNode }) {
  return (
    <strong className="target-state" data-tone={isAway ? 'warn' : 'good'}>
      {children}
    </strong>
  )
}

/** Tries the target, each permission by itself. */
export function TestButton({ name, check }: { readonly name: string; readonly check: CheckState }) {
  const text = targetStrings
  return (
    <Button className="button-small" pending={check.pending} aria-label={text.testOf({ name })} onClick={check.run}>
      {check.pending ? text.testing : text.test}
    </Button>
  )
}

/** Why a target could not be looked at, and the way to look again. Nothing where it could. */
export function Trouble({ state: { look, isAsking, askAgain } }: { readonly state: LookState }) {
  if (look?.error === undefined) return null
  return (
    <div className="target-trouble">
      <Note tone="warn">
        <p>{look.error.message}</p>
        {look.error.fix === undefined ? null : <p className="muted">{look.error.fix}</p>}
      </Note>
      <Button icon={RefreshCw} className="button-small" pending={isAsking} onClick={askAgain}>
        {targetStrings.refresh}
      </Button>
    </div>
  )
}
