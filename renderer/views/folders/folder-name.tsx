import { useEffect, useRef, useState } from 'react'
import type { FolderView } from '../../../common/protocol.ts'
import { useToast } from '../../components/toasts.tsx'
import { displayName } from '../../names.ts'
import { useAction, useClient } from '../../state/services.ts'
import { strings } from '../../strings.ts'

interface FolderNameProps {
  readonly folder: FolderView
  readonly isRenaming: boolean
  readonly onEnd: () => void
}

/** What a folder is called; while it is renamed, a field in its place. Enter and leaving it save, Escape does not. */
export function FolderName({ folder, isRenaming, onEnd }: FolderNameProps) {
  return isRenaming ? <NameField folder={folder} onEnd={onEnd} /> : <bdi>{displayName(folder.name)}</bdi>
}

function NameField({ folder, onEnd }: Pick<FolderNameProps, 'folder' | 'onEnd'>) {
  const client = useClient()
  const toast = useToast()
  const field = useRef<HTMLInputElement>(null)
  const isOver = useRef(false)
  const [name, setName] = useState(folder.name)
  const { id, name: before } = folder
  const rename = useAction(async (wanted: string) => {
    await client.call('folders.change', { id, name: wanted })
    toast({
      text: strings.folders.renamed({ name: displayName(wanted) }),
      undo: async () => void (await client.call('folders.change', { id, name: before })),
    })
  })
  useEffect(() => field.current?.select(), [])
  const end = async (isWanted: boolean): Promise<void> => {
    // Leaving the page takes the focus from the field, too.
    if (isOver.current) return
    isOver.current = true
    const wanted = name.trim()
    if (isWanted && wanted !== '' && wanted !== before && !(await rename.run(wanted))) {
      isOver.current = false
      return
    }
    onEnd()
  }
  return (
    <>
      <input
        ref={field}
        className="input folder-rename"
        aria-label={strings.folders.newName({ name: displayName(before) })}
        aria-invalid={rename.error === null ? undefined : true}
        dir="auto"
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onBlur={() => void end(true)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') void end(true)
          if (event.key === 'Escape') void end(false)
        }}
      />
      <span className="field-error" role="alert">
        {rename.error?.message}
      </span>
    </>
  )
}
