import { SkipForward, Waves } from 'lucide-react'
import { memo, type MouseEvent, useCallback } from 'react'
import type { JobState } from '../../../common/model.ts'
import type { JobView, StatusView, TransferView } from '../../../common/protocol.ts'
import type { MenuEntry } from '../../components/action-menu.tsx'
import { IconButton } from '../../components/button.tsx'
import { MethodIcon } from '../../components/method-icon.tsx'
import { Empty } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { ReasonLine } from '../../components/reason-line.tsx'
import { ProgressBlock } from '../../components/progress-block.tsx'
import { type MenuPlace, useRowMenu } from '../../components/row-menu.tsx'
import { useToast } from '../../components/toasts.tsx'
import { Cell, VirtualRows } from '../../components/virtual-rows.tsx'
import { formatBytes, formatMoment, formatNumber, formatShare } from '../../format.ts'
import { displayName, splitPath } from '../../names.ts'
import { isSkippable, skip, type SkippableFile } from '../../skipping.ts'
import { toTidekeepError } from '../../../common/errors.ts'
import { useNow } from '../../state/clock.ts'
import { useClient } from '../../state/services.ts'
import { ACTIONS, JOB_STATES, strings } from '../../strings.ts'
import { useCopyEntries } from './copy-entries.ts'
import { SkippedFiles } from './skipped-files.tsx'
import { useJobs } from './use-jobs.ts'

const QUEUE_SHOWN = 200
/** What comes next; what runs is told with the status. */
const COMES_NEXT: readonly JobState[] = ['waiting', 'queued']

/** What moves now and what comes next. */
export function LiveTab({ status }: { readonly status: StatusView }) {
  const { jobs, reload } = useJobs({ state: COMES_NEXT, limit: QUEUE_SHOWN }, status)
  const onSkip = useSkip(reload)
  const rowMenu = useQueueMenu(onSkip)
  const transferMenu = useTransferMenu(onSkip)
  const isSomeSkipped = status.folders.some(({ skipped }) => skipped > 0)
  const next = jobs ?? []
  if (status.transfers.length === 0 && next.length === 0 && status.progress === null && !isSomeSkipped) {
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
              <Transfer key={transfer.jobId} transfer={transfer} onSkip={onSkip} openMenu={transferMenu.open} />
            ))}
          </ul>
          {transferMenu.menu}
        </section>
      )}
      {isSomeSkipped ? <SkippedFiles status={status} /> : null}
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
            renderRow={drawQueued}
          />
          {rowMenu.menu}
        </section>
      )}
    </div>
  )
}

type OnSkip = (file: SkippableFile) => void

/** Leaves a file out and says so, with the way back. `reload`: the list without it. */
function useSkip(reload: () => Promise<void>): OnSkip {
  const client = useClient()
  const toast = useToast()
  return useCallback(
    (file) => {
      skip(client, file)
        .then(toast, (thrown: unknown) => toast({ text: toTidekeepError(thrown).message }))
        .then(reload)
        // What could not be read again comes with the next status.
        .catch(() => undefined)
    },
    [client, toast, reload],
  )
}

function useQueueMenu(onSkip: OnSkip) {
  const copyEntries = useCopyEntries()
  return useRowMenu<JobView>({
    label: ({ path }) => displayName(path),
    entries: (job) => [
      ...(isSkippable(job) ? [skipEntry(() => onSkip({ jobId: job.id, path: job.path }))] : []),
      ...copyEntries(job),
    ],
  })
}

function useTransferMenu(onSkip: OnSkip) {
  const copyEntries = useCopyEntries()
  return useRowMenu<TransferView>({
    label: ({ path }) => displayName(path),
    entries: (transfer) => [
      ...(isSkippable(transfer) ? [skipEntry(() => onSkip(transfer))] : []),
      ...copyEntries(transfer),
    ],
  })
}

function skipEntry(onSelect: () => void): MenuEntry {
  return { label: strings.skipping.skip, icon: SkipForward, onSelect }
}

/** The rows of transfers are no grid: the buttons in them are for the keyboard. */
function openAtPointer(event: MouseEvent<HTMLElement>, open: (place: MenuPlace) => void): void {
  event.preventDefault()
  const { clientX, clientY, currentTarget } = event
  const list = currentTarget.querySelector('button') ?? currentTarget
  open({ list, anchor: { getBoundingClientRect: () => new DOMRect(clientX, clientY, 0, 0) } })
}

interface TransferProps {
  readonly transfer: TransferView
  readonly onSkip: OnSkip
  readonly openMenu: (transfer: TransferView, place: MenuPlace) => void
}

/** Every status brings new objects of the same transfers: those that did not move stay as they are drawn. */
const Transfer = memo(
  TransferRow,
  (before, after) =>
    before.onSkip === after.onSkip &&
    before.openMenu === after.openMenu &&
    before.transfer.jobId === after.transfer.jobId &&
    before.transfer.bytesDone === after.transfer.bytesDone &&
    before.transfer.bytesTotal === after.transfer.bytesTotal,
)

function TransferRow({ transfer, onSkip, openMenu }: TransferProps) {
  const { path, kind, bytesDone, bytesTotal } = transfer
  const share = bytesTotal > 0 ? bytesDone / bytesTotal : 0
  const counted = strings.progress.bytes({ done: bytesDone, total: bytesTotal })
  return (
    // The button in it is for the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li className="transfer" onContextMenu={(event) => openAtPointer(event, (place) => openMenu(transfer, place))}>
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
      {isSkippable(transfer) ? (
        <IconButton
          icon={SkipForward}
          label={strings.skipping.skipOf({ path: displayName(path) })}
          onClick={() => onSkip(transfer)}
        />
      ) : null}
    </li>
  )
}

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
