import { FolderPlus, RefreshCw } from 'lucide-react'
import type { StatusView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Empty, ErrorNote } from '../../components/notes.tsx'
import { ScreenFrame } from '../../components/screen.tsx'
import { useToast } from '../../components/toasts.tsx'
import { navigate } from '../../state/route.ts'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { syncStartedText } from '../../sync-text.ts'
import { FolderEditor } from './editor/folder-editor.tsx'
import { FolderCard } from './folder-card.tsx'
import { parseFolderSection } from './folder-section.ts'
import { PlanDialog } from './plan-dialog.tsx'

interface FoldersScreenProps {
  readonly status: StatusView
  /** The folder to show first, and what of it: see `parseFolderSection`. */
  readonly section: string
}

/** Every watched folder with its state, its numbers and what can be done with it. */
export function FoldersScreen({ status, section }: FoldersScreenProps) {
  const { show, folderId } = parseFolderSection(section)
  const client = useClient()
  const toast = useToast()
  const sync = useAction(async () => {
    await client.call('folders.sync', {})
    toast({ text: syncStartedText(status.pausedUntil, Date.now()) })
  })
  return (
    <ScreenFrame
      title={strings.screens.folders}
      actions={
        status.folders.length === 0 ? null : (
          <>
            <Button icon={RefreshCw} pending={sync.pending} onClick={() => void sync.run()}>
              {strings.folders.syncNow}
            </Button>
            <Button look="primary" icon={FolderPlus} onClick={() => navigate('add')}>
              {strings.folders.add}
            </Button>
          </>
        )
      }
    >
      <ErrorNote error={sync.error} />
      {status.folders.length === 0 ? (
        <Empty icon={FolderPlus} title={strings.folders.empty} text={strings.folders.emptyText}>
          <Button look="primary" onClick={() => navigate('add')}>
            {strings.folders.add}
          </Button>
        </Empty>
      ) : (
        <ul className="cards">
          {status.folders.map((folder) => (
            <li key={folder.id}>
              <FolderCard folder={folder} isAsked={folder.id === folderId} />
              <PlanDialog folder={folder} open={show === 'plan' && folder.id === folderId} onClose={closeDialog} />
              <FolderEditor folder={folder} open={show === 'edit' && folder.id === folderId} onClose={closeDialog} />
            </li>
          ))}
        </ul>
      )}
    </ScreenFrame>
  )
}

function closeDialog(): void {
  navigate('folders')
}
