import type { ReactNode } from 'react'
import type { FolderView, NewFolder } from '../../../../common/protocol.ts'
import { Confirm } from '../../../components/confirm.tsx'
import { Note } from '../../../components/notes.tsx'
import { folderStrings } from '../../../folder-strings.ts'
import type { ActionState } from '../../../state/services.ts'
import { PlanSummary } from '../plan-summary.tsx'
import { usePlan } from '../use-plan.ts'

const text = folderStrings.planned

interface ChangeConfirmProps {
  readonly folder: FolderView
  readonly change: Pick<NewFolder, 'mode' | 'ignore'>
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  readonly confirm: string
  readonly action: ActionState<readonly []>
  readonly children: ReactNode
}

/** Asks before a change that may delete, with what the next pass would do then. Cannot be agreed to before that is known, or known to be unknown. */
export function ChangeConfirm({ folder, change, action, children, ...dialog }: ChangeConfirmProps) {
  const [planned] = usePlan(folder, change, dialog.open)
  const waiting = { ...action, pending: action.pending || planned.kind === 'looking' }
  return (
    <Confirm {...dialog} look="primary" action={waiting}>
      {children}
      <section className="planned" aria-live="polite">
        <h3>{text.atOnce}</h3>
        {planned.kind === 'looking' ? <p>{text.looking}</p> : null}
        {planned.kind === 'failed' ? (
          <Note tone="warn">
            <p>{text.failed}</p>
            <p className="muted">{planned.error.message}</p>
          </Note>
        ) : null}
        {planned.kind === 'planned' ? <PlanSummary plan={planned.plan} /> : null}
      </section>
    </Confirm>
  )
}
