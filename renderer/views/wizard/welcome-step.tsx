import { Eye, type LucideIcon, RefreshCw, ShieldCheck } from 'lucide-react'
import { wizardStrings } from '../../wizard-strings.ts'
import { StepFrame } from './step-frame.tsx'
import type { StepProps } from './wizard.tsx'

const ICONS: readonly LucideIcon[] = [Eye, RefreshCw, ShieldCheck]

/** What is about to happen, in three sentences. */
export function WelcomeStep({ onNext }: StepProps) {
  const { title, text, points, start } = wizardStrings.welcome
  return (
    <StepFrame title={title} text={text} next={start} onNext={onNext} layout="centered">
      <ul className="points">
        {points.map(([name, words], index) => {
          const Icon = ICONS[index] ?? ShieldCheck
          return (
            <li key={name}>
              <span className="point-icon" aria-hidden="true">
                <Icon size={20} />
              </span>
              <div>
                <h2>{name}</h2>
                <p className="muted">{words}</p>
              </div>
            </li>
          )
        })}
      </ul>
    </StepFrame>
  )
}
