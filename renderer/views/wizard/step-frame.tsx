import { type ReactNode, useEffect, useRef } from 'react'
import { Button } from '../../components/button.tsx'
import { strings } from '../../strings.ts'
import { wizardStrings } from '../../wizard-strings.ts'

interface StepFrameProps {
  readonly title: string
  readonly text: string
  readonly children: ReactNode
  readonly next?: string
  readonly pending?: boolean
  readonly onBack?: (() => void) | undefined
  readonly onNext: () => void
  /** Left of the buttons: a summary of what was chosen. */
  readonly foot?: ReactNode
  /** `centered`: for little content. */
  readonly layout?: 'centered'
}

/** The frame of a step: a heading that takes the focus, the content, Back and Continue. Enter continues. */
export function StepFrame(props: StepFrameProps) {
  const { title, text, children, next = wizardStrings.next, pending = false, onBack, onNext, foot, layout } = props
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    heading.current?.focus()
  }, [])
  return (
    <form
      className="step"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!pending) onNext()
      }}
    >
      <div className="step-body" data-layout={layout}>
        <h1 tabIndex={-1} ref={heading}>
          {title}
        </h1>
        <p className="step-text">{text}</p>
        {children}
      </div>
      <div className="step-foot">
        <div className="step-foot-inner">
          {onBack === undefined ? null : (
            <Button look="quiet" onClick={onBack}>
              {strings.back}
            </Button>
          )}
          <div className="step-summary" aria-live="polite">
            {foot}
          </div>
          <Button look="primary" type="submit" pending={pending}>
            {next}
          </Button>
        </div>
      </div>
    </form>
  )
}
