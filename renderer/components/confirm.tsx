import { AlertDialog } from '@base-ui/react/alert-dialog'
import { type ReactNode, useRef } from 'react'
import { strings } from '../strings.ts'
import type { ActionState } from '../state/services.ts'
import { Button } from './button.tsx'
import { ErrorNote } from './notes.tsx'

interface ConfirmProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  readonly children: ReactNode
  /** Left out where nothing can be done: then it only says why. */
  readonly confirm?: string
  readonly look?: 'primary' | 'danger'
  /** Closes when it worked; otherwise its error is shown and the dialog stays. */
  readonly action: ActionState<readonly []>
}

/** Asks before something that is more than a click. Cancel has the focus; Escape cancels; focus returns to the opener. */
export function Confirm({ open, onClose, title, children, confirm, look = 'danger', action }: ConfirmProps) {
  const cancel = useRef<HTMLButtonElement>(null)
  const carryOut = async (): Promise<void> => {
    if (await action.run()) onClose()
  }
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog" initialFocus={cancel}>
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text" render={<div />}>
            {children}
          </AlertDialog.Description>
          <ErrorNote error={action.error} />
          <div className="dialog-actions">
            <AlertDialog.Close ref={cancel} className="button button-plain">
              {confirm === undefined ? strings.close : strings.cancel}
            </AlertDialog.Close>
            {confirm === undefined ? null : (
              <Button look={look} pending={action.pending} onClick={() => void carryOut()}>
                {confirm}
              </Button>
            )}
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
