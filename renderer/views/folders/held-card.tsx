import { Hand } from 'lucide-react'
import { useId, useState } from 'react'
import type { FolderView, JobView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { PathText } from '../../components/path-text.tsx'
import { displayName } from '../../names.ts'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { useJobs } from '../activity/use-jobs.ts'

const HELD_READ = 500
const EXAMPLES = 4

/** What the guard holds, with its counts, and the two ways out. Neither button acts without a second look. */
export function HeldCard({ folder }: { readonly folder: FolderView }) {
  const id = useId()
  const client = useClient()
  const [asking, setAsking] = useState<'approve' | 'keep' | null>(null)
  const { jobs } = useJobs({ state: 'held', folderId: folder.id, limit: HELD_READ }, folder.held)
  const approve = useAction(() => client.call('folders.decide', { id: folder.id, approve: true }))
  const keep = useAction(() => client.call('folders.decide', { id: folder.id, approve: false }))
  const held = jobs ?? []
  const counts = countsOf(held, folder.held)
  const target = displayName(folder.target)
  return (
    <section className="held" aria-labelledby={id}>
      <Hand size={20} aria-hidden="true" />
      <div className="held-main">
        <h3 id={id}>{strings.held.title(folder.held)}</h3>
        <p>{held.find((job) => job.hold !== undefined)?.hold ?? strings.held.text}</p>
        <p className="held-counts numbers">{counts}</p>
        <HeldExamples held={held} total={folder.held} />
        <div className="held-actions">
          <Button look="primary" onClick={() => setAsking('keep')}>
            {strings.held.keep}
          </Button>
          <Button onClick={() => setAsking('approve')}>{strings.held.approve}</Button>
        </div>
      </div>
      <Confirm
        open={asking === 'approve'}
        onClose={() => setAsking(null)}
        title={strings.held.approveTitle(folder.held)}
        confirm={strings.held.approveConfirm(folder.held)}
        action={approve}
      >
        <p>{strings.held.approveText(folder.held, counts, target)}</p>
      </Confirm>
      <Confirm
        open={asking === 'keep'}
        onClose={() => setAsking(null)}
        title={strings.held.keepTitle(folder.held)}
        confirm={strings.held.keepConfirm}
        look="primary"
        action={keep}
      >
        <p>{strings.held.keepText(folder.held, target)}</p>
      </Confirm>
    </section>
  )
}

function HeldExamples({ held, total }: { readonly held: readonly JobView[]; readonly total: number }) {
  if (held.length === 0) return null
  const shown = held.slice(0, EXAMPLES)
  return (
    <ul className="held-examples" aria-label={strings.held.examples}>
      {shown.map((job) => (
        <li key={job.id}>
          <PathText path={job.path} />
        </li>
      ))}
      {total > shown.length ? (
        <li className="muted numbers">{strings.held.lessThanHeld(total - shown.length)}</li>
      ) : null}
    </ul>
  )
}

/** `Deletes 214 files, replaces 3 files`. Kinds are counted among the jobs read; what was not read is only counted. */
function countsOf(held: readonly JobView[], total: number): string {
  const deletes = held.filter((job) => job.kind === 'delete').length
  const replaces = held.filter((job) => job.kind === 'upload' || job.kind === 'adopt').length
  const others = held.length - deletes - replaces
  const unlisted = total - held.length
  return [
    deletes > 0 ? strings.held.deletes(deletes) : '',
    replaces > 0 ? strings.held.overwrites(replaces) : '',
    others > 0 ? strings.held.others(others) : '',
    unlisted > 0 ? strings.held.unlisted(unlisted) : '',
  ]
    .filter((text) => text !== '')
    .join(', ')
}
