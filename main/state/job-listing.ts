import type { HoldReason, Job, JobState } from '../../common/model.ts'
import type { FolderIds } from './folder-ids.ts'
import type { FreshJobs } from './fresh-jobs.ts'
import { STATES, readJob } from './job-rows.ts'
import type { QueueTally } from './queue-counts.ts'
import type { QueueStatements } from './queue-statements.ts'
import type { Row } from './sqlite/connection.ts'
import type { JobFilter } from './store.ts'

/** What is listed first: work in hand, then what needs a person, then what waits. */
const LIST_ORDER: readonly JobState[] = ['running', 'dead', 'held', 'waiting', 'queued', 'refused', 'skipped']

/** What a listing reads. */
export interface ListedFrom {
  readonly sql: Pick<QueueStatements, 'list' | 'listFolder'>
  readonly fresh: FreshJobs
  readonly tally: QueueTally
  readonly folders: FolderIds
}

/**
 * Lists jobs, those of the file and those in memory alone as one. Reads only: a window that shows the queue asks every few
 * seconds, and what it costs depends on what is asked for, never on how much waits.
 */
export class JobListing {
  readonly #from: ListedFrom

  constructor(from: ListedFrom) {
    this.#from = from
  }

  /** See `QueueStore.list`. */
  list(filter: JobFilter): readonly Job[] {
    const { folders } = this.#from
    if (filter.folderId !== undefined && folders.find(filter.folderId) === undefined) return []
    const jobs: Job[] = []
    for (const state of LIST_ORDER)
      if (isWanted(state, filter)) jobs.push(...this.#inState(state, { ...filter, limit: filter.limit - jobs.length }))
    return jobs
  }

  #inState(state: JobState, filter: JobFilter): readonly Job[] {
    if (filter.limit <= 0) return []
    const { folders } = this.#from
    const written = this.#rows(STATES.indexOf(state), filter).map((row) => readJob(row, (id) => folders.nameOf(id)).job)
    const fresh = this.#fresh(state, filter)
    if (fresh.length === 0) return written
    const isByFolder = filter.folderId === undefined && state === 'running'
    const place = ({ folderId }: Job): number => (isByFolder ? (folders.find(folderId) ?? 0) : 0)
    return [...written, ...fresh].sort((a, b) => place(a) - place(b) || a.id - b.id).slice(0, filter.limit)
  }

  #fresh(state: JobState, { folderId, reason, limit }: JobFilter): readonly Job[] {
    // What is held, or was, has a row.
    if ((state !== 'queued' && state !== 'running') || (folderId !== undefined && reason !== undefined)) return []
    const { fresh } = this.#from
    return state === 'running' ? fresh.allRunning(folderId) : fresh.oldestWaiting(folderId, limit)
  }

  #rows(
    state: number,
    { folderId, reason = null, limit }: Omit<JobFilter, 'reason'> & { readonly reason?: HoldReason | null },
  ): readonly Row[] {
    const { sql, tally, folders } = this.#from
    const folder = folderId === undefined ? undefined : folders.find(folderId)
    if (!tally.hasWritten(state, folder)) return []
    const rows =
      folder === undefined ? sql.list[state]?.all(limit) : sql.listFolder[state]?.all(folder, reason, reason, limit)
    return rows ?? []
  }
}

function isWanted(state: JobState, { state: wanted }: JobFilter): boolean {
  return wanted === undefined || wanted === state || (typeof wanted === 'object' && wanted.includes(state))
}
