import { Copy } from 'lucide-react'
import type { JobView } from '../../../common/protocol.ts'
import type { MenuEntry } from '../../components/action-menu.tsx'
import { useFileEntries } from '../../components/file-entries.ts'
import { useCopy } from '../../components/row-menu.tsx'
import { strings } from '../../strings.ts'

type CopyableJob = Pick<JobView, 'folderId' | 'path' | 'failure'>

/** What the lists of jobs offer for each: its file, and why it failed, where it did. */
export function useCopyEntries(): (job: CopyableJob) => readonly MenuEntry[] {
  const fileEntries = useFileEntries()
  const copy = useCopy()
  const text = strings.rows
  return (job) => {
    const { failure } = job
    if (failure === undefined) return fileEntries(job)
    return [
      ...fileEntries(job),
      { label: text.copyError, icon: Copy, onSelect: () => copy(errorText(failure), text.errorCopied) },
    ]
  }
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
