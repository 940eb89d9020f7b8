import { ChevronRight, Copy, RotateCcw, X } from 'lucide-react'
import { useId, useState } from 'react'
import type { FolderView, JobView } from '../../../common/protocol.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { useCopy, useRowMenu } from '../../components/row-menu.tsx'
import { useToast } from '../../components/toasts.tsx'
import { Cell, VirtualRows } from '../../components/virtual-rows.tsx'
import { displayName, splitPath } from '../../names.ts'
import { useAction, useClient } from '../../state/services.ts'
import { ERROR_TITLES, strings } from '../../strings.ts'
import { errorText, useCopyEntries } from './copy-entries.ts'
import type { ErrorGroup } from './error-groups.ts'

const ROW_HEIGHT = 44
const ROWS_SHOWN = 6

interface ErrorGroupCardProps {
  readonly group: ErrorGroup
  readonly folder: FolderView | undefined
  readonly onChanged: () => Promise<void>
}

/** One cause: how many files, what to do, and the buttons that do it for all of them or for one. */
export function ErrorGroupCard({ group, folder, onChanged }: ErrorGroupCardProps) {
  const id = useId()
  const client = useClient()
  const toast = useToast()
  const copy = useCopy()
  const [isOpen, setOpen] = useState(group.jobs.length <= ROWS_SHOWN)
  const [dropping, setDropping] = useState<readonly JobView[] | null>(null)
  const retry = useAction(async (jobs: readonly JobView[]) => {
    for (const job of jobs) await client.call('queue.retry', { id: job.id })
    toast({ text: strings.activity.retried({ n: jobs.length }) })
    await onChanged()
  })
  const drop = useAction(async () => {
    for (const job of dropping ?? []) await client.call('queue.drop', { id: job.id })
    toast({
      text: strings.activity.dropped({ n: dropping?.length ?? 0 }),
      // What was given up is found again by the next look at everything.
      undo: async () => void (await client.call('folders.sync', { id: group.folderId })),
    })
    await onChanged()
  })
  const count = group.jobs.length
  return (
    <section className="card error-group" aria-labelledby={id}>
      <div className="error-head">
        <div className="error-words">
          <h2 id={id}>
            {ERROR_TITLES[group.code]}
            <span className="muted numbers"> · {strings.files({ n: count })}</span>
            <span className="muted"> · {displayName(folder?.name ?? group.folderId)}</span>
          </h2>
          <p>{group.message}</p>
          {group.fix === undefined ? null : <p className="muted">{group.fix}</p>}
          {/* For a search, or for whoever helps. */}
          <p className="error-code">
            <code className="command muted">{group.code}</code>
            <IconButton
              icon={Copy}
              className="button-small"
              label={strings.rows.copyError}
              onClick={() => copy(errorText(group), strings.rows.errorCopied)}
            />
          </p>
        </div>
        <div className="error-actions">
          <Button icon={RotateCcw} pending={retry.pending} onClick={() => void retry.run(group.jobs)}>
            {strings.activity.groupRetry({ n: count })}
          </Button>
          <Button look="quiet" onClick={() => setDropping(group.jobs)}>
            {strings.activity.groupDrop({ n: count })}
          </Button>
        </div>
      </div>
      <ErrorNote error={retry.error} />
      <button type="button" className="disclosure" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <ChevronRight size={16} aria-hidden="true" />
        {isOpen ? strings.activity.hideFiles : strings.activity.showFiles}
      </button>
      {isOpen ? (
        <FailedRows jobs={group.jobs} onRetry={(job) => void retry.run([job])} onDrop={(job) => setDropping([job])} />
      ) : null}
      <Confirm
        open={dropping !== null}
        onClose={() => setDropping(null)}
        title={strings.activity.dropTitle({ n: dropping?.length ?? 0 })}
        confirm={strings.activity.dropConfirm}
        action={drop}
      >
        <p>{strings.activity.dropText({ n: dropping?.length ?? 0 })}</p>
      </Confirm>
    </section>
  )
}

interface FailedRowsProps {
  readonly jobs: readonly JobView[]
  readonly onRetry: (job: JobView) => void
  readonly onDrop: (job: JobView) => void
}

/** Enter tries a file again, Del asks whether to give it up. */
function FailedRows({ jobs, onRetry, onDrop }: FailedRowsProps) {
  const copyEntries = useCopyEntries()
  const rowMenu = useRowMenu<JobView>({
    label: ({ path }) => displayName(path),
    entries: (job) => [
      { label: strings.rows.retry, icon: RotateCcw, onSelect: () => onRetry(job) },
      { label: strings.rows.drop, icon: X, onSelect: () => onDrop(job) },
      ...copyEntries(job),
    ],
  })
  const doFor: Readonly<Record<string, (job: JobView) => void>> = { Enter: onRetry, Delete: onDrop }
  return (
    <div style={{ blockSize: Math.min(jobs.length, ROWS_SHOWN) * ROW_HEIGHT + 2 }} className="failed-rows">
      <VirtualRows
        label={strings.activity.errors}
        rows={jobs}
        keyOf={(job) => job.id}
        wordOf={(job) => splitPath(job.path).name}
        rowHeight={ROW_HEIGHT}
        className="table"
        onRowKey={(key, job) => {
          if (job === undefined || doFor[key] === undefined) return false
          doFor[key](job)
          return true
        }}
        onMenu={rowMenu.open}
        renderRow={(job) => (
          <>
            <Cell className="cell-file">
              <PathText path={job.path} />
            </Cell>
            <Cell className="muted numbers cell-attempts">{strings.activity.attempts({ n: job.attempts })}</Cell>
            <Cell className="cell-buttons">
              <IconButton
                icon={RotateCcw}
                label={strings.activity.retryOne({ path: displayName(job.path) })}
                onClick={(event) => {
                  event.stopPropagation()
                  onRetry(job)
                }}
              />
              <IconButton
                icon={X}
                label={strings.activity.dropOne({ path: displayName(job.path) })}
                onClick={(event) => {
                  event.stopPropagation()
                  onDrop(job)
                }}
              />
            </Cell>
          </>
        )}
      />
      {rowMenu.menu}
    </div>
  )
}
