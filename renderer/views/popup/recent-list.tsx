import { useMemo, useState } from 'react'
import { Ellipsis, Waves } from 'lucide-react'
import type { ActivityView, FolderView, TransferView } from '../../../common/protocol.ts'
import { MethodIcon } from '../../components/method-icon.tsx'
import { PathText } from '../../components/path-text.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { Cell, VirtualRows } from '../../components/virtual-rows.tsx'
import { formatAgo, formatBytes, formatExact, formatShare } from '../../format.ts'
import { differenceText, savedShare } from '../../savings.ts'
import { splitPath } from '../../names.ts'
import { useNow } from '../../state/clock.ts'
import { RowMenu, type RowSubject } from './row-menu.tsx'
import { ACTIONS, METHODS, strings } from '../../strings.ts'

type Row =
  | { readonly key: string; readonly transfer: TransferView }
  | { readonly key: string; readonly transfer?: never; readonly done: ActivityView }

const ROW_HEIGHT = 46

interface RecentListProps {
  readonly folders: readonly FolderView[]
  /** What came of something a person chose for a row. */
  readonly onNotice: (text: string) => void
  readonly transfers: readonly TransferView[]
  /** Null while it is read for the first time. */
  readonly recent: readonly ActivityView[] | null
}

/** What moves now, then what happened last, in one list that the arrow keys walk. */
export function RecentList({ transfers, recent, folders, onNotice }: RecentListProps) {
  const [subject, setSubject] = useState<RowSubject | null>(null)
  const rows = useMemo<readonly Row[]>(
    () => [
      ...transfers.map((transfer) => ({ key: `t${transfer.jobId}`, transfer })),
      ...(recent ?? []).filter(({ kind }) => kind !== 'prune').map((done) => ({ key: `a${done.id}`, done })),
    ],
    [transfers, recent],
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
        wordOf={(row) => splitPath((row.transfer ?? row.done).path).name}
        rowHeight={ROW_HEIGHT}
        className="popup-rows"
        renderRow={(row) => (row.transfer === undefined ? <Done row={row.done} /> : <Moving row={row.transfer} />)}
        onOpen={(row) => setSubject(row.transfer ?? { ...row.done, done: row.done })}
      />
      <RowMenu subject={subject} folders={folders} onClose={() => setSubject(null)} onNotice={onNotice} />
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
      <Cell className="row-side numbers" title={formatExact(row.atMs)}>
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
      <Ellipsis size={16} aria-hidden="true" />
    </Cell>
  )
}
