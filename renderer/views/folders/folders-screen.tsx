import { FolderPlus, RefreshCw } from 'lucide-react'
import type { StatusView } from '../../../common/protocol.ts'
import { Button } from '../../components/button.tsx'
import { Empty, ErrorNote } from '../../components/notes.tsx'
import { ScreenFrame } from '../../components/screen.tsx'
import { useToast } from '../../components/toasts.tsx'
import { navigate } from '../../state/route.ts'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { FolderCard } from './folder-card.tsx'

interface FoldersScreenProps {
  readonly status: StatusView
  /** The id of the folder to show first, or ''. */
  readonly section: string
}

/** Every watched folder with its state, its numbers and what can be done with it. */
export function FoldersScreen({ status, section }: FoldersScreenProps) {
  const client = useClient()
  const toast = useToast()
  const sync = useAction(async () => {
    await client.call('folders.sync', {})
    toast({ text: status.pausedUntil === 0 ? strings.popup.syncing : strings.popup.syncedWhilePaused })
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
              <FolderCard folder={folder} isAsked={folder.id === section} />
            </li>
          ))}
        </ul>
      )}
    </ScreenFrame>
  )
}
