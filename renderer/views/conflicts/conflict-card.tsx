import { type KeyboardEvent, useId, useRef, useState } from 'react'
import { CONFLICT_KINDS, whatItDid } from '../../../common/conflict-texts.ts'
import type { ResolutionKind } from '../../../common/conflict.ts'
import type { ConflictView, Decision } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { ErrorNote, Note } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { conflictStrings } from '../../conflict-strings.ts'
import { displayName } from '../../names.ts'
import { useAction } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { Choices } from './choices.tsx'
import { EvidenceBlock } from './evidence.tsx'
import { SideColumns } from './side-columns.tsx'
import type { Decisions } from './use-decisions.ts'
import { useDetail } from './use-detail.ts'

interface ConflictCardProps {
  readonly conflict: ConflictView
  readonly folderName: string
  readonly decisions: Decisions
  /** It was decided; not called where it had changed. */
  readonly onDecided: (decision: Decision) => void
  readonly onLater: () => void
}

/** One conflict: both versions, how they differ, and what can be done. The digits choose what the buttons do. */
export function ConflictCard({ conflict, folderName, decisions, onDecided, onLater }: ConflictCardProps) {
  const id = useId()
  const card = useRef<HTMLElement>(null)
  const { detail, error, reload, fetch, isFetching } = useDetail(
    conflict.id,
    `${conflict.local.version} ${conflict.remote.version} ${conflict.state}`,
  )
  const [hasMoved, setMoved] = useState(false)
  const shown = detail?.conflict ?? conflict
  const action = useAction(async (decision: Decision) => {
    setMoved(false)
    const { decided, items } = await decisions.decide({ conflicts: [shown] }, decision)
    if (decided > 0) return onDecided(decision)
    setMoved(items[0]?.outcome === 'moved')
    await reload()
  })
  return (
    // The digits are a shortcut for the buttons inside, which are there for everyone.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <article
      className="conflict card"
      aria-labelledby={id}
      ref={card}
      onKeyDown={(event) => chooseByDigit(event, card.current)}
    >
      <header className="conflict-head">
        <h2 id={id}>
          <PathText path={shown.path} />
        </h2>
        <p className="muted">
          {displayName(folderName)} · {CONFLICT_KINDS[shown.kind]}
        </p>
      </header>
      {hasMoved ? <Note tone="warn">{conflictStrings.moved}</Note> : null}
      <SideColumns conflict={shown} names={detail?.names} />
      {detail === null ? (
        <p className="muted" aria-live="polite">
          {error === null ? conflictStrings.evidence.loading : ''}
        </p>
      ) : (
        <EvidenceBlock evidence={detail.evidence} onCompare={() => void fetch()} isComparing={isFetching} />
      )}
      <ErrorNote error={error ?? action.error} />
      {shown.state !== 'open' ? (
        <Settled conflict={shown} decisions={decisions} />
      ) : detail === null ? null : (
        <Choices
          key={`${shown.local.version} ${shown.remote.version}`}
          detail={detail}
          pending={action.pending}
          onDecide={(decision) => void action.run(decision)}
          onLater={onLater}
        />
      )}
    </article>
  )
}

function Settled({ conflict, decisions }: { readonly conflict: ConflictView; readonly decisions: Decisions }) {
  const { state, resolution, undoable } = conflict
  const undo = useAction(() => decisions.undo([conflict.id]))
  const words = resolution === undefined ? conflictStrings.onItsWay : whatItDid(resolution.kind, conflict)
  return (
    <div className="conflict-settled">
      <p>
        <strong className="sentence">{words}</strong>
        {resolution?.renamedTo === undefined ? null : <PathText path={resolution.renamedTo} />}
        {resolution?.rule === undefined ? null : <span className="muted"> ({displayName(resolution.rule)})</span>}
      </p>
      {undoable === true || state === 'resolving' ? (
        <Button pending={undo.pending} onClick={() => void undo.run()}>
          {strings.undo}
        </Button>
      ) : null}
      <ErrorNote error={undo.error} />
    </div>
  )
}

const DIGITS: readonly ResolutionKind[] = ['keep-local', 'keep-remote', 'keep-both', 'merge']

/** 1 to 4 press the button of that choice, where one is shown and nothing is being typed. F2 goes to the name of the copy. */
export function chooseByDigit(event: KeyboardEvent, within: HTMLElement | null): void {
  if (event.key === 'F2') {
    event.preventDefault()
    return within?.querySelector<HTMLInputElement>('.choice-name')?.select()
  }
  const kind = DIGITS[Number(event.key) - 1]
  if (kind === undefined || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return
  const button = within?.querySelector<HTMLButtonElement>(`[data-choice="${kind}"]`)
  if (button === undefined || button === null) return
  event.preventDefault()
  button.focus()
  button.click()
}
