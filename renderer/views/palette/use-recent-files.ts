import { useEffect, useState } from 'react'
import type { ActivityView } from '../../../common/protocol.ts'
import { useClient, useSnapshot } from '../../state/services.ts'

const SEARCHED_ROWS = 5_000
const NOTHING: readonly ActivityView[] = []

/** The rows of the history that files are searched in, newest first: what is known already, then more of it, read once. */
export function useRecentFiles(isWanted: boolean): readonly ActivityView[] {
  const client = useClient()
  const { recent } = useSnapshot()
  const [rows, setRows] = useState<readonly ActivityView[] | null>(null)
  useEffect(() => {
    if (!isWanted) return undefined
    let isCurrent = true
    client.call('activity.list', { limit: SEARCHED_ROWS }).then(
      (read) => (isCurrent ? setRows(read.filter(({ kind }) => kind !== 'prune')) : undefined),
      // What is known already is searched all the same.
      () => undefined,
    )
    return () => void (isCurrent = false)
  }, [client, isWanted])
  return rows ?? recent ?? NOTHING
}
