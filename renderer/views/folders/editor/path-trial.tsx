import { useEffect, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../../common/errors.ts'
import type { FolderView, IgnoreAnswer } from '../../../../common/protocol.ts'
import { Field } from '../../../components/field.tsx'
import { folderStrings, placeOfLine } from '../../../folder-strings.ts'
import { displayName } from '../../../names.ts'
import { useClient } from '../../../state/services.ts'

const TYPING_MS = 150
const text = folderStrings.files

interface PathTrialProps {
  readonly folder: FolderView
  readonly ignore: readonly string[]
}

type Answered = { readonly answer: IgnoreAnswer } | { readonly error: TidekeepError }

/** Says of one path whether it is kept, and which line leaves it out. */
export function PathTrial({ folder, ignore }: PathTrialProps) {
  const client = useClient()
  const [path, setPath] = useState('')
  const [answered, setAnswered] = useState<Answered | null>(null)
  const lines = ignore.join('\n')
  useEffect(() => {
    let isCurrent = true
    const ask = async (): Promise<void> => {
      const params = { id: folder.id, ignore: lines === '' ? [] : lines.split('\n'), path: path.trim() }
      const next = await client.call('rules.explain', params).then(
        (answer) => ({ answer }),
        (thrown: unknown) => ({ error: toTidekeepError(thrown) }),
      )
      if (isCurrent) setAnswered(next)
    }
    const timer = setTimeout(() => void (path.trim() === '' ? setAnswered(null) : ask()), TYPING_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [client, folder.id, lines, path])
  const error = answered !== null && 'error' in answered ? answered.error : null
  return (
    <div className="path-trial">
      <Field
        label={text.test}
        hint={text.testHint}
        value={path}
        error={error === null ? undefined : `${error.message} ${error.fix ?? ''}`}
        onChange={(event) => setPath(event.target.value)}
      />
      <output className="path-answer">
        {answered === null || 'error' in answered ? null : sentenceOf(answered.answer)}
      </output>
    </div>
  )
}

function sentenceOf(answer: IgnoreAnswer): string {
  if (!answer.ignored) return text.isKept
  const left = text.isLeft({ place: placeOfLine(answer), pattern: displayName(answer.pattern) })
  return `${left}${answer.through === undefined ? '' : text.through({ path: displayName(answer.through) })}.`
}
