import type { Action, FolderId, Job, JobId } from '../../common/model.ts'
import type { TransferView } from '../../common/protocol.ts'
import type { Clock } from '../host.ts'
import type { Store } from '../state/store.ts'

/** Work that begins within this time extends what is shown as done; after it, counting starts over. */
const PAUSE_MS = 3_000

/** Files, and content bytes of them. */
export interface Done {
  readonly files: number
  readonly bytes: number
  /** Of these, what another process did, before this one began: no measure of how fast it goes. */
  readonly bytesBefore?: number
}

/** What was done of the jobs that were due when the process ended, by what was written down since the oldest of them came; undefined where none are left. */
export function interruptedBurst(
  { queue, history }: Pick<Store, 'queue' | 'history'>,
  folderId: FolderId,
): Done | undefined {
  const sinceMs = queue.oldestDueMs(folderId)
  return sinceMs === undefined ? undefined : history.doneSince(folderId, sinceMs)
}

/** What this process moved of it, bytes. */
export function movedBytes(done: Done | undefined): number {
  return done === undefined ? 0 : done.bytes - (done.bytesBefore ?? 0)
}

/** What is under way now and what was done in this burst of work, for showing. */
export class LiveTransfers {
  readonly #clock: Clock
  readonly #jobs = new Map<number, Job>()
  /** Of jobs that told how far they are. */
  readonly #bytesDoneByJob = new Map<number, number>()
  #bytesDone: number
  #bytesBefore: number
  #filesDone: number
  #idleSinceMs: number

  /** `before`: what was done of a burst that the end of the process interrupted; it goes on, whenever that is. */
  constructor(clock: Clock, before?: Done) {
    this.#clock = clock
    this.#bytesDone = before?.bytes ?? 0
    this.#bytesBefore = this.#bytesDone
    this.#filesDone = before?.files ?? 0
    this.#idleSinceMs = before === undefined ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }

  get views(): readonly TransferView[] {
    return Array.from(this.#jobs.values(), ({ id, folderId, action }) => ({
      jobId: id,
      folderId,
      path: action.path,
      kind: action.kind,
      bytesDone: this.#bytesDoneByJob.get(id) ?? 0,
      bytesTotal: contentBytes(action),
    }))
  }

  /** Content bytes and files of this burst; live parts included. */
  get done(): Done {
    let bytes = this.#bytesDone
    for (const bytesDone of this.#bytesDoneByJob.values()) bytes += bytesDone
    const done = { bytes, files: this.#filesDone }
    return this.#bytesBefore === 0 ? done : { ...done, bytesBefore: this.#bytesBefore }
  }

  jobOf(id: JobId): Job | undefined {
    return this.#jobs.get(id)
  }

  has(job: Job): boolean {
    return this.#jobs.has(job.id)
  }

  begin(jobs: readonly Job[]): void {
    if (this.#jobs.size === 0 && this.#clock.monotonic() - this.#idleSinceMs >= PAUSE_MS) {
      this.#bytesDone = 0
      this.#bytesBefore = 0
      this.#filesDone = 0
    }
    for (const job of jobs) this.#jobs.set(job.id, job)
  }

  progress(job: Job, bytesDone: number): void {
    if (this.has(job)) this.#bytesDoneByJob.set(job.id, Math.min(bytesDone, contentBytes(job.action)))
  }

  recorded(job: Job): void {
    if (this.has(job)) this.#bytesDone += contentBytes(job.action)
    this.#filesDone++
    this.remove(job)
  }

  /** It ended in another way, or goes back to the queue. */
  remove(job: Job): void {
    this.#jobs.delete(job.id)
    this.#bytesDoneByJob.delete(job.id)
    if (this.#jobs.size === 0) this.#idleSinceMs = this.#clock.monotonic()
  }
}

/** Of what moves content. */
function contentBytes(action: Action): number {
  if (action.kind === 'upload' || action.kind === 'adopt') return action.local.size
  if (action.kind === 'make-way') return action.side === 'local' ? action.remote.size : action.local.size
  return action.kind === 'download' || action.kind === 'keep-both' ? action.remote.size : 0
}
