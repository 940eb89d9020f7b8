import { Copy, FolderOpen, Hash } from 'lucide-react'
import { toTidekeepError } from '../../common/errors.ts'
import { pathBelow } from '../names.ts'
import { useClient, useSnapshot } from '../state/services.ts'
import { strings } from '../strings.ts'
import type { MenuEntry } from './action-menu.tsx'
import { useCopy } from './row-menu.tsx'
import { useToast } from './toasts.tsx'

/** A file or folder of a kept folder. */
interface KeptFile {
  readonly folderId: string
  readonly path: string
  /** The target holds it as it is here, so its digest may be known. */
  readonly isKept?: boolean
}

/** What every list offers for a file: where it is, what it is called, and, on this computer, its folder. */
export function useFileEntries(): (file: KeptFile) => readonly MenuEntry[] {
  const client = useClient()
  const { status } = useSnapshot()
  const toast = useToast()
  const copy = useCopy()
  const text = strings.rows
  const tell = (thrown: unknown): void => toast({ text: toTidekeepError(thrown).message })
  const copyHash = async ({ folderId, path }: KeptFile): Promise<void> => {
    const { contentHash } = await client.call('files.digest', { folderId, path })
    if (contentHash === undefined) toast({ text: text.noHash })
    else copy(contentHash, text.hashCopied)
  }
  return (file) => {
    const { folderId, path, isKept } = file
    const folder = status?.folders.find(({ id }) => id === folderId)
    if (folder === undefined) return []
    const name = path.slice(path.lastIndexOf('/') + 1)
    const entries: readonly (MenuEntry | undefined)[] = [
      { label: text.copyPath, icon: Copy, onSelect: () => copy(pathBelow(folder.path, path), text.pathCopied) },
      { label: text.copyName, icon: Copy, onSelect: () => copy(name, text.nameCopied) },
      isKept === true
        ? { label: text.copyHash, icon: Hash, onSelect: () => void copyHash(file).catch(tell) }
        : undefined,
      status?.canReveal === undefined
        ? undefined
        : {
            label: strings.popup.row.reveal,
            icon: FolderOpen,
            onSelect: () => void client.call('files.reveal', { folderId, path }).catch(tell),
          },
    ]
    return entries.filter((entry) => entry !== undefined)
  }
}
