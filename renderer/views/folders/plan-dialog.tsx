import { Dialog } from '@base-ui/react/dialog'
import { RefreshCw } from 'lucide-react'
import { useRef, useState } from 'react'
import type { ActionKind } from '../../../common/model.ts'
import type { FolderView, PlanView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { MethodIcon } from '../../components/method-icon.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { folderStrings } from '../../folder-strings.ts'
import { formatBytes, formatNumber } from '../../format.ts'
import { displayName } from '../../names.ts'
import { ACTIONS, strings } from '../../strings.ts'
import { PlanSummary } from './plan-summary.tsx'
import { type Planned, usePlan } from './use-plan.ts'

const text = folderStrings.planned
const LISTED = 200

interface PlanDialogProps {
  readonly folder: FolderView
  readonly open: boolean
  readonly onClose: () => void
}

/** The dry run of one folder: what a pass would send, move, delete and hold. Changes nothing. */
export function PlanDialog({ folder, open, onClose }: PlanDialogProps) {
  const close = useRef<HTMLButtonElement>(null)
  const [planned, again] = usePlan(folder, {}, open)
  return (
    <Dialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog dialog-wide plan-dialog" initialFocus={close}>
          <Dialog.Title className="dialog-title">{text.title({ name: displayName(folder.name) })}</Dialog.Title>
          {/* Scrolled by the keyboard, too. */}
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <section className="plan-scroll" aria-label={text.title({ name: displayName(folder.name) })} tabIndex={0}>
            <div aria-live="polite" className="plan-body">
              <Body planned={planned} />
            </div>
          </section>
          <div className="dialog-actions">
            <Button icon={RefreshCw} pending={planned.kind === 'looking'} onClick={again}>
              {text.again}
            </Button>
            <Dialog.Close ref={close} className="button button-primary">
              {strings.close}
            </Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Body({ planned }: { readonly planned: Planned }) {
  if (planned.kind === 'failed') return <ErrorNote error={planned.error} />
  if (planned.kind === 'looking') {
    return (
      <div className="plan-looking">
        <p>{text.looking}</p>
        <p className="muted">{text.lookingText}</p>
      </div>
    )
  }
  return (
    <>
      <p className="muted">
        {text.text} {text.compared}: {strings.files({ n: planned.plan.files })}.
      </p>
      <PlanSummary plan={planned.plan} />
      {planned.plan.actions.length === 0 ? null : <Actions actions={planned.plan.actions} />}
    </>
  )
}

function Actions({ actions }: Pick<PlanView, 'actions'>) {
  const [chosen, setChosen] = useState<ActionKind | null>(null)
  const kinds = [...new Set(actions.map(({ kind }) => kind))]
  const kind = chosen !== null && kinds.includes(chosen) ? chosen : null
  const shown = kind === null ? actions : actions.filter((action) => action.kind === kind)
  return (
    // Told are the figures above; hundreds of files are read by whoever goes there.
    <section className="plan-actions" aria-labelledby="plan-list" aria-live="off">
      <div className="plan-actions-head">
        <h3 id="plan-list">{text.list}</h3>
        {kinds.length < 2 ? null : (
          <div className="chips">
            {[null, ...kinds].map((each) => (
              <button
                key={each ?? ''}
                type="button"
                className="chip"
                aria-pressed={each === kind}
                onClick={() => setChosen(each)}
              >
                {each === null ? text.all : ACTIONS[each]}{' '}
                <span className="numbers">
                  {formatNumber(each === null ? actions.length : actions.filter((one) => one.kind === each).length)}
                </span>
              </button>
            ))}
          </div>
        )}
      </div>
      <ul className="plan-rows" aria-labelledby="plan-list">
        {shown.map((action) => (
          <li key={`${action.kind} ${action.path}`}>
            <MethodIcon method={action.kind} />
            <PathText path={action.path} />
            <span className="plan-kind muted">
              {ACTIONS[action.kind]}
              {action.conflict === true ? `, ${text.isConflict}` : ''}
              {action.held === true ? `, ${text.isHeld}` : ''}
            </span>
            <span className="plan-size numbers muted">{action.size > 0 ? formatBytes(action.size) : ''}</span>
          </li>
        ))}
      </ul>
      {actions.length < LISTED ? null : <p className="muted">{text.first}</p>}
    </section>
  )
}
