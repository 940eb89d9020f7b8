import { ChevronRight } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import type { FolderView, ProblemView } from '../../../common/protocol.ts'
import { ErrorNote } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'

const PROBLEMS_SHOWN = 100

/** What a scan could not carry, opened on demand: never silently left out, never in the way. */
export function ProblemList({ folder }: { readonly folder: FolderView }) {
  const id = useId()
  const client = useClient()
  const [isOpen, setOpen] = useState(false)
  const [problems, setProblems] = useState<readonly ProblemView[]>([])
  const read = useAction(async () =>
    setProblems(await client.call('folders.problems', { id: folder.id, limit: PROBLEMS_SHOWN })),
  )
  useEffect(() => {
    if (isOpen) void read.run()
    // Read when opened and when the number changes; the action itself is new on every draw.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [isOpen, folder.problems])
  return (
    <div className="problems">
      <button
        type="button"
        className="disclosure"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        <ChevronRight size={16} aria-hidden="true" />
        {strings.folders.problems({ n: folder.problems })}
      </button>
      <div id={id} hidden={!isOpen}>
        <ErrorNote error={read.error} />
        <ul className="problem-rows">
          {problems.map((problem) => (
            <li key={problem.path}>
              <PathText path={problem.path} />
              <small>{problem.message}</small>
            </li>
          ))}
        </ul>
        {folder.problems > problems.length && problems.length > 0 ? (
          <p className="muted">{strings.folders.problemsMore({ n: problems.length })}</p>
        ) : null}
      </div>
    </div>
  )
}
