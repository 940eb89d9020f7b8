import { X } from 'lucide-react'
import { type Dispatch, useCallback, useEffect, useReducer } from 'react'
import type { FolderView } from '../../../common/protocol.ts'
import { IconButton } from '../../components/button.tsx'
import { folderName } from '../../names.ts'
import { decodeFolders } from '../../state/asked-folders.ts'
import { navigate } from '../../state/route.ts'
import { strings } from '../../strings.ts'
import { wizardStrings } from '../../wizard-strings.ts'
import { FoldersStep } from './folders-step.tsx'
import { ReviewStep } from './review-step.tsx'
import { TargetStep } from './target-step.tsx'
import { WelcomeStep } from './welcome-step.tsx'
import { firstState, type WizardEvent, wizardReducer, type WizardState } from './wizard-state.ts'

/** What every step gets. */
export interface StepProps {
  readonly state: WizardState
  readonly send: Dispatch<WizardEvent>
  readonly folders: readonly FolderView[]
  readonly onBack: () => void
  readonly onNext: () => void
}

interface WizardProps {
  readonly folders: readonly FolderView[]
  /** The section of the route: folders to begin with. Another one while it is open adds to what was chosen. */
  readonly asked: string
}

const FOLDERS_STEP = 1
const STEPS = [WelcomeStep, FoldersStep, TargetStep, ReviewStep] as const

/**
 * Welcome, folders, place, review. Nothing is set up before the last button; every step can be left
 * and returned to. With folders already there, the welcome is skipped.
 */
export function Wizard({ folders, asked }: WizardProps) {
  const first = folders.length === 0 ? 0 : 1
  const [state, send] = useReducer(wizardReducer, first, firstState)
  useEffect(() => {
    const paths = decodeFolders(asked)
    for (const path of paths) send({ kind: 'added', folder: { name: folderName(path), path } })
    if (paths.length > 0) send({ kind: 'went', step: FOLDERS_STEP })
  }, [asked])
  const { step } = state
  const leave = useCallback(() => navigate('folders', folders.length === 0 ? 'empty' : ''), [folders.length])
  const back = useCallback(() => {
    if (step > first) send({ kind: 'went', step: step - 1 })
    else if (first > 0) leave()
  }, [step, first, leave])
  useEscape(back)
  const Step = STEPS[step] ?? WelcomeStep
  return (
    <main className="wizard">
      <div className="wizard-top">
        <ol className="wizard-steps" aria-label={wizardStrings.progress}>
          {wizardStrings.steps.slice(first).map((name, index) => (
            <li
              key={name}
              aria-current={index + first === step ? 'step' : undefined}
              data-done={index + first < step || undefined}
            >
              <span className="numbers">{index + 1}</span> {name}
            </li>
          ))}
        </ol>
        <IconButton icon={X} label={folders.length === 0 ? wizardStrings.later : strings.close} onClick={leave} />
      </div>
      <Step
        state={state}
        send={send}
        folders={folders}
        onBack={back}
        onNext={() => send({ kind: 'went', step: step + 1 })}
      />
    </main>
  )
}

/** Escape goes back one level: a dialog or menu closes first, then the wizard steps back. */
function useEscape(back: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const isLayered =
        event.target instanceof Element && event.target.closest('[role="dialog"],[role="menu"]') !== null
      if (event.key === 'Escape' && !isLayered && !event.defaultPrevented) back()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [back])
}
