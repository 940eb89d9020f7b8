import { useCallback, useEffect, useRef, useState } from 'react'
import type { HoldReason, JobState } from '../../../common/model.ts'
import type { JobView } from '../../../common/protocol.ts'
import { useServices } from '../../state/services.ts'

/** Whoever acts on a job asks for the list at once, by `reload`. */
const SHORTEST_REFRESH_MS = 2_000
const LONGEST_REFRESH_MS = 5_000
/** Waiting for the answer takes at most this share of the time: whoever is slow to answer is busy with what is asked about. */
const ASKING_SHARE = 0.02

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

/** Reads jobs, and again whenever `version` changes, at most once in two seconds, and less often where the answers take long. The last answer stays while the next is on its way. */
export function useJobs({ state, folderId, reason, limit }: JobsQuery, version: unknown): Jobs {
  const { connection, pictures } = useServices()
  const [jobs, setJobs] = useState<readonly JobView[] | null>(null)
  const nextMs = useRef(Number.NEGATIVE_INFINITY)
  const ask = useCallback(
    async (isUrgent: boolean) => {
      const askedMs = performance.now()
      nextMs.current = askedMs + SHORTEST_REFRESH_MS
      const query = {
        limit,
        ...(state === undefined ? {} : { state }),
        ...(folderId === undefined ? {} : { folderId }),
        ...(reason === undefined ? {} : { reason }),
      }
      const answer = await connection.call('queue.list', query)
      const tookMs = performance.now() - askedMs
      nextMs.current = askedMs + Math.min(LONGEST_REFRESH_MS, Math.max(SHORTEST_REFRESH_MS, tookMs / ASKING_SHARE))
      pictures.change(() => setJobs(answer), isUrgent)
    },
    [connection, pictures, state, folderId, reason, limit],
  )
  const reload = useCallback(() => ask(true), [ask])
  useEffect(() => {
    const isFirst = nextMs.current === Number.NEGATIVE_INFINITY
    const waitMs = Math.max(0, nextMs.current - performance.now())
    // Without an answer the list stays as it was; the banner says that the service is away.
    const timer = setTimeout(() => void ask(isFirst).catch(() => undefined), waitMs)
    return () => clearTimeout(timer)
    // `version` is not read: its change is what asks for the next answer.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [ask, version])
  return { jobs, reload }
}
