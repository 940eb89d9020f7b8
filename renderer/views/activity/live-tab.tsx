import { Waves } from 'lucide-react'
import type { JobView, StatusView, TransferView } from '../../../common/protocol.ts'
import { MethodIcon } from '../../components/method-icon.tsx'
import { Empty } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { ReasonLine } from '../../components/reason-line.tsx'
import { ProgressBlock } from '../../components/progress-block.tsx'
import { useCopy, useRowMenu } from '../../components/row-menu.tsx'
import { Cell, VirtualRows } from '../../components/virtual-rows.tsx'
import { formatBytes, formatMoment, formatNumber, formatShare } from '../../format.ts'
import { displayName, splitPath } from '../../names.ts'
import { useNow } from '../../state/clock.ts'
import { ACTIONS, JOB_STATES, strings } from '../../strings.ts'
import { copyEntries } from './copy-entries.ts'
import { useJobs } from './use-jobs.ts'

const QUEUE_SHOWN = 200

/** What moves now and what comes next. */
export function LiveTab({ status }: { readonly status: StatusView }) {
  const { jobs } = useJobs({ limit: QUEUE_SHOWN }, status)
  const rowMenu = useQueueMenu(status.folders)
  const next = (jobs ?? []).filter((job) => job.state === 'queued' || job.state === 'waiting')
  if (status.transfers.length === 0 && next.length === 0 && status.progress === null) {
    return <Empty icon={Waves} title={strings.activity.liveIdle} text={strings.activity.liveIdleText} />
  }
  return (
    <div className="live">
      <section className="card live-progress">
        <ProgressBlock status={status} />
        <ReasonLine status={status} show="all" />
      </section>
      {status.transfers.length === 0 ? null : (
        <section aria-labelledby="live-transfers">
          <h2 className="section-title" id="live-transfers">
            {strings.activity.transfers} <span className="muted numbers">{formatNumber(status.transfers.length)}</span>
          </h2>
          <ul className="transfers">
            {status.transfers.map((transfer) => (
              <Transfer key={transfer.jobId} transfer={transfer} />
            ))}
          </ul>
        </section>
      )}
      {next.length === 0 ? null : (
        <section className="live-queue" aria-labelledby="live-queue">
          <h2 className="section-title" id="live-queue">
            {strings.activity.queue}
            {jobs?.length === QUEUE_SHOWN ? <span className="muted"> {strings.activity.queueMore}</span> : null}
          </h2>
          <VirtualRows
            label={strings.activity.queue}
            rows={next}
            keyOf={(job) => job.id}
            wordOf={(job) => splitPath(job.path).name}
            rowHeight={38}
            className="table"
            onMenu={rowMenu.open}
            renderRow={(job) => <QueuedRow job={job} />}
          />
          {rowMenu.menu}
        </section>
      )}
    </div>
  )
}

function useQueueMenu(folders: StatusView['folders']) {
  const copy = useCopy()
  return useRowMenu<JobView>({
    label: ({ path }) => displayName(path),
    entries: (job) => copyEntries(job, folders, copy),
  })
}

function Transfer({ transfer }: { readonly transfer: TransferView }) {
  const { path, kind, bytesDone, bytesTotal } = transfer
  const share = bytesTotal > 0 ? bytesDone / bytesTotal : 0
  const counted = strings.progress.bytes({ done: bytesDone, total: bytesTotal })
  return (
    <li className="transfer">
      <MethodIcon method={kind} isMoving />
      <div className="transfer-main">
        <PathText path={path} />
        <ProgressBar
          share={share}
          label={`${ACTIONS[kind]} ${path.slice(-80)}`}
          text={`${formatShare(share)}, ${counted}`}
        />
      </div>
      <span className="numbers transfer-counted">
        {formatShare(share)}
        <small>{counted}</small>
      </span>
    </li>
  )
}

function QueuedRow({ job }: { readonly job: JobView }) {
  const nowMs = useNow()
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
        {isLater ? strings.activity.retryAt({ moment: formatMoment(job.notBeforeMs, nowMs) }) : formatBytes(job.size)}
      </Cell>
    </>
  )
}
