import { Menu } from '@base-ui/react/menu'
import type { LucideIcon } from 'lucide-react'
import type { ReactElement } from 'react'

/** One line of a menu. */
export interface MenuEntry {
  readonly label: string
  readonly icon?: LucideIcon
  readonly tone?: 'danger'
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
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner className="menu-positioner" sideOffset={6} align="end" collisionPadding={8}>
          <Menu.Popup className="menu" aria-label={label}>
            <MenuEntries entries={entries} />
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
