import { Menu } from '@base-ui/react/menu'
import { Clock3, Copy, EyeOff, FolderOpen, History, Send, SkipForward, Undo2 } from 'lucide-react'
import type { Toast } from '../../components/toasts.tsx'
import type { ActivityView, StatusView } from '../../../common/protocol.ts'
import { MenuEntries, type MenuEntry } from '../../components/action-menu.tsx'
import { displayName, pathBelow } from '../../names.ts'
import { openMainWindow } from '../../shell.ts'
import { sendNow, skip } from '../../skipping.ts'
import { useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { restoreSection } from '../restore/section.ts'

/** What a row of the popup is about. */
export interface RowSubject {
  readonly folderId: string
  readonly path: string
  /** Absent while it is on its way. */
  readonly done?: ActivityView
  /** What carries it, or would. */
  readonly jobId?: number
  /** What can be said about sending it. */
  readonly sending?: 'skippable' | 'skipped'
}

interface RowMenuProps {
  /** Null: closed. */
  readonly subject: RowSubject | null
  readonly status: StatusView
  readonly onClose: () => void
  /** What came of a choice, in a sentence. */
  readonly onNotice: (notice: Toast) => void
  /** The file is to be left out. */
  readonly onIgnore: (subject: RowSubject) => void
}

/** What can be done with one file, beside its row. The focus goes back to the list. */
export function RowMenu({ onClose, ...about }: RowMenuProps) {
  const { subject } = about
  const entries = useEntries(about)
  return (
    <Menu.Root open={subject !== null} onOpenChange={(next) => (next ? undefined : onClose())} modal={false}>
      <Menu.Portal>
        <Menu.Positioner
          className="menu-positioner"
          anchor={activeRow}
          align="end"
          sideOffset={-6}
          collisionPadding={8}
        >
          <Menu.Popup className="menu" aria-label={displayName(subject?.path ?? '')} finalFocus={list}>
            <MenuEntries entries={entries} />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

function useEntries({ subject, status, onNotice, onIgnore }: Omit<RowMenuProps, 'onClose'>): readonly MenuEntry[] {
  const client = useClient()
  if (subject === null) return []
  const text = strings.popup.row
  const { done, folderId, path } = subject
  const folder = status.folders.find(({ id }) => id === folderId)
  const tellAll = (work: Promise<Toast>): void => {
    work.then(onNotice, (thrown: unknown) => onNotice({ text: thrown instanceof Error ? thrown.message : text.failed }))
  }
  const tell = (work: Promise<string>): void => tellAll(work.then((said) => ({ text: said })))
  const bringBack = async (row: ActivityView): Promise<string> => {
    const { items } = await client.call('activity.undo', { ids: [row.id], dryRun: false, beside: false })
    const [item] = items
    if (item === undefined || item.outcome === 'refused' || item.outcome === 'failed')
      return item?.failure?.message ?? strings.undoing.gone
    return strings.undoing[item.outcome]({ path: displayName(item.writtenTo ?? item.path) })
  }
  const copyPath = async (root: string): Promise<string> => {
    await navigator.clipboard.writeText(pathBelow(root, path))
    return text.copied
  }
  const reveal = async (): Promise<string> => {
    await client.call('files.reveal', { folderId, path })
    return ''
  }
  const { jobId, sending } = subject
  const file = jobId === undefined ? undefined : { jobId, path }
  return [
    ...(file === undefined || sending !== 'skippable'
      ? []
      : [{ label: strings.skipping.skip, icon: SkipForward, onSelect: () => tellAll(skip(client, file)) }]),
    ...(file === undefined || sending !== 'skipped'
      ? []
      : [{ label: strings.skipping.send, icon: Send, onSelect: () => tellAll(sendNow(client, file)) }]),
    ...(status.canReveal === undefined || folder === undefined
      ? []
      : [{ label: text.reveal, icon: FolderOpen, onSelect: () => tell(reveal()) }]),
    ...(done?.kept === undefined || done.undone === true
      ? []
      : [{ label: text.undo, icon: Undo2, onSelect: () => tell(bringBack(done)) }]),
    { label: text.versions, icon: Clock3, onSelect: () => openMainWindow('restore', restoreSection(folderId, path)) },
    {
      label: done === undefined ? text.live : text.history,
      icon: History,
      onSelect: () => openMainWindow('activity', done === undefined ? 'live' : 'history'),
    },
    ...(folder === undefined
      ? []
      : [
          { label: text.copy, icon: Copy, onSelect: () => tell(copyPath(folder.path)) },
          { label: text.ignore, icon: EyeOff, onSelect: () => onIgnore(subject) },
        ]),
  ]
}

function list(): HTMLElement | null {
  return document.querySelector('.popup-rows')
}

function activeRow(): Element | null {
  return document.querySelector('.popup-rows .row[data-active]')
}
