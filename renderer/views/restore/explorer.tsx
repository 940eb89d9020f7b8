import { RotateCcw } from 'lucide-react'
import { useCallback, useRef, useState } from 'react'
import type { AskedFiles, FolderView, TimelineView, VersionView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Note } from '../../components/notes.tsx'
import { formatExact } from '../../format.ts'
import { displayName, splitPath } from '../../names.ts'
import { restoreStrings } from '../../restore-strings.ts'
import { useSettled } from '../../state/settled.ts'
import { Breadcrumbs, Browser, type Chosen, SearchBox } from './browser.tsx'
import type { ShownMoment } from './moment-text.ts'
import { RestoreDialog, type Wish } from './restore-dialog.tsx'
import { TimeBar } from './time-bar.tsx'
import { type Row, type Rows, useRows } from './use-rows.ts'
import { VersionsView } from './versions-view.tsx'

interface ExplorerProps {
  readonly folder: FolderView
  /** Whose versions are shown first; '' for none. */
  readonly file: string
  readonly timeline: TimelineView
  readonly onLost: () => void
  /** Archived files were asked for. */
  readonly onThaw: () => void
}

const NONE: Chosen = new Map()
/** While a slider moves or a name is typed, nothing is asked. */
const STILL_MS = 120

/** One folder at any moment: the time, the list, the versions of a file, and what was chosen to be brought back. */
export function Explorer({ folder, file, timeline, onLost, onThaw }: ExplorerProps) {
  const [atMs, setAtMs] = useState<ShownMoment>(undefined)
  const [path, setPath] = useState(parentOf(file))
  const [text, setText] = useState('')
  const [gone, setGone] = useState(false)
  const [open, setOpen] = useState<string | null>(file === '' ? null : file)
  const [chosen, setChosen] = useState<Chosen>(NONE)
  const [wish, setWish] = useState<Wish | null>(null)
  const opener = useRef<HTMLElement>(null)
  const sought = useSettled(text.trim(), STILL_MS)
  const shownAtMs = useSettled(atMs, STILL_MS)
  const wanted =
    sought === ''
      ? ({ kind: 'list', path, atMs: shownAtMs, gone } as const)
      : ({ kind: 'search', text: sought } as const)
  const rows = useRows(timeline.id, wanted, onLost)
  const goTo = useCallback((next: string) => {
    setPath(next)
    setChosen(NONE)
  }, [])
  const isByFile = timeline.versionsByFile === true
  const choose = (row: Row): void => setChosen((known) => toggled(known, row))
  const openRow = (row: Row): void => {
    if (row.from === 'list' && row.kind === 'directory') goTo(row.path)
    else setOpen(row.path)
  }
  const ask = (next: Omit<Wish, 'request'> & { readonly request: Omit<Wish['request'], 'id'> }): void => {
    opener.current = document.activeElement as HTMLElement | null
    setWish({ ...next, request: { ...next.request, id: timeline.id } })
  }
  const dialog = <RestoreDialog wish={wish} onClose={() => setWish(null)} onThaw={onThaw} opener={opener} />
  if (open !== null)
    return (
      <div className="restore">
        <VersionsView
          timelineId={timeline.id}
          path={open}
          isByFile={isByFile}
          atMs={sought === '' ? atMs : undefined}
          onBack={() => setOpen(null)}
          onLost={onLost}
          onRestore={(version) => ask(wishOfVersion(open, version))}
        />
        {dialog}
      </div>
    )
  return (
    <div className="restore">
      {sought !== '' ? null : timeline.keepsVersions ? (
        <TimeBar
          timeline={timeline}
          atMs={atMs}
          onChange={setAtMs}
          turn={rows.of?.kind === 'list' ? rows.of.path : ''}
        />
      ) : (
        <Note tone="info">{restoreStrings.noVersions}</Note>
      )}
      <div className="restore-place">
        <Breadcrumbs folderName={folder.name} path={path} onGo={goTo} />
        <SearchBox
          text={text}
          onChange={(next) => {
            setText(next)
            setChosen(NONE)
          }}
        />
      </div>
      <Browser
        {...{ rows, chosen, isByFile }}
        folderId={folder.id}
        onChoose={choose}
        onOpen={openRow}
        onUp={() => goTo(parentOf(path))}
      />
      <Untold rows={rows} />
      <Foot
        {...{ rows, chosen, atMs, gone, isByFile }}
        onGone={setGone}
        onClear={() => setChosen(NONE)}
        onRestore={() =>
          ask(wishOf({ chosen, path, ...(sought === '' ? { atMs, last: gone } : { atMs: undefined, last: true }) }))
        }
      />
      {dialog}
    </div>
  )
}

interface FootProps {
  readonly rows: Rows
  readonly chosen: Chosen
  readonly atMs: ShownMoment
  readonly gone: boolean
  /** See `TimelineView.versionsByFile`. */
  readonly isByFile: boolean
  readonly onGone: (gone: boolean) => void
  readonly onClear: () => void
  readonly onRestore: () => void
}

