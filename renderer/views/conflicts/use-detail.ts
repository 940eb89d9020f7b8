import { useCallback, useEffect, useRef, useState } from 'react'
import { toTidekeepError, type TidekeepError } from '../../../common/errors.ts'
import type { ConflictDetail } from '../../../common/protocol.ts'
import { useClient } from '../../state/services.ts'

/** One conflict with its evidence, as last read. */
export interface Detail {
  readonly detail: ConflictDetail | null
  readonly error: TidekeepError | null
  readonly reload: () => Promise<void>
  /** Reads it with all that comparing both contents takes. */
  readonly fetch: () => Promise<void>
  /** That is under way. */
  readonly isFetching: boolean
}

interface Known {
  readonly id: number
  readonly detail: ConflictDetail | null
  readonly error: TidekeepError | null
}

/** Reads one conflict, and again when its `version` changes. Another one's evidence is never shown for it. What is still read when nobody looks any more ends. */
export function useDetail(id: number, version: string): Detail {
  const client = useClient()
  const [known, setKnown] = useState<Known>({ id, detail: null, error: null })
  const [fetchingId, setFetchingId] = useState<number | undefined>(undefined)
  const look = useRef<string | undefined>(undefined)
  const leave = useCallback(() => {
    const left = look.current
    look.current = undefined
    if (left !== undefined) client.call('conflicts.leave', { look: left }).catch(() => undefined)
  }, [client])
  const read = useCallback(
    async (wanted: { readonly fetch?: true }) => {
      leave()
      const mine = crypto.randomUUID()
      look.current = mine
      const answer = await client.call('conflicts.show', { id, look: mine, ...wanted }).then(
        (detail) => ({ id, detail, error: null }),
        (thrown: unknown) => ({ id, detail: null, error: toTidekeepError(thrown) }),
      )
      // A later look was begun meanwhile, or nobody looks any more: its answer counts, or none.
      if (look.current !== mine) return
      look.current = undefined
      setKnown(answer)
    },
    [client, id, leave],
  )
  const reload = useCallback(() => read({}), [read])
  const fetch = useCallback(async () => {
    setFetchingId(id)
    await read({ fetch: true })
    setFetchingId(undefined)
  }, [read, id])
  useEffect(() => {
    const timer = setTimeout(() => void reload(), 0)
    return () => {
      clearTimeout(timer)
      leave()
    }
    // `version` is not read: its change is what asks for the next answer.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [reload, leave, version])
  const isFetching = fetchingId === id
  const shown = known.id === id ? known : { detail: null, error: null }
  return { detail: shown.detail, error: shown.error, reload, fetch, isFetching }
}
