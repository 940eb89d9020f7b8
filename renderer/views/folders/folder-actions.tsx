import { Ellipsis, History, ListChecks, Pause, PenLine, Play, RefreshCw, SlidersHorizontal, Trash2 } from 'lucide-react'
import type { RefObject } from 'react'
import type { FolderView } from '../../../common/protocol.ts'
import { ActionMenu } from '../../components/action-menu.tsx'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { useToast } from '../../components/toasts.tsx'
import { folderStrings } from '../../folder-strings.ts'
import { displayName } from '../../names.ts'
import { navigate } from '../../state/route.ts'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { asNewFolder } from './as-new-folder.ts'
import { folderSection } from './folder-section.ts'

interface FolderActionsProps {
  readonly folder: FolderView
  /** The button with the dots. */
  readonly more: RefObject<HTMLButtonElement | null>
  /** What a person is asked about the folder now. */
  readonly asking: 'rename' | 'remove' | null
  readonly onAsk: (asking: 'rename' | 'remove' | null) => void
}

/** Sync now, and behind the dots: edit, plan, rename, pause or resume, remove. */
export function FolderActions({ folder, more, asking, onAsk }: FolderActionsProps) {
  const client = useClient()
  const toast = useToast()
  const { id, paused } = folder
  const name = displayName(folder.name)
  const sync = useAction(() => client.call('folders.sync', { id }))
  const hold = useAction(() => client.call(paused ? 'folders.resume' : 'folders.pause', { id }))
  const remove = useAction(async () => {
    const again = await asNewFolder(client, folder)
    await client.call('folders.remove', { id })
    toast({
      text: strings.folders.removed({ name }),
      undo: async () => void (await client.call('folders.add', again)),
    })
  })
  return (
    <div className="folder-actions">
      <Button
        icon={RefreshCw}
        className="button-small"
        pending={sync.pending}
        aria-label={`${strings.folders.syncNow}: ${name}`}
        onClick={() => void sync.run()}
      >
        {strings.folders.syncNow}
      </Button>
      <ActionMenu
        label={strings.folders.more({ name })}
        trigger={
          <button
            ref={more}
            type="button"
            className="button button-quiet button-icon button-small"
            aria-label={strings.folders.more({ name })}
            title={strings.folders.more({ name })}
          >
            <Ellipsis size={18} aria-hidden="true" />
          </button>
        }
        entries={[
          {
            label: folderStrings.edit,
            icon: SlidersHorizontal,
            onSelect: () => navigate('folders', folderSection('edit', id)),
          },
          {
            label: folderStrings.plan,
            icon: ListChecks,
            onSelect: () => navigate('folders', folderSection('plan', id)),
          },
          { label: strings.folders.rename, icon: PenLine, takesFocus: true, onSelect: () => onAsk('rename') },
          {
            label: paused ? strings.folders.resume : strings.folders.pause,
            icon: paused ? Play : Pause,
            onSelect: () => void hold.run(),
          },
          { label: strings.folders.lookBack, icon: History, onSelect: () => navigate('restore', id) },
          { label: strings.folders.remove, icon: Trash2, tone: 'danger', onSelect: () => onAsk('remove') },
        ]}
      />
      <ErrorNote error={sync.error ?? hold.error} />
      <Confirm
        open={asking === 'remove'}
        onClose={() => onAsk(null)}
        title={strings.folders.removeTitle({ name })}
        confirm={strings.folders.removeConfirm}
        action={remove}
      >
        <p>{strings.folders.removeText({ target: displayName(folder.target) })}</p>
      </Confirm>
    </div>
  )
}
