import { type ComponentProps, type ReactNode, useId } from 'react'

interface FieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  readonly label: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
  /** What follows the input on its line: a unit or a button. */
  readonly after?: ReactNode
}

/** A labelled text input. Its hint and its error are tied to it for screen readers. */
export function Field({ label, hint, error, after, ...input }: FieldProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-line">
        <input
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          {...input}
          id={id}
          className={`input ${input.className ?? ''}`}
          aria-invalid={error === undefined ? undefined : true}
          aria-describedby={`${id}-hint ${id}-error`}
        />
        {after}
      </div>
      <FieldNotes id={id} hint={hint} error={error} />
    </div>
  )
}

interface FieldNotesProps {
  readonly id: string
  readonly hint?: string | undefined
  readonly error?: string | undefined
}

/** The hint and the error below an input, with the ids `aria-describedby` points at. */
export function FieldNotes({ id, hint, error }: FieldNotesProps) {
  return (
    <>
      <p className="field-hint" id={`${id}-hint`} hidden={hint === undefined}>
        {hint}
      </p>
      <p className="field-error" id={`${id}-error`} role="alert">
        {error}
      </p>
    </>
  )
}
