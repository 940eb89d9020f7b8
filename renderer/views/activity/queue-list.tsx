import { memo, type Ref } from 'react'
import type { JobView } from '../../../common/protocol.ts'
import { PathText } from '../../components/path-text.tsx'
import { useRowMenu } from '../../components/row-menu.tsx'
import { Cell, VirtualRows } from '../../components/virtual-rows.tsx'
import { formatBytes, formatMoment } from '../../format.ts'
import { displayName, splitPath } from '../../names.ts'
import { isSkippable } from '../../skipping.ts'
import { useNow } from '../../state/clock.ts'
import { ACTIONS, JOB_STATES, strings } from '../../strings.ts'
import { useCopyEntries } from './copy-entries.ts'
import { type OnSkip, skipEntry } from './skip-entry.ts'

interface QueueListProps {
  readonly jobs: readonly JobView[]
  /** There are more than these. */
  readonly isFirstOfMany: boolean
  readonly onSkip: OnSkip
  readonly ref: Ref<HTMLElement>
}

/** What comes next. Drawn again for other jobs only: a status comes much more often than they do. */
export const QueueList = memo(function QueueList({ jobs, isFirstOfMany, onSkip, ref }: QueueListProps) {
  const copyEntries = useCopyEntries()
  const rowMenu = useRowMenu<JobView>({
    label: ({ path }) => displayName(path),
    entries: (job) => [
      ...(isSkippable(job) ? [skipEntry(() => onSkip({ jobId: job.id, path: job.path }))] : []),
      ...copyEntries(job),
    ],
  })
  return (
    <section className="live-queue" aria-labelledby="live-queue" ref={ref}>
      <h2 className="section-title" id="live-queue">
        {strings.activity.queue}
        {isFirstOfMany ? <span className="muted"> {strings.activity.queueMore}</span> : null}
      </h2>
      <VirtualRows
        label={strings.activity.queue}
        rows={jobs}
        keyOf={(job) => job.id}
        wordOf={(job) => splitPath(job.path).name}
        rowHeight={38}
        className="table"
        onMenu={rowMenu.open}
        renderRow={drawQueued}
      />
      {rowMenu.menu}
    </section>
  )
})

/** The same function each time: cells of a row that stays are not drawn again. */
const drawQueued = (job: JobView) => <QueuedRow job={job} />

function QueuedRow({ job }: { readonly job: JobView }) {
  const isLater = job.state === 'waiting'
  return (
    <>
      <Cell className="cell-file">
        <PathText path={job.path} />
      </Cell>
      <Cell className="cell-action muted" title={job.failure?.message}>
        {isLater ? (job.failure?.message ?? JOB_STATES.waiting) : ACTIONS[job.kind]}
      </Cell>
      <Cell className="cell-number numbers muted">
        {isLater ? <RetryAt atMs={job.notBeforeMs} /> : formatBytes(job.size)}
      </Cell>
    </>
  )
}

function RetryAt({ atMs }: { readonly atMs: number }) {
  return strings.activity.retryAt({ moment: formatMoment(atMs, useNow()) })
}
