import { Sparkles } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { RESOLUTIONS } from '../../../common/conflict-texts.ts'
import type { ResolutionKind } from '../../../common/conflict.ts'
import type { ConflictDetail, Decision } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { conflictStrings } from '../../conflict-strings.ts'
import { DiffBlock } from './evidence.tsx'

interface ChoicesProps {
  readonly detail: ConflictDetail
  readonly pending: boolean
  readonly onDecide: (decision: Decision) => void
}

/** The ways to settle one conflict, each with what it does. None is chosen beforehand; one may be suggested, with the reason. */
export function Choices({ detail, pending, onDecide }: ChoicesProps) {
  const { choices, advice, merge, copyName } = detail
  const id = useId()
  const [name, setName] = useState(copyName)
  const [isMerging, setMerging] = useState(false)
  const advised = (kind: ResolutionKind): string | undefined =>
    advice?.resolution === kind ? advice.reason : undefined
  const common = (kind: ResolutionKind) => ({ kind, pending, reason: advised(kind), isOffered: choices.includes(kind) })
  return (
    <section className="choices" aria-labelledby={id}>
      <h3 id={id}>{conflictStrings.question}</h3>
      <Choice {...common('keep-local')} onChoose={() => onDecide({ kind: 'keep-local' })} />
      <Choice {...common('keep-remote')} onChoose={() => onDecide({ kind: 'keep-remote' })} />
      <Choice
        {...common('keep-both')}
        onChoose={() => onDecide(name === copyName ? { kind: 'keep-both' } : { kind: 'keep-both', as: name })}
      >
        <label className="choice-name">
          <span className="muted">{conflictStrings.copyName}</span>
          <input
            className="input"
            dir="auto"
            autoComplete="off"
            spellCheck={false}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </label>
      </Choice>
      {merge.isPossible ? (
        <Choice {...common('merge')} isOpen={isMerging} onChoose={() => setMerging(!isMerging)}>
          {isMerging ? (
            <div className="choice-merge">
              <p className="muted">{conflictStrings.mergePreview}</p>
              <DiffBlock diff={merge.changes} label={conflictStrings.mergePreview} />
              <Button
                look="primary"
                pending={pending}
                onClick={() => onDecide({ kind: 'merge', digest: merge.digest })}
              >
                {conflictStrings.mergeAccept}
              </Button>
            </div>
          ) : null}
        </Choice>
      ) : null}
    </section>
  )
}

interface ChoiceProps {
  readonly kind: ResolutionKind
  readonly isOffered: boolean
  readonly pending: boolean
  /** Why it is suggested, where it is. */
  readonly reason: string | undefined
  /** What the button opens is open; left out where it acts at once. */
  readonly isOpen?: boolean
  readonly onChoose: () => void
  readonly children?: ReactNode
}

function Choice({ kind, isOffered, pending, reason, isOpen, onChoose, children }: ChoiceProps) {
  const id = useId()
  if (!isOffered) return null
  return (
    <div className="choice" data-advised={reason !== undefined || undefined}>
      <Button
        look={reason === undefined ? 'plain' : 'primary'}
        pending={pending}
        data-choice={kind}
        aria-describedby={id}
        aria-expanded={isOpen}
        onClick={onChoose}
      >
        {isOpen === undefined ? conflictStrings.choices[kind] : `${conflictStrings.choices[kind]}…`}
      </Button>
      <div className="choice-words" id={id}>
        {reason === undefined ? null : (
          <p className="choice-reason">
            <Sparkles size={14} aria-hidden="true" /> <strong>{conflictStrings.advised}:</strong> {reason}
          </p>
        )}
        <p className="muted">{RESOLUTIONS[kind].does}</p>
      </div>
      {children}
    </div>
  )
}
