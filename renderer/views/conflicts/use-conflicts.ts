import { useCallback, useEffect, useRef, useState } from 'react'
import type { ConflictKind } from '../../../common/conflict.ts'
import type { Client, ConflictQuery, ConflictView } from '../../../common/protocol.ts'
import { useClient } from '../../state/services.ts'

const PAGE_ROWS = 500
/** The most that one call answers. */
const MOST_ROWS = 10_000
const SHORTEST_REFRESH_MS = 1_000

/** What is listed. */
export interface ConflictsQuery {
  readonly state: 'unresolved' | 'resolved'
  readonly folderId?: string | undefined
  readonly kind?: ConflictKind | undefined
}

/** Conflicts as far as they were read. */
export interface Conflicts {
  /** Null until the first answer. */
  readonly rows: readonly ConflictView[] | null
  readonly complete: boolean
  /** Reads the next page; does nothing while one is on its way. */
  readonly more: () => void
  /** Reads everything again that was read. */
  readonly reload: () => Promise<void>
}

/** Pages through the conflicts of one query, which stays what it is; reads them again when `version` changes, at most once a second, without losing those on screen meanwhile. */
export function useConflicts({ state, folderId, kind }: ConflictsQuery, version: unknown): Conflicts {
  const client = useClient()
  const [pages, setPages] = useState<Omit<Conflicts, 'more' | 'reload'>>({ rows: null, complete: false })
  const wanted = useRef(PAGE_ROWS)
  const lastMs = useRef(Number.NEGATIVE_INFINITY)
  const turn = useRef(0)
  const reload = useCallback(async () => {
    lastMs.current = performance.now()
    const mine = ++turn.current
    const query = {
      state,
      ...(folderId === undefined ? {} : { folderId }),
      ...(kind === undefined ? {} : { kind }),
    }
    const next = await readPages(client, query, wanted.current)
    // A later question was asked meanwhile: its answer counts.
    if (mine === turn.current) setPages(next)
  }, [client, state, folderId, kind])
  useEffect(() => {
    const waitMs = Math.max(0, lastMs.current + SHORTEST_REFRESH_MS - performance.now())
    // Without an answer the list stays as it was; the banner says that the service is away.
    const timer = setTimeout(() => void reload().catch(() => undefined), waitMs)
    return () => clearTimeout(timer)
    // `version` is not read: its change is what asks for the next answer.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [reload, version])
  const known = pages.rows?.length ?? 0
  const isComplete = pages.complete
  const more = useCallback(() => {
    if (isComplete || known < wanted.current) return
    wanted.current += PAGE_ROWS
    reload().catch(() => undefined)
  }, [reload, known, isComplete])
  return { ...pages, more, reload }
}

async function readPages(
  client: Client,
  query: ConflictQuery & Pick<ConflictsQuery, 'state'>,
  wanted: number,
): Promise<{ readonly rows: readonly ConflictView[]; readonly complete: boolean }> {
  const limit = Math.min(wanted, MOST_ROWS)
  const rows = await client.call('conflicts.list', { ...query, limit })
  return { rows, complete: rows.length < limit || limit < wanted }
}
