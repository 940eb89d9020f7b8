import { CircleAlert, Info, type LucideIcon, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { TidekeepError } from '../../common/errors.ts'

interface NoteProps {
  readonly tone: 'info' | 'warn' | 'bad'
  readonly children: ReactNode
  readonly id?: string
}

const ICONS: Readonly<Record<NoteProps['tone'], LucideIcon>> = { info: Info, warn: TriangleAlert, bad: CircleAlert }

/** A boxed remark inside a screen. */
export function Note({ tone, children, id }: NoteProps) {
  const Icon = ICONS[tone]
  return (
    <div className="note" data-tone={tone} id={id}>
      <Icon size={18} aria-hidden="true" />
      <div className="note-text">{children}</div>
    </div>
  )
}

interface ErrorNoteProps {
  readonly error: TidekeepError | null
  readonly id?: string
}

/** What went wrong and what to do about it, announced when it appears. */
export function ErrorNote({ error, id }: ErrorNoteProps) {
  return (
    <div role="alert" id={id}>
      {error === null ? null : (
        <Note tone="bad">
          <p>{error.message}</p>
          {error.fix === undefined ? null : <p className="muted">{error.fix}</p>}
        </Note>
      )}
    </div>
  )
}

interface EmptyProps {
  readonly icon: LucideIcon
  readonly title: string
  readonly text: string
  readonly children?: ReactNode
}

/** What a list shows when there is nothing in it. */
export function Empty({ icon: Icon, title, text, children }: EmptyProps) {
  return (
    <div className="empty">
      <span className="empty-icon" aria-hidden="true">
        <Icon size={26} strokeWidth={1.75} />
      </span>
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  )
}
