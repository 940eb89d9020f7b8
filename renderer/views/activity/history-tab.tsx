import { History as HistoryIcon } from 'lucide-react'
import { useState } from 'react'
import type { ActivityView, FolderView } from '../../../common/protocol.ts'
import { MethodIcon } from '../../components/method-icon.tsx'
import { Empty } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { Cell, VirtualRows } from '../../components/virtual-rows.tsx'
import { formatBytes, formatExact, formatMoment, formatShare } from '../../format.ts'
import { displayName, splitPath } from '../../names.ts'
import { differenceText, savedShare } from '../../savings.ts'
import { useNow } from '../../state/clock.ts'
import { METHODS, strings } from '../../strings.ts'
import { DetailDialog } from './detail-dialog.tsx'
import { useHistory } from './use-history.ts'
import { canUndo, useUndo } from './use-undo.ts'

/** Everything that was recorded, in a table of any length. Enter or a click shows one row in full. */
export function HistoryTab({ folders }: { readonly folders: readonly FolderView[] }) {
  const [folderId, setFolderId] = useState('')
  const [detail, setDetail] = useState<ActivityView | null>(null)
  const { rows, complete, loaded, more, markUndone } = useHistory(folderId === '' ? undefined : folderId)
  const undo = useUndo(markUndone, setDetail)
  const shown = detail === null ? null : (rows.find(({ id }) => id === detail.id) ?? detail)
  const { columns } = strings.activity
  return (
    <div className="history">
      <div className="history-head">
        <label>
          <span className="visually-hidden">{strings.activity.folder}</span>
          <select className="input" value={folderId} onChange={(event) => setFolderId(event.target.value)}>
            <option value="">{strings.activity.allFolders}</option>
            {folders.map((folder) => (
              <option key={folder.id} value={folder.id}>
                {displayName(folder.name)}
              </option>
            ))}
          </select>
        </label>
        <span className="muted numbers push">
          {loaded ? strings.activity.loaded({ n: rows.length, complete }) : ''}
        </span>
      </div>
      {loaded && rows.length === 0 ? (
        <Empty icon={HistoryIcon} title={strings.activity.historyEmpty} text={strings.activity.historyEmptyText} />
      ) : (
        <div className="table-frame">
          <VirtualRows
            label={strings.activity.history}
            rows={rows}
            keyOf={(row) => row.id}
            wordOf={(row) => splitPath(row.path).name}
            rowHeight={38}
            className="table"
            complete={complete}
            head={
              <>
                <span className="cell-time">{columns.time}</span>
                <span className="cell-file">{columns.file}</span>
                <span className="cell-action">{columns.action}</span>
                <span className="cell-number">{columns.size}</span>
                <span className="cell-number cell-saved">{columns.saved}</span>
              </>
            }
            onNearEnd={more}
            onOpen={setDetail}
            renderRow={(row) => <HistoryRow row={row} onUndo={() => void undo.run(row, false)} />}
          />
        </div>
      )}
      <DetailDialog row={shown} folders={folders} undo={undo} onClose={() => setDetail(null)} />
    </div>
  )
}

function HistoryRow({ row, onUndo }: { readonly row: ActivityView; readonly onUndo: () => void }) {
  const nowMs = useNow()
  const saved = savedShare(row)
  return (
    <>
      <Cell className="cell-time numbers muted" title={formatExact(row.atMs)}>
        {formatMoment(row.atMs, nowMs)}
      </Cell>
      <Cell className="cell-file">
        <PathText path={row.path} />
      </Cell>
      <Cell className="cell-action" title={differenceText(row)}>
        <MethodIcon method={row.method} />
        <span className="action-word">{METHODS[row.method]}</span>
        {canUndo(row) ? (
          <button
            type="button"
            className="button button-quiet row-undo"
            // The keyboard is with the grid: Enter shows the row, where the same can be done.
            tabIndex={-1}
            aria-label={strings.undoing.of({ path: displayName(row.path) })}
            onClick={(event) => {
              event.stopPropagation()
              onUndo()
            }}
          >
            {strings.undo}
          </button>
        ) : null}
      </Cell>
      <Cell className="cell-number numbers" title={strings.detail.bytes({ n: row.size })}>
        {row.size > 0 ? formatBytes(row.size) : ''}
      </Cell>
      <Cell className="cell-number cell-saved numbers saved">{saved === 0 ? '' : formatShare(saved)}</Cell>
    </>
  )
}
