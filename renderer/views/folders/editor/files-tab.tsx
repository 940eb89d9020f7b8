import { useId, useState } from 'react'
import { Button } from '../../../components/button.tsx'
import { FieldNotes } from '../../../components/field.tsx'
import { ErrorNote } from '../../../components/notes.tsx'
import { useToast } from '../../../components/toasts.tsx'
import { folderStrings } from '../../../folder-strings.ts'
import { displayName } from '../../../names.ts'
import { useAction } from '../../../state/services.ts'
import { ChangeConfirm } from './change-confirm.tsx'
import type { TabProps } from './folder-editor.tsx'
import { PathTrial } from './path-trial.tsx'
import { SurveyFigures, SurveyLines } from './survey-result.tsx'
import { linesOf, useSurvey } from './use-survey.ts'

const text = folderStrings.files

/** What is kept and what is left out, counted while it is typed. */
export function FilesTab({ folder, stored, change }: TabProps) {
  const id = useId()
  const toast = useToast()
  const saved = stored.ignore.join('\n')
  const [draft, setDraft] = useState(saved)
  const [isAsking, setAsking] = useState(false)
  const [caretLine, setCaretLine] = useState(0)
  const survey = useSurvey(folder.id, draft)
  const ignore = linesOf(draft)
  const isChanged = ignore.join('\n') !== saved
  const save = useAction(async () => {
    await change({ ignore })
    toast({ text: folderStrings.saved })
  })
  // A backup never deletes: there is nothing to ask.
  const begin = (): void => {
    if (folder.mode === 'backup') void save.run()
    else setAsking(true)
  }
  return (
    <>
      <div className="field">
        <label htmlFor={id}>{text.lines}</label>
        <textarea
          id={id}
          className="input"
          rows={5}
          spellCheck={false}
          value={draft}
          aria-describedby={`${id}-hint`}
          onChange={(event) => setDraft(event.target.value)}
          onSelect={({ currentTarget: { value, selectionStart } }) =>
            setCaretLine(value.slice(0, selectionStart).split('\n').length)
          }
          onBlur={() => setCaretLine(0)}
        />
        <FieldNotes id={id} hint={text.hint} />
      </div>
      <div className="editor-actions">
        <Button look="primary" disabled={!isChanged} pending={save.pending} onClick={begin}>
          {folderStrings.save}
        </Button>
        <Button disabled={!isChanged} onClick={() => setDraft(saved)}>
          {folderStrings.putBack}
        </Button>
      </div>
      <ErrorNote error={isAsking ? null : save.error} />
      <SurveyFigures state={survey} />
      <PathTrial folder={folder} ignore={ignore} />
      <SurveyLines state={survey} caretLine={caretLine} />
      <ChangeConfirm
        folder={folder}
        change={{ ignore }}
        open={isAsking}
        onClose={() => setAsking(false)}
        title={text.confirm({ name: displayName(folder.name) })}
        confirm={folderStrings.save}
        action={save}
      >
        <p>{folder.mode === 'mirror' ? text.mirrorNote : text.twoWayNote}</p>
      </ChangeConfirm>
    </>
  )
}
