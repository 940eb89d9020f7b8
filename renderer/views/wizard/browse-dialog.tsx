import { Dialog } from '@base-ui/react/dialog'
import { CornerLeftUp, FolderClosed } from 'lucide-react'
import { type KeyboardEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import type { DirectoryView } from '../../../common/protocol.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { ErrorNote } from '../../components/notes.tsx'
import { displayName, folderName } from '../../names.ts'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'
import { wizardStrings } from '../../wizard-strings.ts'

interface BrowseDialogProps {
  readonly open: boolean
  /** Where to begin; '' for the home directory. */
  readonly start: string
  readonly onClose: () => void
  readonly onChoose: (path: string) => void
  /** Gets the focus back. */
  readonly opener: RefObject<HTMLElement | null>
}

/** Walks the directories of the computer the service runs on, where no native dialog can. */
export function BrowseDialog({ open, start, onClose, onChoose, opener }: BrowseDialogProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog browse" finalFocus={opener}>
          <Dialog.Title className="dialog-title">{wizardStrings.browse.title}</Dialog.Title>
          <Browser
            start={start}
            onChoose={(path) => {
              onChoose(path)
              onClose()
            }}
          />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Browser({ start, onChoose }: Pick<BrowseDialogProps, 'start' | 'onChoose'>) {
  const text = wizardStrings.browse
  const client = useClient()
  const [here, setHere] = useState<DirectoryView | null>(null)
  const [typed, setTyped] = useState(start)
  const list = useRef<HTMLUListElement>(null)
  const read = useAction(async (path: string) => {
    const view = await client.call('sources.browse', { path })
    setHere(view)
    setTyped(view.path)
  })
  const { run } = read
  const go = useCallback(
    async (path: string) => {
      if (await run(path)) list.current?.querySelector('button')?.focus()
    },
    // The action is new on every draw, but always does the same.
    // oxlint-disable-next-line react/exhaustive-deps
    [],
  )
  useEffect(() => void go(start), [go, start])
  return (
    <>
      <div className="browse-path">
        <IconButton
          icon={CornerLeftUp}
          label={text.up}
          disabled={here === null || here.parent === null}
          onClick={() => void go(here?.parent ?? '')}
        />
        <input
          className="input"
          aria-label={text.path}
          value={typed}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            void go(typed)
          }}
        />
        <Button onClick={() => void go(typed)}>{text.go}</Button>
      </div>
      <ErrorNote error={read.error} />
      <ul className="browse-list" ref={list} aria-label={text.here}>
        {here?.directories.map((directory) => (
          <li key={directory.path}>
            <button
              type="button"
              className="browse-row"
              onClick={() => void go(directory.path)}
              onKeyDown={(event) => onArrow(event, list.current)}
            >
              <FolderClosed size={18} aria-hidden="true" />
              <bdi>{displayName(directory.name)}</bdi>
            </button>
          </li>
        ))}
        {here?.directories.length === 0 ? <li className="muted browse-empty">{text.empty}</li> : null}
      </ul>
      <div className="dialog-actions">
        <Dialog.Close className="button button-plain">{strings.cancel}</Dialog.Close>
        <Button look="primary" disabled={here === null} onClick={() => onChoose(here?.path ?? '')}>
          {text.choose({ name: displayName(folderName(here?.path ?? '')) })}
        </Button>
      </div>
    </>
  )
}

/** Up, down, Home, End and the first letter move between the directories. */
function onArrow(event: KeyboardEvent, list: HTMLUListElement | null): void {
  const rows = [...(list?.querySelectorAll('button') ?? [])]
  const at = rows.indexOf(document.activeElement as HTMLButtonElement)
  const target = ((): HTMLButtonElement | undefined => {
    switch (event.key) {
      case 'ArrowDown':
        return rows[at + 1]
      case 'ArrowUp':
        return rows[at - 1]
      case 'Home':
        return rows[0]
      case 'End':
        return rows.at(-1)
      default:
        if (event.key.length !== 1 || event.ctrlKey || event.metaKey) return undefined
        return [...rows.slice(at + 1), ...rows].find((row) =>
          row.textContent.toLowerCase().startsWith(event.key.toLowerCase()),
        )
    }
  })()
  if (target === undefined || event.key === ' ') return
  event.preventDefault()
  target.focus()
}
