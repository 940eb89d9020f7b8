import { useCallback, useEffect, useRef, useState } from 'react'
import type { HoldReason, JobState } from '../../../common/model.ts'
import type { JobView } from '../../../common/protocol.ts'
import { useClient } from '../../state/services.ts'

const SHORTEST_REFRESH_MS = 1_000

interface JobsQuery {
  /** One, or some of them: the same list each time. */
  readonly state?: JobState | readonly JobState[]
  readonly folderId?: string
  readonly reason?: HoldReason
  readonly limit: number
}

/** Jobs and the way to read them again at once. */
export interface Jobs {
  /** Null until the first answer. */
  readonly jobs: readonly JobView[] | null
  readonly reload: () => Promise<void>
}

/** Reads jobs, and again whenever `version` changes, at most once a second. The last answer stays while the next is on its way. */
export function useJobs({ state, folderId, reason, limit }: JobsQuery, version: unknown): Jobs {
  const client = useClient()
  const [jobs, setJobs] = useState<readonly JobView[] | null>(null)
  const lastMs = useRef(Number.NEGATIVE_INFINITY)
  const reload = useCallback(async () => {
    lastMs.current = performance.now()
    const query = {
      limit,
      ...(state === undefined ? {} : { state }),
      ...(folderId === undefined ? {} : { folderId }),
      ...(reason === undefined ? {} : { reason }),
    }
    setJobs(await client.call('queue.list', query))
  }, [client, state, folderId, reason, limit])
  useEffect(() => {
    const waitMs = Math.max(0, lastMs.current + SHORTEST_REFRESH_MS - performance.now())
    // Without an answer the list stays as it was; the banner says that the service is away.
    const timer = setTimeout(() => void reload().catch(() => undefined), waitMs)
    return () => clearTimeout(timer)
    // `version` is not read: its change is what asks for the next answer.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [reload, version])
  return { jobs, reload }
}
