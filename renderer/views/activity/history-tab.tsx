import { Clock3, History as HistoryIcon, Info, Undo2 } from 'lucide-react'
import { useState } from 'react'
import type { ActivityView, FolderView } from '../../../common/protocol.ts'
import type { MenuEntry } from '../../components/action-menu.tsx'
import { useFileEntries } from '../../components/file-entries.ts'
import { MethodIcon } from '../../components/method-icon.tsx'
import { Empty } from '../../components/notes.tsx'
import { PathText } from '../../components/path-text.tsx'
import { useRowMenu } from '../../components/row-menu.tsx'
import { Cell, VirtualRows } from '../../components/virtual-rows.tsx'
import { formatBytes, formatExact, formatMoment, formatShare } from '../../format.ts'
import { displayName, splitPath } from '../../names.ts'
import { differenceText, savedShare } from '../../savings.ts'
import { useToday } from '../../state/clock.ts'
import { navigate } from '../../state/route.ts'
import { METHODS, strings } from '../../strings.ts'
import { restoreSection } from '../restore/section.ts'
import { DetailDialog, hasVersions } from './detail-dialog.tsx'
import { useHistory } from './use-history.ts'
import { canUndo, useUndo } from './use-undo.ts'

/** Everything that was recorded, in a table of any length. Enter, Space or a click shows one row in full. */
export function HistoryTab({ folders }: { readonly folders: readonly FolderView[] }) {
  const [folderId, setFolderId] = useState('')
  const [detail, setDetail] = useState<ActivityView | null>(null)
  const { rows, complete, loaded, more, markUndone } = useHistory(folderId === '' ? undefined : folderId)
  const undo = useUndo(markUndone, setDetail)
  const today = useToday()
  const rowMenu = useHistoryMenu({ onDetails: setDetail, onUndo: (row) => void undo.run(row, false) })
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
            onRowKey={(key, row) => {
              if (key !== ' ' || row === undefined) return false
              setDetail(row)
              return true
            }}
            onMenu={rowMenu.open}
            renderRow={(row) => <HistoryRow row={row} today={today} onUndo={() => void undo.run(row, false)} />}
          />
          {rowMenu.menu}
        </div>
      )}
      <DetailDialog row={shown} folders={folders} undo={undo} onClose={() => setDetail(null)} />
    </div>
  )
}

interface HistoryMenuOptions {
  readonly onDetails: (row: ActivityView) => void
  readonly onUndo: (row: ActivityView) => void
}

function useHistoryMenu({ onDetails, onUndo }: HistoryMenuOptions) {
  const fileEntries = useFileEntries()
  const text = strings.rows
  return useRowMenu<ActivityView>({
    label: ({ path }) => displayName(path),
    entries: (row) => {
      const entries: readonly (MenuEntry | undefined)[] = [
        { label: text.details, icon: Info, onSelect: () => onDetails(row) },
        hasVersions(row)
          ? {
              label: text.versions,
              icon: Clock3,
              onSelect: () => navigate('restore', restoreSection(row.folderId, row.path)),
            }
          : undefined,
        canUndo(row) ? { label: strings.popup.row.undo, icon: Undo2, onSelect: () => onUndo(row) } : undefined,
        ...fileEntries({ folderId: row.folderId, path: row.path }),
      ]
      return entries.filter((entry) => entry !== undefined)
    },
  })
}

interface HistoryRowProps {
  readonly row: ActivityView
  /** The midnight that today began with. */
  readonly today: number
  readonly onUndo: () => void
}

function HistoryRow({ row, today, onUndo }: HistoryRowProps) {
  const saved = savedShare(row)
  return (
    <>
      <Cell className="cell-time numbers muted" tip={() => formatExact(row.atMs)}>
        {formatMoment(row.atMs, today)}
      </Cell>
      <Cell className="cell-file">
        <PathText path={row.path} />
      </Cell>
      <Cell className="cell-action" tip={() => differenceText(row)}>
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
      <Cell className="cell-number numbers" tip={() => strings.detail.bytes({ n: row.size })}>
        {row.size > 0 ? formatBytes(row.size) : ''}
      </Cell>
      <Cell className="cell-number cell-saved numbers saved">{saved === 0 ? '' : formatShare(saved)}</Cell>
    </>
  )
}
