import {
  ChevronRight,
  Clock3,
  FileClock,
  FolderClosed,
  FolderOpen,
  File as FileIcon,
  Search,
  SearchX,
  SquareCheck,
  X,
} from 'lucide-react'
import { type RefObject, useMemo, useRef } from 'react'
import { IconButton } from '../../components/button.tsx'
import { Empty, ErrorNote } from '../../components/notes.tsx'
import { useFileEntries } from '../../components/file-entries.ts'
import { PathText } from '../../components/path-text.tsx'
import { useRowMenu } from '../../components/row-menu.tsx'
import { Cell, VirtualRows } from '../../components/virtual-rows.tsx'
import { formatBytes, formatExact, formatMoment, formatNumber } from '../../format.ts'
import { displayName, splitPath } from '../../names.ts'
import { STANDINGS, restoreStrings } from '../../restore-strings.ts'
import { useNow } from '../../state/clock.ts'
import { strings } from '../../strings.ts'
import { thawStrings } from '../../thaw-strings.ts'
import type { Row, Rows } from './use-rows.ts'

/** What was chosen to be brought back, by path. */
export type Chosen = ReadonlyMap<string, Row>

interface BrowserProps {
  readonly folderId: string
  readonly rows: Rows
  readonly chosen: Chosen
  readonly onChoose: (row: Row) => void
  readonly onOpen: (row: Row) => void
  readonly onUp: () => void
  /** See `TimelineView.versionsByFile`. */
  readonly isByFile: boolean
}

/** The list of a folder or of a search, in a table of any length. */
export function Browser({ folderId, rows, chosen, onChoose, onOpen, onUp, isByFile }: BrowserProps) {
  const text = restoreStrings.browse
  const menu = useMenu({ folderId, chosen, onChoose, onOpen })
  const keys = { ' ': onChoose, Backspace: onUp }
  if (rows.error !== null) return <ErrorNote error={rows.error} />
  if (rows.isComplete && rows.rows.length === 0) return <Nothing of={rows.of} isByFile={isByFile} />
  return (
    <div className="table-frame" data-loading={rows.isLoading || undefined}>
      <VirtualRows
        label={text.files}
        rows={rows.rows}
        keyOf={(row) => row.path}
        wordOf={(row) => splitPath(row.path).name}
        rowHeight={38}
        className="table restore-table"
        complete={rows.isComplete}
        isChosen={(row) => chosen.has(row.path)}
        head={<Head />}
        onNearEnd={rows.more}
        onOpen={onOpen}
        onMenu={menu.open}
        onRowKey={(key, row) => {
          if (key === 'Backspace') onUp()
          else if (row === undefined || !(key in keys)) return false
          else onChoose(row)
          return true
        }}
        renderRow={(row) => <RowCells row={row} isChosen={chosen.has(row.path)} onChoose={() => onChoose(row)} />}
      />
      {menu.menu}
    </div>
  )
}

/** What can be done with a row by the right button, the menu key or Shift+F10. */
function useMenu({
  folderId,
  chosen,
  onChoose,
  onOpen,
}: Pick<BrowserProps, 'folderId' | 'chosen' | 'onChoose' | 'onOpen'>) {
  const fileEntries = useFileEntries()
  return useRowMenu<Row>({
    label: ({ path }) => displayName(path),
    entries: (row) => [
      isDirectoryRow(row)
        ? { label: strings.rows.open, icon: FolderOpen, onSelect: () => onOpen(row) }
        : { label: strings.rows.versions, icon: Clock3, onSelect: () => onOpen(row) },
      {
        label: chosen.has(row.path) ? strings.rows.unchoose : strings.rows.choose,
        icon: SquareCheck,
        onSelect: () => onChoose(row),
      },
      ...fileEntries({ folderId, path: row.path, isKept: !isDirectoryRow(row) && !isGone(row) }),
    ],
  })
}

function isDirectoryRow(row: Row): boolean {
  return row.from === 'list' && row.kind === 'directory'
}

function Head() {
  const { columns } = restoreStrings.browse
  return (
    <>
      <span className="cell-tick" />
      <span className="cell-file">{columns.name}</span>
      <span className="cell-standing" />
      <span className="cell-number cell-versions">{columns.versions}</span>
      <span className="cell-number">{columns.size}</span>
      <span className="cell-since">{columns.since}</span>
    </>
  )
}

function Nothing({ of, isByFile }: Pick<Rows, 'of'> & Pick<BrowserProps, 'isByFile'>) {
  const text = restoreStrings.browse
  if (of?.kind === 'search') {
    const where = isByFile ? text.nothingFoundByFileText : text.nothingFoundText
    return <Empty icon={SearchX} title={text.nothingFound} text={where} />
  }
  const isNow = of?.kind === 'list' && of.atMs === undefined
  const then = isByFile ? text.emptyByFileText : text.emptyText
  return <Empty icon={FolderOpen} title={text.empty} text={isNow ? text.emptyNowText : then} />
}

interface RowCellsProps {
  readonly row: Row
  readonly isChosen: boolean
  readonly onChoose: () => void
}

