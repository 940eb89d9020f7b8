import { ArrowLeft, ArrowUpRight } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import '../../styles/popup-ignore.css'
import { ignoreLineFor, ignoreLineForDirectory, ignoreLineForEnding } from '../../../common/ignore-line.ts'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { Client, FolderView, IgnoreSurveyView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { useBack } from '../../components/use-back.ts'
import { ErrorNote } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { displayName } from '../../names.ts'
import { openMainWindow } from '../../shell.ts'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { useSurvey } from '../folders/editor/use-survey.ts'
import { folderSection } from '../folders/folder-section.ts'
import type { RowSubject } from './row-menu.tsx'

const text = strings.popup.ignore

interface IgnoreInPlaceProps {
  readonly subject: RowSubject
  readonly folder: FolderView
  readonly onClose: () => void
}

/** A rule that leaves a file of the list out, with what it would leave out, and a way back. Escape goes back. */
export function IgnoreInPlace({ subject, folder, onClose }: IgnoreInPlaceProps) {
  const back = useBack(onClose)
  return (
    <section className="popup-ignore" aria-label={text.title}>
      <div>
        <Button look="quiet" className="button-small" icon={ArrowLeft} ref={back} onClick={onClose}>
          {strings.back}
        </Button>
      </div>
      <h1>{text.title}</h1>
      <PathText path={subject.path} />
      <Rule subject={subject} folder={folder} />
    </section>
  )
}

function Rule({ subject, folder }: Omit<IgnoreInPlaceProps, 'onClose'>) {
  const client = useClient()
  const lines = useMemo(() => linesFor(subject.path), [subject.path])
  const [line, setLine] = useState(lines[0]?.line)
  const [before, setBefore] = useState<readonly string[] | null>(null)
  const [isDone, setDone] = useState(false)
  const [lookError, setLookError] = useState<TidekeepError | null>(null)
  useEffect(() => {
    savedLines(client, folder.id).then(setBefore, (thrown: unknown) => setLookError(toTidekeepError(thrown)))
  }, [client, folder.id])
  // Of what is there by then: somebody may have changed other lines meanwhile.
  const change = useAction(async (added: string, isUndo: boolean) => {
    const present = await savedLines(client, folder.id)
    const at = present.lastIndexOf(added)
    const ignore = isUndo ? present.filter((_, index) => index !== at) : [...present, added]
    await client.call('folders.change', { id: folder.id, ignore })
    setDone(!isUndo)
  })
  if (line === undefined) return <p>{text.impossible}</p>
  if (before === null) return <ErrorNote error={lookError} />
  if (isDone) {
    return (
      <div className="popup-quiet">
        <p aria-live="polite">{text.done({ line: displayName(line) })}</p>
        <Button pending={change.pending} onClick={() => void change.run(line, true)}>
          {strings.undo}
        </Button>
        <ErrorNote error={change.error} />
      </div>
    )
  }
  return (
    <>
      <fieldset className="ignore-lines">
        <legend className="visually-hidden">{text.what}</legend>
        {lines.map((each) => (
          <label key={each.kind} className="choice">
            <input type="radio" name="ignore" checked={each.line === line} onChange={() => setLine(each.line)} />
            <span>{each.kind === 'file' ? text.file : text[each.kind]({ line: displayName(each.line) })}</span>
          </label>
        ))}
      </fieldset>
      <Preview key={line} folder={folder} before={before} line={line} />
      {folder.mode === 'backup' ? (
        <Button look="primary" pending={change.pending} onClick={() => void change.run(line, false)}>
          {text.save}
        </Button>
      ) : (
        <>
          <p className="muted">{text.elsewhere}</p>
          <Button icon={ArrowUpRight} onClick={() => openMainWindow('folders', folderSection('edit', folder.id))}>
            {text.open}
          </Button>
        </>
      )}
      <ErrorNote error={change.error} />
    </>
  )
}

async function savedLines(client: Client, folderId: string): Promise<readonly string[]> {
  const { folders } = await client.call('settings.get', {})
  return folders.find(({ id }) => id === folderId)?.ignore ?? []
}

interface PreviewProps {
  readonly folder: FolderView
  readonly before: readonly string[]
  readonly line: string
}

/** What the line would leave out that is kept now. */
function Preview({ folder, before, line }: PreviewProps) {
  const { survey, isCounting, error } = useSurvey(folder.id, [...before, line].join('\n'))
  return (
    <div className="ignore-preview" aria-live="polite">
      <p>{survey === null || isCounting ? text.counting : leftOut(survey, before.length + 1)}</p>
      {folder.mode === 'backup' ? <p className="muted">{text.stays}</p> : null}
      <ErrorNote error={error} />
    </div>
  )
}

function leftOut({ rules, complete }: IgnoreSurveyView, number: number): string {
  const own = rules.find(({ source, line }) => source === 'folder' && line === number)
  if (own === undefined) return text.already
  const amount = { n: own.files, bytes: own.bytes }
  return complete ? text.leaves(amount) : text.leavesMore(amount)
}

interface Choice {
  readonly kind: 'file' | 'ending' | 'directory'
  readonly line: string
}

/** The narrowest first. */
function linesFor(path: string): readonly Choice[] {
  const lines = {
    file: ignoreLineFor(path),
    ending: ignoreLineForEnding(path),
    directory: ignoreLineForDirectory(path),
  }
  return (['file', 'ending', 'directory'] as const).flatMap((kind) => {
    const line = lines[kind]
    return line === undefined ? [] : [{ kind, line }]
  })
}
