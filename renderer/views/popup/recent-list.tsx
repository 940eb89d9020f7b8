import { type ReactNode, useMemo, useState } from 'react'
import { EllipsisVertical, Hourglass, Waves } from 'lucide-react'
import type { ActivityView, InUseView, StatusView, TransferView } from '../../../common/protocol.ts'
import { MethodIcon } from '../../components/method-icon.tsx'
import { PathText } from '../../components/path-text.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { Cell, VirtualRows } from '../../components/virtual-rows.tsx'
import { formatAgo, formatBytes, formatExact, formatMoment, formatShare } from '../../format.ts'
import { differenceText, savedShare } from '../../savings.ts'
import { splitPath } from '../../names.ts'
import { useNow } from '../../state/clock.ts'
import { MovingRows } from './moving-rows.ts'
import { RowMenu, type RowSubject } from './row-menu.tsx'
import { ACTIONS, METHODS, strings } from '../../strings.ts'

type Row =
  | { readonly key: string; readonly transfer: TransferView }
  | { readonly key: string; readonly transfer?: never; readonly waiting: InUseView }
  | { readonly key: string; readonly transfer?: never; readonly waiting?: never; readonly done: ActivityView }

const ROW_HEIGHT = 46

interface RecentListProps {
  readonly status: StatusView
  /** What came of something a person chose for a row. */
  readonly onNotice: (text: string) => void
  /** A file is to be left out. */
  readonly onIgnore: (subject: RowSubject) => void
  /** Null while it is read for the first time. */
  readonly recent: readonly ActivityView[] | null
}

/** What moves now, then what happened last, in one list that the arrow keys walk. Del leaves a file out, after showing what that takes. */
export function RecentList({ status, recent, onNotice, onIgnore }: RecentListProps) {
  const { transfers, inUse } = status
  const [subject, setSubject] = useState<RowSubject | null>(null)
  const [moving] = useState(() => new MovingRows())
  const rows = useMemo<readonly Row[]>(
    () => [
      ...moving.of(transfers, recent ?? []).map((transfer) => ({ key: `t${transfer.jobId}`, transfer })),
      ...(inUse ?? []).map((waiting) => ({ key: `w${waiting.folderId}:${waiting.path}`, waiting })),
      ...(recent ?? []).filter(({ kind }) => kind !== 'prune').map((done) => ({ key: `a${done.id}`, done })),
    ],
    [moving, transfers, inUse, recent],
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
  if (row.transfer !== undefined) return row.transfer
  return row.waiting ?? { ...row.done, done: row.done }
}

function drawRow(row: Row): ReactNode {
  if (row.transfer !== undefined) return <Moving row={row.transfer} />
  return row.waiting === undefined ? <Done row={row.done} /> : <InUse row={row.waiting} />
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

function Moving({ row }: { readonly row: TransferView }) {
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
      <More />
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
        <small>
          {difference ?? METHODS[row.method]}
          {saved === 0 || difference !== undefined ? null : (
            <span className="saved" title={strings.activity.savedExact({ bytes: row.bytesReused })}>
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
