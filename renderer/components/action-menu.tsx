import { Menu } from '@base-ui/react/menu'
import type { LucideIcon } from 'lucide-react'
import { type ReactElement, useRef } from 'react'

/** One line of a menu. */
export interface MenuEntry {
  readonly label: string
  readonly icon?: LucideIcon
  readonly tone?: 'danger'
  /** What it begins takes the focus by itself, and the button does not get it back. */
  readonly takesFocus?: true
  readonly onSelect: () => void
}

interface ActionMenuProps {
  /** The button that opens it. */
  readonly trigger: ReactElement
  readonly label: string
  readonly entries: readonly MenuEntry[]
}

/** A menu below a button: arrow keys, type-ahead, Escape, focus back to the button. */
export function ActionMenu({ trigger, label, entries }: ActionMenuProps) {
  const isTaken = useRef(false)
  const watched = entries.map((entry) => ({
    ...entry,
    onSelect: () => {
      isTaken.current = entry.takesFocus === true
      entry.onSelect()
    },
  }))
  return (
    <Menu.Root modal={false} onOpenChange={(isOpen) => (isOpen ? void (isTaken.current = false) : undefined)}>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner className="menu-positioner" sideOffset={6} align="end" collisionPadding={8}>
          <Menu.Popup className="menu" aria-label={label} finalFocus={() => !isTaken.current}>
            <MenuEntries entries={watched} />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

/** The lines of a menu. */
export function MenuEntries({ entries }: { readonly entries: readonly MenuEntry[] }) {
  return entries.map(({ label, icon: Icon, tone, onSelect }) => (
    <Menu.Item key={label} className="menu-item" data-tone={tone} onClick={onSelect}>
      {Icon === undefined ? null : <Icon size={16} aria-hidden="true" />}
      {label}
    </Menu.Item>
  ))
}
