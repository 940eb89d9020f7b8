import { Copy } from 'lucide-react'
import type { FolderView, JobView } from '../../../common/protocol.ts'
import type { MenuEntry } from '../../components/action-menu.tsx'
import type { useCopy } from '../../components/row-menu.tsx'
import { pathBelow } from '../../names.ts'
import { strings } from '../../strings.ts'

/** What can be copied of a job: where its file is on this computer, and why it failed, where it did. */
export function copyEntries(
  { folderId, path, failure }: JobView,
  folders: readonly FolderView[],
  copy: ReturnType<typeof useCopy>,
): readonly MenuEntry[] {
  const text = strings.rows
  const folder = folders.find(({ id }) => id === folderId)
  const entries: readonly (MenuEntry | undefined)[] = [
    folder === undefined
      ? undefined
      : { label: text.copyPath, icon: Copy, onSelect: () => copy(pathBelow(folder.path, path), text.pathCopied) },
    failure === undefined
      ? undefined
      : { label: text.copyError, icon: Copy, onSelect: () => copy(errorText(failure), text.errorCopied) },
  ]
  return entries.filter((entry) => entry !== undefined)
}

interface FailureWords {
  readonly code: string
  readonly message: string
  readonly fix?: string | undefined
}

/** As it is given to whoever helps: what happened, the code to search for, and what to do. */
export function errorText({ code, message, fix }: FailureWords): string {
  return [`${message} [${code}]`, fix ?? ''].filter((line) => line !== '').join('\n')
}
