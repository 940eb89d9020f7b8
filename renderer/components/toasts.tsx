import { X } from 'lucide-react'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react'
import { toTidekeepError } from '../../common/errors.ts'
import { UNDO_MS } from '../passing.ts'
import { strings } from '../strings.ts'
import { Button, IconButton } from './button.tsx'

/** A short message that goes by itself. */
export interface Toast {
  readonly text: string
  /** Offered for as long as the message shows. */
  readonly undo?: () => Promise<void>
  /** Leads to what the message is about. */
  readonly action?: { readonly label: string; readonly run: () => void }
}

const ToastContext = createContext<(toast: Toast) => void>(() => undefined)

/** Shows a message at the foot of the window; a new one replaces the old. */
export function useToast(): (toast: Toast) => void {
  return useContext(ToastContext)
}

/** Holds the message. It stays while the pointer or the focus is on it. */
export function Toasts({ children }: { readonly children: ReactNode }) {
  const [toast, setToast] = useState<Toast | null>(null)
  const [held, setHeld] = useState(false)
  const close = useCallback(() => {
    setToast(null)
    setHeld(false)
  }, [])
  useEffect(() => {
    if (toast === null || held) return undefined
    const timer = setTimeout(close, UNDO_MS)
    return () => clearTimeout(timer)
  }, [toast, held, close])
  const undo = async (): Promise<void> => {
    close()
    try {
      await toast?.undo?.()
    } catch (thrown) {
      setToast({ text: toTidekeepError(thrown).message })
    }
  }
  return (
    <ToastContext value={setToast}>
      {children}
      {/* Not controls: hovering and focusing only hold the message. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <output
        className="toasts"
        onPointerEnter={() => setHeld(true)}
        onPointerLeave={() => setHeld(false)}
        onFocus={() => setHeld(true)}
        onBlur={() => setHeld(false)}
      >
        {toast === null ? null : (
          <div className="toast">
            <span>{toast.text}</span>
            {toast.undo === undefined ? null : (
              <Button look="quiet" onClick={() => void undo()}>
                {strings.undo}
              </Button>
            )}
            {toast.action === undefined ? null : (
              <Button
                look="quiet"
                onClick={() => {
                  toast.action?.run()
                  close()
                }}
              >
                {toast.action.label}
              </Button>
            )}
            <IconButton icon={X} label={strings.dismiss} onClick={close} />
          </div>
        )}
      </output>
    </ToastContext>
  )
}
