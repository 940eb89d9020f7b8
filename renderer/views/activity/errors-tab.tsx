import { ShieldCheck } from 'lucide-react'
import type { StatusView } from '../../../common/protocol.ts'
import { Empty } from '../../components/notes.tsx'
import { strings } from '../../strings.ts'
import { groupErrors } from './error-groups.ts'
import { ErrorGroupCard } from './error-group-card.tsx'
import { useJobs } from './use-jobs.ts'

const ERRORS_READ = 1_000

/** What was given up on, grouped by cause, each with its remedy. */
export function ErrorsTab({ status }: { readonly status: StatusView }) {
  const dead = status.folders.reduce((sum, folder) => sum + folder.dead, 0)
  const { jobs, reload } = useJobs({ state: 'dead', limit: ERRORS_READ }, status.folders)
  if (jobs === null) return <p className="muted">{strings.loading}</p>
  const groups = groupErrors(jobs)
  if (groups.length === 0) {
    return <Empty icon={ShieldCheck} title={strings.activity.noErrors} text={strings.activity.noErrorsText} />
  }
  return (
    <div className="errors">
      {dead > jobs.length ? <p className="muted">{strings.activity.atLeast({ n: jobs.length })}</p> : null}
      {groups.map((group) => (
        <ErrorGroupCard
          key={group.key}
          group={group}
          folder={status.folders.find((folder) => folder.id === group.folderId)}
          onChanged={reload}
        />
      ))}
    </div>
  )
}
