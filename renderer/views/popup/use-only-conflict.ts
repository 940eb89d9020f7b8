import { useState } from 'react'
import type { ConflictView } from '../../../common/protocol.ts'
import { openMainWindow } from '../../shell.ts'
import { useClient } from '../../state/services.ts'

/** Reads the one conflict there is, when asked; where there are more, the window shows them. */
export function useOnlyConflict(): {
  readonly conflict: ConflictView | null
  readonly open: (count: number) => Promise<void>
  readonly close: () => void
} {
  const client = useClient()
  const [conflict, setConflict] = useState<ConflictView | null>(null)
  const open = async (count: number): Promise<void> => {
    const [only] = count === 1 ? await client.call('conflicts.list', { state: 'unresolved', limit: 1 }) : []
    if (only === undefined) openMainWindow('conflicts')
    else setConflict(only)
  }
  const [close] = useState(() => () => setConflict(null))
  return { conflict, open, close }
}
