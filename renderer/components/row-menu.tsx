import { Menu } from '@base-ui/react/menu'
import { type ReactNode, useCallback, useState } from 'react'
import { toTidekeepError } from '../../common/errors.ts'
import { strings } from '../strings.ts'
import { MenuEntries, type MenuEntry } from './action-menu.tsx'
import { useToast } from './toasts.tsx'

/** Where a menu of a row opens: at the pointer, or at the row for whoever uses the keyboard. */
export interface MenuPlace {
  readonly anchor: Element | { readonly getBoundingClientRect: () => DOMRect }
  /** Gets the focus back. */
  readonly list: HTMLElement
}

interface RowMenuOptions<Row> {
  readonly label: (row: Row) => string
  /** None: no menu opens. */
  readonly entries: (row: Row) => readonly MenuEntry[]
}

/** What can be done with a row: by the right button of the mouse, the menu key, or Shift+F10. `menu` is drawn beside the list. */
export function useRowMenu<Row>({ label, entries }: RowMenuOptions<Row>): {
  readonly open: (row: Row, place: MenuPlace) => void
  readonly menu: ReactNode
  readonly isOpen: boolean
} {
  const [shown, setShown] = useState<{ readonly row: Row; readonly place: MenuPlace } | null>(null)
  const [isOpen, setOpen] = useState(false)
  const open = useCallback((row: Row, place: MenuPlace) => {
    setShown({ row, place })
    setOpen(true)
  }, [])
  const lines = shown === null ? [] : entries(shown.row)
  const menu = (
    <Menu.Root open={isOpen && lines.length > 0} onOpenChange={setOpen} modal={false}>
      <Menu.Portal>
        <Menu.Positioner
          className="menu-positioner"
          anchor={shown?.place.anchor ?? null}
          align="start"
          collisionPadding={8}
        >
          <Menu.Popup
            className="menu"
            aria-label={shown === null ? undefined : label(shown.row)}
            finalFocus={() => shown?.place.list ?? null}
          >
            <MenuEntries entries={lines} />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
  return { open, menu, isOpen }
}

/** Puts a text into the clipboard and says so, or why not. */
export function useCopy(): (text: string, said: string) => void {
  const toast = useToast()
  return (text, said) => {
    navigator.clipboard.writeText(text).then(
      () => toast({ text: said }),
      (thrown: unknown) => toast({ text: `${strings.rows.notCopied} ${toTidekeepError(thrown).message}` }),
    )
  }
}
