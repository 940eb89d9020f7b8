interface ProgressBarProps {
  /** 0 to 1. */
  readonly share: number
  readonly label: string
  /** What a screen reader says instead of the bare percentage. */
  readonly text: string
}

/** A bar that fills, as often as there is news. */
export function ProgressBar({ share, label, text }: ProgressBarProps) {
  return (
    <progress
      className="bar"
      aria-label={label}
      aria-valuetext={text}
      max={1000}
      value={Math.floor(Math.min(1, Math.max(0, share)) * 1000)}
    />
  )
}
