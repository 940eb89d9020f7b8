import { Dialog } from '@base-ui/react/dialog'
import { Trash2 } from 'lucide-react'
import type { FolderRulesView } from '../../../common/protocol.ts'
import { IconButton } from '../../components/button.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { conflictStrings } from '../../conflict-strings.ts'
import { displayName } from '../../names.ts'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'

interface RulesDialogProps {
  readonly open: boolean
  readonly folders: readonly FolderRulesView[]
  readonly onChange: (folders: readonly FolderRulesView[]) => void
  readonly onClose: () => void
}

/** What is decided without asking, and the way to be asked again. */
export function RulesDialog({ open, folders, onChange, onClose }: RulesDialogProps) {
  const client = useClient()
  const remove = useAction(async (folderId: string, pattern: string) =>
    onChange(await client.call('conflicts.removeRule', { folderId, pattern })),
  )
  const rules = folders.flatMap(({ folderId, name, rules: own }) => own.map((rule) => ({ folderId, name, ...rule })))
  return (
    <Dialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="dialog-title">{conflictStrings.rules.title}</Dialog.Title>
          <Dialog.Description className="dialog-text">
            {rules.length === 0 ? conflictStrings.rules.none : conflictStrings.rules.text}
          </Dialog.Description>
          <ul className="rules">
            {rules.map(({ folderId, name, pattern, resolution }) => (
              <li key={`${folderId} ${pattern}`}>
                <span className="rule-words">
                  <bdi className="command">{displayName(pattern)}</bdi>
                  <span className="muted">
                    {displayName(name)} · {conflictStrings.rules.resolutions[resolution]}
                  </span>
                </span>
                <IconButton
                  icon={Trash2}
                  label={conflictStrings.rules.remove({ pattern: displayName(pattern) })}
                  onClick={() => void remove.run(folderId, pattern)}
                />
              </li>
            ))}
          </ul>
          <ErrorNote error={remove.error} />
          <div className="dialog-actions">
            <Dialog.Close className="button button-plain">{strings.close}</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
