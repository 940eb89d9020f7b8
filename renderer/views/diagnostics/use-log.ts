import { useEffect, useRef, useState } from 'react'
import type { LogRow } from '../../../common/protocol.ts'
import { useServices, useSnapshot } from '../../state/services.ts'

/** More lines are not kept: the oldest go. */
export const KEPT_ROWS = 2_000
const LOOK_EVERY_MS = 1_000

const RANK: Readonly<Record<LogRow['level'], number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/** The newest lines of the log, followed once a second while `isFollowed` and while the page can be seen. */
export function useLog(isFollowed: boolean): readonly LogRow[] {
  const { connection } = useServices()
  const isLive = useSnapshot().connection === 'live'
  const [rows, setRows] = useState<readonly LogRow[]>([])
  const after = useRef<string | undefined>(undefined)
  useEffect(() => {
    if (!isFollowed || !isLive) return undefined
    let isCurrent = true
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async (): Promise<void> => {
      if (document.visibilityState !== 'hidden') {
        try {
          const place = after.current
          const view = await connection.call('diagnostics.log', place === undefined ? {} : { after: place })
          if (!isCurrent) return
          after.current = view.after
          if (view.rows.length > 0) setRows((known) => [...known, ...view.rows].slice(-KEPT_ROWS))
        } catch {
          // The banner says that the service is away; the next look goes on from the same place.
        }
      }
      if (isCurrent) timer = setTimeout(() => void look(), LOOK_EVERY_MS)
    }
    void look()
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [connection, isFollowed, isLive])
  return rows
}

/** Lines of `level` and above that hold every word, whatever its case; newest first. */
export function chosenRows(
  rows: readonly LogRow[],
  { level, words }: { readonly level: LogRow['level']; readonly words: string },
): readonly LogRow[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  return rows
    .filter((row) => {
      if (RANK[row.level] < RANK[level]) return false
      const line = `${row.event} ${row.details}`.toLowerCase()
      return wanted.every((word) => line.includes(word))
    })
    .reverse()
}
