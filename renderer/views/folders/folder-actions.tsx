import { Ellipsis, History, ListChecks, Pause, Play, RefreshCw, SlidersHorizontal, Trash2 } from 'lucide-react'
import { useState } from 'react'
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

/** Sync now, and behind the dots: edit, plan, pause or resume, remove. */
export function FolderActions({ folder }: { readonly folder: FolderView }) {
  const client = useClient()
  const toast = useToast()
  const [isRemoving, setRemoving] = useState(false)
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
          {
            label: paused ? strings.folders.resume : strings.folders.pause,
            icon: paused ? Play : Pause,
            onSelect: () => void hold.run(),
          },
          { label: strings.folders.lookBack, icon: History, onSelect: () => navigate('restore', id) },
          { label: strings.folders.remove, icon: Trash2, tone: 'danger', onSelect: () => setRemoving(true) },
        ]}
      />
      <ErrorNote error={sync.error ?? hold.error} />
      <Confirm
        open={isRemoving}
        onClose={() => setRemoving(false)}
        title={strings.folders.removeTitle({ name })}
        confirm={strings.folders.removeConfirm}
        action={remove}
      >
        <p>{strings.folders.removeText({ target: displayName(folder.target) })}</p>
      </Confirm>
    </div>
  )
}
