import type { ReactNode } from 'react'

interface ScreenProps {
  readonly title: string
  readonly actions?: ReactNode
  readonly children: ReactNode
  /** `fill`: the screen is as tall as the window and its list scrolls; otherwise the page scrolls. */
  readonly layout?: 'page' | 'fill'
}

/** The frame of every screen of the main window: a heading, its actions, the content. */
export function ScreenFrame({ title, actions, children, layout = 'page' }: ScreenProps) {
  return (
    <div className={`screen screen-${layout}`}>
      <div className="screen-head">
        <h1>{title}</h1>
        <div className="screen-actions">{actions}</div>
      </div>
      {children}
    </div>
  )
}