/** What there is here, what of it nobody can tell, and the way to bring it back. */
function Foot({ rows, chosen, atMs, gone, isByFile, onGone, onClear, onRestore }: FootProps) {
  const text = restoreStrings.browse
  const { summary, of } = rows
  const isList = of?.kind === 'list'
  // What is in folders that nobody opened is not known.
  const hasSome = chosen.size > 0 || (isList && summary !== null && (isByFile ? summary.total : summary.files) > 0)
  const asking = isList ? (summary?.byFile?.asking ?? 0) : 0
  return (
    <div className="restore-foot">
      <div className="restore-facts">
        <p className="numbers" aria-live="polite">
          {chosen.size > 0
            ? text.chosen({ n: chosen.size })
            : isList && summary !== null
              ? summaryText(rows, summary)
              : of === null
                ? ''
                : text.found({ n: rows.rows.length, isAll: rows.isComplete })}
        </p>
        {isByFile ? (
          <output>
            <small>{rows.isLoading ? text.opening : askingText(isList ? summary?.byFile : undefined)}</small>
          </output>
        ) : null}
        {isList && atMs !== undefined && chosen.size === 0 && asking === 0 ? (
          <small>{isByFile ? restoreStrings.time.truthByFile : restoreStrings.time.truth}</small>
        ) : null}
        {isList && summary !== null && summary.unsure > 0 ? <small>{text.unsure({ n: summary.unsure })}</small> : null}
        {isList && summary !== null && summary.lost > 0 ? <small>{text.lost({ n: summary.lost })}</small> : null}
      </div>
      {isList && atMs === undefined ? (
        <label className="choice">
          <input type="checkbox" checked={gone} onChange={(event) => onGone(event.target.checked)} />
          <span>{text.gone}</span>
        </label>
      ) : null}
      {chosen.size > 0 ? (
        <Button look="quiet" onClick={onClear}>
          {text.clear}
        </Button>
      ) : null}
      <Button look={chosen.size > 0 ? 'primary' : 'plain'} icon={RotateCcw} disabled={!hasSome} onClick={onRestore}>
        {chosen.size > 0 ? text.restore : text.restoreAll}
      </Button>
    </div>
  )
}

/** Of a target that tells versions file by file, what is counted is not everything. */
function summaryText({ rows }: Rows, { files: n, bytes, byFile }: NonNullable<Rows['summary']>): string {
  const text = restoreStrings.browse
  const [first] = rows
  // Folders come first.
  const hasFolders = byFile !== undefined && first?.from === 'list' && first.kind === 'directory'
  const isSome = byFile !== undefined && byFile.asking + byFile.untold > 0
  return (isSome ? text.summarySome : hasFolders ? text.summaryHere : text.summary)({ n, bytes })
}

/** What the target is being asked. */
function askingText({ asking, waitMs }: AskedFiles = { asking: 0, untold: 0 }): string {
  const text = restoreStrings.browse
  if (asking === 0) return ''
  const waiting = waitMs === undefined ? '' : ` ${text.waiting({ left: waitMs })}`
  return `${text.asking({ n: asking })}${waiting}`
}

/** Why some of the files are not known as they were, and asking once more. */
function Untold({ rows: { of, summary, askAgain } }: { readonly rows: Rows }) {
  const text = restoreStrings.browse
  const { untold = 0, error } = (of?.kind === 'list' ? summary?.byFile : undefined) ?? {}
  if (untold === 0) return null
  return (
    <div role="alert">
      <Note tone="warn">
        <div className="untold">
          <p>
            <strong>{text.untold({ n: untold })}</strong> {error?.message} {error?.fix}
          </p>
          <Button onClick={askAgain}>{text.askAgain}</Button>
        </div>
      </Note>
    </div>
  )
}

function toggled(known: Chosen, row: Row): Chosen {
  const next = new Map(known)
  if (!next.delete(row.path)) next.set(row.path, row)
  return next
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

interface Choice {
  readonly chosen: Chosen
  readonly path: string
  readonly atMs: ShownMoment
  /** Also what is gone now. */
  readonly last: boolean
}

/** What is chosen; without that, everything of the folder that is shown. */
function wishOf({ chosen, path, atMs, last }: Choice) {
  const text = restoreStrings.restoring
  const paths = chosen.size > 0 ? [...chosen.keys()] : [path]
  const only = paths.length === 1 ? paths[0]! : undefined
  const what =
    only === undefined
      ? text.items({ n: paths.length })
      : only === ''
        ? text.everything
        : displayName(splitPath(only).name)
  if (atMs !== undefined) return { request: { paths, atMs }, what, when: text.at({ moment: formatExact(atMs) }) }
  return last ? { request: { paths, last }, what, when: text.last } : { request: { paths }, what, when: text.now }
}

function wishOfVersion(path: string, { token, sinceMs }: VersionView) {
  const text = restoreStrings.restoring
  return {
    request: { paths: [path], token },
    what: displayName(splitPath(path).name),
    when: sinceMs === undefined ? text.versionUnknown : text.version({ moment: formatExact(sinceMs) }),
  }
}
