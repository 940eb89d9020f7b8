import type { LucideIcon } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'

type Look = 'primary' | 'plain' | 'quiet' | 'danger'

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: Look
  readonly icon?: LucideIcon
  /** Keeps its place and its focus while the action runs, but does nothing more. */
  readonly pending?: boolean
  readonly children: ReactNode
}

/** A button with words. `aria-disabled` while pending, so that the keyboard does not lose its place. */
export function Button({ look = 'plain', icon: Icon, pending = false, onClick, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`button button-${look} ${rest.className ?? ''}`}
      aria-disabled={pending || rest['aria-disabled']}
      onClick={pending ? undefined : onClick}
    >
      {Icon === undefined ? null : <Icon size={16} aria-hidden="true" />}
      <span>{children}</span>
    </button>
  )
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  readonly icon: LucideIcon
  /** Its name for everyone: tooltip and screen reader. */
  readonly label: string
}

/** A button that is only an icon, and therefore always has a name. */
export function IconButton({ icon: Icon, label, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`button button-quiet button-icon ${rest.className ?? ''}`}
      aria-label={label}
      title={label}
    >
      <Icon size={18} aria-hidden="true" />
    </button>
  )
}
