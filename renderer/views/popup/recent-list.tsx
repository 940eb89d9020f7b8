import { type ReactNode, useCallback, useMemo, useState } from 'react'
import { EllipsisVertical, Hourglass, SkipForward, Waves, X } from 'lucide-react'
import { toTidekeepError } from '../../../common/errors.ts'
import type { ActivityView, InUseView, SkippedView, StatusView, TransferView } from '../../../common/protocol.ts'
import { MethodIcon } from '../../components/method-icon.tsx'
import { PathText } from '../../components/path-text.tsx'
import type { Toast } from '../../components/toasts.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { Cell, VirtualRows } from '../../components/virtual-rows.tsx'
import { formatAgo, formatBytes, formatExact, formatMoment, formatShare } from '../../format.ts'
import { differenceText, savedShare } from '../../savings.ts'
import { displayName, splitPath } from '../../names.ts'
import { isSkippable, skip } from '../../skipping.ts'
import { useNow } from '../../state/clock.ts'
import { useClient } from '../../state/services.ts'
import { MovingRows } from './moving-rows.ts'
import { RowMenu, type RowSubject } from './row-menu.tsx'
import { ACTIONS, METHODS, strings } from '../../strings.ts'

type Row = { readonly key: string } & (
  | { readonly kind: 'moving'; readonly transfer: TransferView }
  | { readonly kind: 'waiting'; readonly waiting: InUseView }
  | { readonly kind: 'skipped'; readonly skipped: SkippedView }
  | { readonly kind: 'done'; readonly done: ActivityView }
)

const ROW_HEIGHT = 46

interface RecentListProps {
  readonly status: StatusView
  /** What came of something a person chose for a row. */
  readonly onNotice: (notice: Toast) => void
  /** A file is to be left out. */
  readonly onIgnore: (subject: RowSubject) => void
  /** Null while it is read for the first time. */
  readonly recent: readonly ActivityView[] | null
}

/** What moves now, then what happened last, in one list that the arrow keys walk. Del leaves a file out, after showing what that takes. */
export function RecentList({ status, recent, onNotice, onIgnore }: RecentListProps) {
  const client = useClient()
  const { transfers, inUse, skipped } = status
  const [subject, setSubject] = useState<RowSubject | null>(null)
  const [moving] = useState(() => new MovingRows())
  const rows = useMemo<readonly Row[]>(
    () => [
      ...moving
        .of(transfers, recent ?? [])
        .map((transfer) => ({ key: `t${transfer.jobId}`, kind: 'moving' as const, transfer })),
      ...(inUse ?? []).map((waiting) => ({ key: `w${waiting.jobId}`, kind: 'waiting' as const, waiting })),
      ...(skipped ?? []).map((each) => ({ key: `s${each.jobId}`, kind: 'skipped' as const, skipped: each })),
      ...(recent ?? [])
        .filter(({ kind }) => kind !== 'prune')
        .map((done) => ({ key: `a${done.id}`, kind: 'done' as const, done })),
    ],
    [moving, transfers, inUse, skipped, recent],
  )
  const drawRow = useCallback(
    (row: Row): ReactNode => {
      const onSkip = (transfer: TransferView): void => {
        skip(client, transfer).then(onNotice, (thrown: unknown) => onNotice({ text: toTidekeepError(thrown).message }))
      }
      return <RowCells row={row} onSkip={onSkip} />
    },
    [client, onNotice],
  )
  if (rows.length === 0 && recent === null) return <div className="popup-quiet" />
  if (rows.length === 0) {
    return (
      <div className="popup-quiet">
        <Waves size={28} strokeWidth={1.5} aria-hidden="true" />
        <p>{strings.popup.nothing}</p>
      </div>
    )
  }
  return (
    <>
      <VirtualRows
        label={strings.popup.recent}
        rows={rows}
        keyOf={(row) => row.key}
        wordOf={(row) => splitPath(subjectOf(row).path).name}
        rowHeight={ROW_HEIGHT}
        className="popup-rows"
        renderRow={drawRow}
        onOpen={(row) => setSubject(subjectOf(row))}
        onMenu={(row) => setSubject(subjectOf(row))}
        onRowKey={(key, row) => {
          if (row === undefined || (key !== ' ' && key !== 'Delete')) return false
          // Nothing goes by a key: what leaving it out would take is shown first.
          if (key === 'Delete') onIgnore(subjectOf(row))
          else setSubject(subjectOf(row))
          return true
        }}
      />
      <RowMenu
        subject={subject}
        status={status}
        onClose={() => setSubject(null)}
        onNotice={onNotice}
        onIgnore={onIgnore}
      />
    </>
  )
}

