import { useEffect, useId, useState } from 'react'
import { LANGUAGES } from '../../../common/messages/languages.ts'
import { FieldNotes } from '../../components/field.tsx'
import { useAction, useServices } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { useSettingsForm } from './settings-form.ts'

/** The language of everything. The page is loaded again in the one that is chosen. */
export function LanguageSetting() {
  const { settings, save } = useSettingsForm()
  const { language } = settings
  const id = useId()
  const asked = useAskedLanguage()
  const choose = useAction((next: string) => save('language', next))
  const offered = LANGUAGES.filter((each) => !each.isPseudo || import.meta.env.DEV)
  const isOffered = language === 'system' || offered.some(({ tag }) => tag === language)
  return (
    <div className="field">
      <label htmlFor={id}>{strings.settings.language}</label>
      <select
        className="input"
        id={id}
        value={language}
        aria-describedby={`${id}-hint ${id}-error`}
        onChange={(event) => void choose.run(event.target.value)}
      >
        <option value="system">{strings.settings.languageSystem}</option>
        {offered.map(({ tag, name }) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
        {isOffered ? null : <option value={language}>{language}</option>}
      </select>
      <FieldNotes
        id={id}
        hint={asked === undefined ? undefined : strings.settings.languageAsked({ tag: asked })}
        error={choose.error?.message}
      />
    </div>
  )
}

/** What the environment asks for, over the setting. */
function useAskedLanguage(): string | undefined {
  const { connection } = useServices()
  const [asked, setAsked] = useState<string>()
  useEffect(() => {
    connection.call('language.get', {}).then(
      ({ tag, by }) => setAsked(by === 'environment' ? tag : undefined),
      () => undefined,
    )
  }, [connection])
  return asked
}
