import { CircleAlert, CircleCheck, CircleSlash, type LucideIcon, Snowflake } from 'lucide-react'
import { useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { ThawView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { formatMoment } from '../../format.ts'
import { restoreStrings } from '../../restore-strings.ts'
import { useNow } from '../../state/clock.ts'
import { useClient } from '../../state/services.ts'
import { thawStrings, thawTitle } from '../../thaw-strings.ts'
import type { Thaws } from './use-thaw.ts'

const ICONS: Readonly<Record<ThawView['state'], LucideIcon>> = {
  asking: Snowflake,
  waiting: Snowflake,
  restoring: Snowflake,
  done: CircleCheck,
  failed: CircleAlert,
  cancelled: CircleSlash,
}

/** Archived files of this folder that are on their way back, and those that ended lately. */
export function ThawRows({ thaws, again }: Thaws) {
  const client = useClient()
  const [error, setError] = useState<TidekeepError | null>(null)
  const act = async (name: 'thaw.cancel' | 'thaw.forget', id: number): Promise<void> => {
    try {
      await client.call(name, { id })
      setError(null)
      again()
    } catch (thrown) {
      setError(toTidekeepError(thrown))
    }
  }
  if (thaws.length === 0) return null
  return (
    <section className="thaws" aria-label={thawStrings.list}>
      <ErrorNote error={error} />
      {thaws.map((thaw) => (
        <ThawRow key={thaw.id} thaw={thaw} onAct={(name, id) => void act(name, id)} />
      ))}
    </section>
  )
}

interface ThawRowProps {
  readonly thaw: ThawView
  readonly onAct: (name: 'thaw.cancel' | 'thaw.forget', id: number) => void
}

function ThawRow({ thaw, onAct }: ThawRowProps) {
  const text = thawStrings
  const Icon = ICONS[thaw.state]
  const isOver = thaw.endedAtMs !== undefined
  const only = thaw.pathCount === 1 ? thaw.paths[0] : undefined
  return (
    <article className="thaw" data-state={thaw.state} aria-label={thawTitle(thaw)}>
      <Icon size={18} aria-hidden="true" />
      <div className="thaw-words">
        <p>
          <strong className="numbers">{thawTitle(thaw)}</strong>
        </p>
        {only === undefined || only === '' ? null : (
          <p className="muted">
            <PathText path={only} />
          </p>
        )}
        <ThawProgress thaw={thaw} />
        {thaw.trouble === undefined ? null : (
          <p className="thaw-trouble">{text.trouble({ message: thaw.trouble.message })}</p>
        )}
        {thaw.error === undefined ? null : <p>{[thaw.error.message, thaw.error.fix].filter(Boolean).join(' ')}</p>}
        <Failures thaw={thaw} />
      </div>
      <Button look="quiet" onClick={() => onAct(isOver ? 'thaw.forget' : 'thaw.cancel', thaw.id)}>
        {isOver ? text.dismiss : text.stop}
      </Button>
    </article>
  )
}

function ThawProgress({ thaw }: { readonly thaw: ThawView }) {
  const text = thawStrings
  const nowMs = useNow()
  const { state, readyByMs, readyUntilMs, readyFiles, files, to } = thaw
  if (state === 'cancelled') return <p className="muted">{text.cancelled}</p>
  if (state === 'waiting' || state === 'asking')
    return (
      <>
        <p className="muted numbers" aria-live="polite">
          {readyByMs < nowMs
            ? text.late({ moment: formatMoment(readyByMs, nowMs) })
            : text.readyBy[to.kind]({ moment: formatMoment(readyByMs, nowMs) })}
        </p>
        {readyFiles === 0 ? null : <p className="muted numbers">{text.soFar({ ready: readyFiles, of: files })}</p>}
      </>
    )
  if (state === 'restoring' && readyUntilMs !== undefined)
    return <p className="muted numbers">{text.until({ moment: formatMoment(readyUntilMs, nowMs) })}</p>
  return null
}

function Failures({ thaw: { failures, failed } }: { readonly thaw: ThawView }) {
  if (failed === 0) return null
  return (
    <>
      <p>{thawStrings.failed({ n: failed })}</p>
      <ul className="run-failures">
        {failures.map(({ path, message }) => (
          <li key={path}>
            <PathText path={path} />
            <small>{message}</small>
          </li>
        ))}
      </ul>
      {failed <= failures.length ? null : (
        <p className="muted numbers">{restoreStrings.restoring.more({ n: failed - failures.length })}</p>
      )}
    </>
  )
}