function subjectOf(row: Row): RowSubject {
  switch (row.kind) {
    case 'moving': {
      const { jobId, folderId, path } = row.transfer
      return { jobId, folderId, path, ...(isSkippable(row.transfer) ? { sending: 'skippable' as const } : {}) }
    }
    case 'waiting':
      return { ...row.waiting, sending: 'skippable' }
    case 'skipped':
      return { ...row.skipped, sending: 'skipped' }
    case 'done':
      return { folderId: row.done.folderId, path: row.done.path, done: row.done }
  }
}

interface RowCellsProps {
  readonly row: Row
  readonly onSkip: (transfer: TransferView) => void
}

function RowCells({ row, onSkip }: RowCellsProps) {
  switch (row.kind) {
    case 'moving':
      return <Moving row={row.transfer} onSkip={() => onSkip(row.transfer)} />
    case 'waiting':
      return <InUse row={row.waiting} />
    case 'skipped':
      return <Skipped row={row.skipped} />
    case 'done':
      return <Done row={row.done} />
  }
}

/** Left out by whoever looks at it: it must not be taken for safe. */
function Skipped({ row }: { readonly row: SkippedView }) {
  return (
    <>
      <Cell className="row-icon">
        <span className="method-icon" aria-hidden="true">
          <SkipForward size={14} strokeWidth={2.25} />
        </span>
      </Cell>
      <Cell className="row-main">
        <PathText path={row.path} show="name" />
        <small>{strings.skipping.state}</small>
      </Cell>
      <Cell className="row-side numbers">{formatBytes(row.sizeBytes)}</Cell>
      <More />
    </>
  )
}

/** Another program holds it: nothing is wrong, and nobody has to do anything. */
function InUse({ row }: { readonly row: InUseView }) {
  const nowMs = useNow()
  const when = strings.popup.inUseAt({ moment: formatMoment(row.nextTryMs, nowMs) })
  return (
    <>
      <Cell className="row-icon">
        <span className="method-icon" aria-hidden="true">
          <Hourglass size={14} strokeWidth={2.25} />
        </span>
      </Cell>
      <Cell className="row-main" title={when}>
        <PathText path={row.path} show="name" />
        <small>{strings.popup.inUse}</small>
      </Cell>
      <Cell className="row-side numbers" title={when}>
        <small>{formatMoment(row.nextTryMs, nowMs)}</small>
      </Cell>
      <More />
    </>
  )
}

function Moving({ row, onSkip }: { readonly row: TransferView; readonly onSkip: () => void }) {
  const share = row.bytesTotal > 0 ? row.bytesDone / row.bytesTotal : 0
  return (
    <>
      <Cell className="row-icon">
        <MethodIcon method={row.kind} isMoving />
      </Cell>
      <Cell className="row-main">
        <PathText path={row.path} show="name" />
        <ProgressBar share={share} label={ACTIONS[row.kind]} text={formatShare(share)} />
      </Cell>
      <Cell className="row-side numbers">
        {formatShare(share)}
        <small>{formatBytes(row.bytesTotal)}</small>
      </Cell>
      {isSkippable(row) ? (
        <Cell className="row-skip">
          <button
            type="button"
            className="button button-quiet button-icon"
            // The keyboard is with the list: Enter shows what can be done, this among it.
            tabIndex={-1}
            title={strings.skipping.skip}
            aria-label={strings.skipping.skipOf({ path: displayName(row.path) })}
            onClick={(event) => {
              event.stopPropagation()
              onSkip()
            }}
          >
            <X size={14} aria-hidden="true" />
          </button>
        </Cell>
      ) : (
        <More />
      )}
    </>
  )
}

function Done({ row }: { readonly row: ActivityView }) {
  const nowMs = useNow()
  const saved = savedShare(row)
  const difference = differenceText(row)
  return (
    <>
      <Cell className="row-icon">
        <MethodIcon method={row.method} />
      </Cell>
      <Cell className="row-main">
        <PathText path={row.path} show="name" />
        <small title={difference}>
          {METHODS[row.method]}
          {saved === 0 ? null : (
            <span className="saved" title={difference ?? strings.activity.savedExact({ bytes: row.bytesReused })}>
              {' · '}
              {strings.activity.saved({ share: formatShare(saved) })}
            </span>
          )}
        </small>
      </Cell>
      <Cell className="row-side numbers" tip={() => formatExact(row.atMs)}>
        {row.size > 0 ? formatBytes(row.size) : ''}
        <small>{formatAgo(row.atMs, nowMs)}</small>
      </Cell>
      <More />
    </>
  )
}

/** Shows that a row can be opened; the row itself takes the click and the Enter key. */
function More() {
  return (
    <Cell className="row-more">
      <EllipsisVertical size={14} aria-hidden="true" />
    </Cell>
  )
}