function RowCells({ row, isChosen, onChoose }: RowCellsProps) {
  const nowMs = useNow()
  const isDirectory = row.from === 'list' && row.kind === 'directory'
  const Icon = isDirectory ? FolderClosed : isGone(row) ? FileClock : FileIcon
  const versions = (row.from === 'search' ? row.versions : row.count) ?? 0
  const hasSize = row.sizeBytes > 0 || (!isDirectory && isKnown(row))
  return (
    <>
      <Cell className="cell-tick">
        <input
          type="checkbox"
          // The keyboard is with the grid: Space chooses.
          tabIndex={-1}
          checked={isChosen}
          aria-label={restoreStrings.browse.choose({ name: displayName(row.path) })}
          onClick={(event) => event.stopPropagation()}
          onChange={onChoose}
        />
      </Cell>
      <Cell className="cell-file cell-named" data-gone={isGone(row) || undefined}>
        <Icon size={16} aria-hidden="true" className="muted" />
        <PathText path={row.path} {...(row.from === 'list' ? { show: 'name' as const } : {})} />
      </Cell>
      <Cell className="cell-standing">
        <Standing row={row} nowMs={nowMs} />
      </Cell>
      <Cell className="cell-number cell-versions numbers muted">
        {isDirectory && row.count !== undefined
          ? restoreStrings.browse.inFolder({ n: versions })
          : versions > 1
            ? formatNumber(versions)
            : ''}
      </Cell>
      <Cell className="cell-number numbers">{hasSize ? formatBytes(row.sizeBytes) : ''}</Cell>
      <Cell
        className="cell-since numbers muted"
        title={'sinceMs' in row && row.sinceMs !== undefined ? formatExact(row.sinceMs) : undefined}
      >
        {'sinceMs' in row && row.sinceMs !== undefined ? formatMoment(row.sinceMs, nowMs) : ''}
      </Cell>
    </>
  )
}

/** Its size at the moment is. */
function isKnown(row: Row): boolean {
  return row.from === 'search' || row.standing === 'there' || row.standing === 'unsure' || row.standing === 'gone'
}

function isGone(row: Row): boolean {
  return row.from === 'search' ? row.goneMs !== undefined : row.isGoneNow
}

function Standing({ row, nowMs }: { readonly row: Row; readonly nowMs: number }) {
  const text = restoreStrings.browse
  if (row.from === 'search')
    return row.goneMs === undefined ? null : (
      <span className="mark" title={formatExact(row.goneMs)}>
        {text.goneSince({ moment: formatMoment(row.goneMs, nowMs) })}
      </span>
    )
  if (row.standing !== 'there')
    return (
      <span className="mark" data-tone={row.standing}>
        {STANDINGS[row.standing]}
      </span>
    )
  if (row.isGoneNow) return <span className="mark">{STANDINGS.gone}</span>
  if (row.archived === 0) return null
  return (
    <span className="mark" title={thawStrings.archivedHint}>
      {row.kind === 'file' ? thawStrings.archived : thawStrings.archivedIn({ n: row.archived })}
    </span>
  )
}

interface PlaceProps {
  readonly folderName: string
  readonly path: string
  readonly onGo: (path: string) => void
}

/** The folders from the root to here. */
export function Breadcrumbs({ folderName, path, onGo }: PlaceProps) {
  const segments = useMemo(() => (path === '' ? [] : path.split('/')), [path])
  const places = [
    { name: folderName, path: '' },
    ...segments.map((name, index) => ({ name, path: segments.slice(0, index + 1).join('/') })),
  ]
  return (
    <nav aria-label={restoreStrings.browse.path} className="crumbs">
      <ol>
        {places.map((place, index) => (
          <li key={place.path}>
            {index === 0 ? null : <ChevronRight size={14} aria-hidden="true" className="muted" />}
            <button
              type="button"
              className="crumb"
              aria-current={place.path === path ? 'location' : undefined}
              title={displayName(place.name)}
              onClick={() => onGo(place.path)}
            >
              <bdi>{displayName(place.name)}</bdi>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  )
}

interface SearchBoxProps {
  readonly text: string
  readonly onChange: (text: string) => void
  readonly input?: RefObject<HTMLInputElement | null>
}

/** Finds names of any time. Escape clears it. */
export function SearchBox({ text, onChange }: SearchBoxProps) {
  const input = useRef<HTMLInputElement>(null)
  const clear = (): void => {
    onChange('')
    input.current?.focus()
  }
  return (
    <search className="search">
      <Search size={16} aria-hidden="true" className="muted" />
      <input
        ref={input}
        className="input"
        type="text"
        value={text}
        maxLength={200}
        spellCheck={false}
        autoComplete="off"
        aria-label={restoreStrings.browse.search}
        placeholder={restoreStrings.browse.search}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || text === '') return
          event.stopPropagation()
          clear()
        }}
      />
      {text === '' ? null : <IconButton icon={X} label={restoreStrings.browse.clearSearch} onClick={clear} />}
    </search>
  )
}
