import { type ReactNode, useId } from 'react'

interface SettingsSectionProps {
  readonly title: string
  readonly children: ReactNode
}

/** One card of the settings, called by its heading. */
export function SettingsSection({ title, children }: SettingsSectionProps) {
  const id = useId()
  return (
    <section className="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  )
}
