import { Check } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import { Field, FieldNotes } from '../../components/field.tsx'
import { SAVED_MS } from '../../passing.ts'
import { useAction } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { defaultText, sentText, settingText } from './setting-text.ts'
import { type SettingOf, useSettingsForm } from './settings-form.ts'

/** The state of one setting being typed: saved when it is left or Enter is pressed, put back by Escape. */
function useDraft(saved: string, save: (text: string) => Promise<void>) {
  const [typed, setDraft] = useState<string | null>(null)
  const draft = typed ?? saved
  const [isSaved, setSaved] = useState(false)
  const action = useAction(save)
  useEffect(() => {
    if (!isSaved) return undefined
    const timer = setTimeout(() => setSaved(false), SAVED_MS)
    return () => clearTimeout(timer)
  }, [isSaved])
  const commit = async (): Promise<void> => {
    if (draft.trim() === saved && action.error === null) return
    if (!(await action.run(draft.trim()))) return
    setSaved(true)
    setDraft(null)
  }
  const reset = (): void => {
    setDraft(null)
    action.clear()
  }
  const error =
    action.error === null ? undefined : `${action.error.message}${action.error.fix ? ` ${action.error.fix}` : ''}`
  return { draft, setDraft, commit, reset, error, isSaved }
}

function SavedMark({ isSaved }: { readonly isSaved: boolean }) {
  return (
    <output className="saved-mark">
      {isSaved ? (
        <>
          <Check size={15} aria-hidden="true" /> {strings.settings.saved}
        </>
      ) : null}
    </output>
  )
}

interface TextSettingProps {
  readonly name: SettingOf<number | string>
  readonly label: string
  readonly hint: string
  /** `long` for addresses. */
  readonly width?: 'short' | 'long'
}

/** A setting of one line. The service checks it; what it says appears below. */
export function TextSetting({ name, label, hint, width = 'short' }: TextSettingProps) {
  const { settings, save } = useSettingsForm()
  const { draft, setDraft, commit, reset, error, isSaved } = useDraft(settingText(name, settings[name]), (text) =>
    save(name, sentText(name, text)),
  )
  return (
    <Field
      label={label}
      hint={withDefault(hint, name)}
      error={error}
      value={draft}
      className={width === 'short' ? 'input-short numbers' : 'input-long'}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => void commit()}
      onKeyDown={(event) => {
        if (event.key === 'Enter') void commit()
        if (event.key === 'Escape') reset()
      }}
      after={<SavedMark isSaved={isSaved} />}
    />
  )
}

/** What a setting does, and what it is as long as nobody sets it. */
function withDefault(hint: string, name: SettingOf<number | string>): string {
  const value = defaultText(name)
  return value === '' ? strings.settings.withEmptyDefault({ hint }) : strings.settings.withDefault({ hint, value })
}

/** The ignore lines of every folder, as text. */
export function IgnoreSetting() {
  const id = useId()
  const { settings, save } = useSettingsForm()
  const { draft, setDraft, commit, reset, error, isSaved } = useDraft(settings.ignore.join('\n'), (text) =>
    save(
      'ignore',
      text.split('\n').filter((line) => line.trim() !== ''),
    ),
  )
  return (
    <div className="field">
      <label htmlFor={id}>
        {strings.settings.ignore} <SavedMark isSaved={isSaved} />
      </label>
      <textarea
        id={id}
        className="input"
        rows={9}
        spellCheck={false}
        value={draft}
        aria-invalid={error === undefined ? undefined : true}
        aria-describedby={`${id}-hint ${id}-error`}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={() => void commit()}
        onKeyDown={(event) => (event.key === 'Escape' ? reset() : undefined)}
      />
      <FieldNotes id={id} hint={strings.settings.ignoreHint} error={error} />
    </div>
  )
}

interface ChoiceSettingProps {
  readonly name: SettingOf<string>
  readonly label: string
  /** What can be chosen, in order, with its words. */
  readonly choices: Readonly<Record<string, string>>
}

/** One of a few. */
export function ChoiceSetting({ name, label, choices }: ChoiceSettingProps) {
  const { settings, save } = useSettingsForm()
  const choose = useAction((next: string) => save(name, next))
  return (
    <fieldset className="choices">
      <legend>{label}</legend>
      {Object.entries(choices).map(([value, words]) => (
        <label key={value} className="choice">
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === settings[name]}
            onChange={() => void choose.run(value)}
          />
          {words}
        </label>
      ))}
      <p className="field-error" role="alert">
        {choose.error?.message}
      </p>
    </fieldset>
  )
}

interface SwitchSettingProps {
  readonly name: SettingOf<boolean>
  readonly label: string
  readonly hint?: string
}

/** A setting that is on or off. */
export function SwitchSetting({ name, label, hint }: SwitchSettingProps) {
  const { settings, save } = useSettingsForm()
  const turn = useAction((next: boolean) => save(name, next))
  return (
    <div className="field">
      <label className="choice">
        <input type="checkbox" checked={settings[name]} onChange={(event) => void turn.run(event.target.checked)} />
        <span>
          {label}
          {hint === undefined ? null : <small>{hint}</small>}
        </span>
      </label>
      <p className="field-error" role="alert">
        {turn.error?.message}
      </p>
    </div>
  )
}
