import { History, RefreshCw } from 'lucide-react'
import type { FolderView, StatusView, TimelineView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Empty, ErrorNote, Note } from '../../components/notes.tsx'
import { ScreenFrame } from '../../components/screen.tsx'
import { formatAgo } from '../../format.ts'
import { displayName } from '../../names.ts'
import { restoreStrings } from '../../restore-strings.ts'
import { useNow } from '../../state/clock.ts'
import { navigate } from '../../state/route.ts'
import { strings } from '../../strings.ts'
import { Explorer } from './explorer.tsx'
import { parseRestoreSection } from './section.ts'
import { ThawRows } from './thaw-rows.tsx'
import { useThaws } from './use-thaw.ts'
import { useTimeline } from './use-timeline.ts'

interface RestoreScreenProps {
  readonly status: StatusView
  /** See `restoreSection`; or ''. */
  readonly section: string
}

/** What folders were at any moment, and bringing it back. */
export function RestoreScreen({ status: { folders }, section }: RestoreScreenProps) {
  const { folderId, path } = parseRestoreSection(section)
  const folder = folders.find(({ id }) => id === folderId) ?? folders[0]
  if (folder === undefined)
    return (
      <ScreenFrame title={strings.screens.restore}>
        <Empty icon={History} title={restoreStrings.noFolders} text={restoreStrings.noFoldersText} />
      </ScreenFrame>
    )
  // Another folder, or file that was asked for, is looked at from the beginning.
  return <OneFolder key={`${folder.id}:${path}`} folder={folder} folders={folders} path={path} />
}

interface OneFolderProps {
  readonly folder: FolderView
  readonly folders: readonly FolderView[]
  readonly path: string
}

function OneFolder({ folder, folders, path }: OneFolderProps) {
  const { view, error, again, reopen } = useTimeline(folder.id)
  const thaws = useThaws(folder.id)
  return (
    <ScreenFrame
      title={strings.screens.restore}
      layout="fill"
      actions={
        <>
          <ReadAt folder={folder} view={view} />
          <label>
            <span className="visually-hidden">{restoreStrings.folder}</span>
            <select className="input" value={folder.id} onChange={(event) => navigate('restore', event.target.value)}>
              {folders.map(({ id, name }) => (
                <option key={id} value={id}>
                  {displayName(name)}
                </option>
              ))}
            </select>
          </label>
          <Button icon={RefreshCw} onClick={again} pending={view?.state === 'reading'}>
            {restoreStrings.again}
          </Button>
        </>
      }
    >
      <ErrorNote error={error} />
      <ThawRows {...thaws} />
      <Shown folder={folder} path={path} view={view} onLost={reopen} onThaw={thaws.again} />
    </ScreenFrame>
  )
}

/** How old what is shown is. */
function ReadAt({ folder, view }: { readonly folder: FolderView; readonly view: TimelineView | null }) {
  const nowMs = useNow()
  if (view?.state !== 'ready') return null
  const isOld = folder.lastChangeMs !== null && folder.lastChangeMs > view.readAtMs
  return (
    <p className="read-at muted">
      {isOld ? restoreStrings.changedSince : restoreStrings.readAt({ moment: formatAgo(view.readAtMs, nowMs) })}
    </p>
  )
}

interface ShownProps {
  readonly folder: FolderView
  readonly path: string
  readonly view: TimelineView | null
  readonly onLost: () => void
  readonly onThaw: () => void
}

function Shown({ folder, path, view, onLost, onThaw }: ShownProps) {
  if (view === null) return <p className="muted">{strings.loading}</p>
  switch (view.state) {
    case 'reading':
      return (
        <div className="reading" aria-live="polite">
          <progress className="bar" aria-label={restoreStrings.reading} />
          <p>
            <strong>{restoreStrings.reading}</strong>
          </p>
          <p className="muted numbers" aria-live="off">
            {restoreStrings.readingText({ found: view.files, earlier: view.earlierVersions })}
          </p>
          {view.waitMs === undefined ? null : <p>{restoreStrings.browse.waiting({ left: view.waitMs })}</p>}
        </div>
      )
    case 'failed':
      return (
        <Note tone="bad">
          <p>
            <strong>{restoreStrings.failed}</strong>
          </p>
          <p>{view.error?.message}</p>
          {view.error?.fix === undefined ? null : <p className="muted">{view.error.fix}</p>}
        </Note>
      )
    case 'ready':
      return <Explorer key={view.id} folder={folder} file={path} timeline={view} onLost={onLost} onThaw={onThaw} />
  }
}
