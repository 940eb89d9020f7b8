import { Sparkles } from 'lucide-react'
import { useId, useState } from 'react'
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
  /** Left out where nothing follows. */
  readonly onLater?: () => void
}

/** What can be done besides keeping one of the two: both, a merge, nothing yet. With what is suggested, and why. */
export function Choices({ detail, pending, onDecide, onLater }: ChoicesProps) {
  const { choices, advice, merge, copyName } = detail
  const [name, setName] = useState(copyName)
  const [isMerging, setMerging] = useState(false)
  const isAdvised = (kind: ResolutionKind): boolean => advice?.resolution === kind
  return (
    <section className="choices" aria-label={conflictStrings.question}>
      {advice === undefined ? null : (
        <p className="choice-reason">
          <Sparkles size={15} aria-hidden="true" />
          <span>
            <strong>
              {conflictStrings.advised}: {conflictStrings.choices[advice.resolution]}.
            </strong>{' '}
            {advice.reason}
          </span>
        </p>
      )}
      <div className="choice-row">
        {choices.includes('keep-both') ? (
          <>
            <ChoiceButton
              kind="keep-both"
              {...{ pending, isAdvised: isAdvised('keep-both') }}
              onChoose={() => onDecide(name === copyName ? { kind: 'keep-both' } : { kind: 'keep-both', as: name })}
            />
            <input
              className="input choice-name"
              aria-label={conflictStrings.copyName}
              title={conflictStrings.copyName}
              dir="auto"
              autoComplete="off"
              spellCheck={false}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </>
        ) : null}
        {merge.isPossible ? (
          <ChoiceButton
            kind="merge"
            {...{ pending, isAdvised: isAdvised('merge'), isOpen: isMerging }}
            onChoose={() => setMerging(!isMerging)}
          />
        ) : null}
        {onLater === undefined ? null : (
          <Button look="quiet" onClick={onLater}>
            {conflictStrings.later}
          </Button>
        )}
      </div>
      {merge.isPossible && isMerging ? (
        <div className="choice-merge">
          <p className="muted">{conflictStrings.mergePreview}</p>
          <DiffBlock diff={merge.changes} label={conflictStrings.mergePreview} />
          <Button look="primary" pending={pending} onClick={() => onDecide({ kind: 'merge', digest: merge.digest })}>
            {conflictStrings.mergeAccept}
          </Button>
        </div>
      ) : null}
      <p className="muted choice-kept">{conflictStrings.keptNote}</p>
    </section>
  )
}

interface ChoiceButtonProps {
  readonly kind: ResolutionKind
  readonly pending: boolean
  readonly isAdvised: boolean
  /** Of a button that shows something first. */
  readonly isOpen?: boolean
  readonly onChoose: () => void
}

/** One way to settle a conflict; what it does is its description. */
export function ChoiceButton({ kind, pending, isAdvised, isOpen, onChoose }: ChoiceButtonProps) {
  const id = useId()
  const words = conflictStrings.choices[kind]
  return (
    <>
      <Button
        look={isAdvised ? 'primary' : 'plain'}
        pending={pending}
        data-choice={kind}
        title={RESOLUTIONS[kind].does}
        aria-describedby={id}
        aria-expanded={isOpen}
        onClick={onChoose}
      >
        {isOpen === undefined ? words : `${words}…`}
      </Button>
      <span id={id} className="visually-hidden">
        {RESOLUTIONS[kind].does}
      </span>
    </>
  )
}
