import { useCallback, useEffect, useRef, useState } from 'react'
import { toTidekeepError, type TidekeepError } from '../../../common/errors.ts'
import type { ConflictDetail } from '../../../common/protocol.ts'
import { useClient } from '../../state/services.ts'

/** One conflict with its evidence, as last read. */
export interface Detail {
  readonly detail: ConflictDetail | null
  readonly error: TidekeepError | null
  readonly reload: () => Promise<void>
}

/** Reads one conflict, and again when its `version` changes. Another one's evidence is never shown for it. */
export function useDetail(id: number, version: string): Detail {
  const client = useClient()
  const [known, setKnown] = useState<{ readonly id: number } & Omit<Detail, 'reload'>>({
    id,
    detail: null,
    error: null,
  })
  const asked = useRef(id)
  const reload = useCallback(async () => {
    asked.current = id
    try {
      const detail = await client.call('conflicts.show', { id })
      if (asked.current === id) setKnown({ id, detail, error: null })
    } catch (thrown) {
      if (asked.current === id) setKnown({ id, detail: null, error: toTidekeepError(thrown) })
    }
  }, [client, id])
  useEffect(() => {
    const timer = setTimeout(() => void reload(), 0)
    return () => clearTimeout(timer)
    // `version` is not read: its change is what asks for the next answer.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [reload, version])
  return known.id === id ? { ...known, reload } : { detail: null, error: null, reload }
}
