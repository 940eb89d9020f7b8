import { Sparkles } from 'lucide-react'
import { useId, useState, type ReactNode } from 'react'
import { newNameLabel, wayTexts, whatItDoes, type SideKinds } from '../../../common/conflict-texts.ts'
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

/** What can be done, each with what it will do, and what is suggested, with the reason. */
export function Choices({ detail, pending, onDecide, onLater }: ChoicesProps) {
  const { choices, merge, copyName, conflict } = detail
  const [name, setName] = useState(copyName)
  const [isMerging, setMerging] = useState(false)
  const has = (kind: ResolutionKind): boolean => choices.includes(kind)
  const choice = { pending, advised: detail.advice?.resolution, sides: conflict }
  const nameLabel = newNameLabel(conflict) ?? conflictStrings.copyName
  return (
    <section className="choices" aria-label={conflictStrings.question}>
      <Advice advice={detail.advice} />
      {choices.length === 0 ? <p>{conflictStrings.noChoice}</p> : null}
      <div className="choice-list">
        {(['keep-local', 'keep-remote'] as const).map((kind) =>
          has(kind) ? <Choice key={kind} kind={kind} {...choice} onChoose={() => onDecide({ kind })} /> : null,
        )}
        {has('keep-both') ? (
          <Choice
            kind="keep-both"
            {...choice}
            onChoose={() => onDecide(name === copyName ? { kind: 'keep-both' } : { kind: 'keep-both', as: name })}
          >
            <input
              className="input choice-name"
              aria-label={nameLabel}
              title={nameLabel}
              dir="auto"
              autoComplete="off"
              spellCheck={false}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </Choice>
        ) : null}
        {merge.isPossible ? (
          <Choice kind="merge" {...choice} isOpen={isMerging} onChoose={() => setMerging(!isMerging)} />
        ) : null}
      </div>
      {merge.isPossible || detail.evidence.kind !== 'text' || choices.length === 0 ? null : (
        <p className="muted choice-kept">{conflictStrings.noMerge({ why: merge.why })}</p>
      )}
      {merge.isPossible && isMerging ? (
        <div className="choice-merge">
          <p className="muted">{conflictStrings.mergePreview}</p>
          <DiffBlock diff={merge.changes} label={conflictStrings.mergePreview} />
          <Button look="primary" pending={pending} onClick={() => onDecide({ kind: 'merge', digest: merge.digest })}>
            {conflictStrings.mergeAccept}
          </Button>
        </div>
      ) : null}
      <footer className="choice-foot">
        <p className="muted choice-kept">{choices.length === 0 ? '' : conflictStrings.keptNote}</p>
        {onLater === undefined ? null : (
          <Button look="quiet" className="button-small" onClick={onLater}>
            {conflictStrings.later}
          </Button>
        )}
      </footer>
    </section>
  )
}

function Advice({ advice }: { readonly advice: ConflictDetail['advice'] | undefined }) {
  if (advice === undefined) return null
  return (
    <p className="choice-reason">
      <Sparkles size={15} aria-hidden="true" />
      <span>
        <strong>
          {conflictStrings.advised}: {conflictStrings.choices[advice.resolution]}.
        </strong>{' '}
        {advice.reason}
      </span>
    </p>
  )
}

interface ChoiceProps {
  readonly kind: ResolutionKind
  /** What both sides have: the words for a file against a folder are others. */
  readonly sides: SideKinds
  readonly pending: boolean
  readonly advised: ResolutionKind | undefined
  /** Of a button that shows something first. */
  readonly isOpen?: boolean
  readonly onChoose: () => void
  readonly children?: ReactNode
}

/** One way to settle a conflict; what it does stands beside it, and is its description. */
function Choice({ kind, sides, pending, advised, isOpen, onChoose, children }: ChoiceProps) {
  const id = useId()
  const words = wayTexts(kind, sides)?.name ?? conflictStrings.choices[kind]
  return (
    <div className="choice-way">
      <Button
        look={advised === kind ? 'primary' : 'plain'}
        pending={pending}
        data-choice={kind}
        aria-describedby={id}
        aria-expanded={isOpen}
        onClick={onChoose}
      >
        {isOpen === undefined ? words : `${words}…`}
      </Button>
      <div className="choice-does">
        <p id={id} className="muted">
          {whatItDoes(kind, sides)}
        </p>
        {children}
      </div>
    </div>
  )
}
