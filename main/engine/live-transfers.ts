import type { Action, FolderId, Job, JobId } from '../../common/model.ts'
import type { TransferView } from '../../common/protocol.ts'
import type { Store } from '../state/store.ts'
import type { Burst } from './burst.ts'

const NOTHING_DONE: Done = { files: 0, bytes: 0 }

/** Files, and content bytes of them. */
export interface Done {
  readonly files: number
  readonly bytes: number
  /** Of these, what another process did, before this one began: no measure of how fast it goes. */
  readonly bytesBefore?: number
  /** Of these, what is of files that are still under way; left out: none. */
  readonly bytesUnderWay?: number
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
  readonly #burst: Burst
  readonly #jobs = new Map<number, Job>()
  /** Of jobs that told how far they are. */
  readonly #bytesDoneByJob = new Map<number, number>()
  #bytesDone: number
  #bytesBefore: number
  #filesDone: number
  /** Which burst the counts are of. */
  #countsOf: number

  /** `before`: what was done of a burst that the end of the process interrupted; it goes on, whenever that is. */
  constructor(burst: Burst, before?: Done) {
    this.#burst = burst
    this.#countsOf = burst.number
    this.#bytesDone = before?.bytes ?? 0
    this.#bytesBefore = this.#bytesDone
    this.#filesDone = before?.files ?? 0
  }

  /** Each is made when it is taken: thousands may be under way, of which a few are shown. */
  *views(): Generator<TransferView, undefined, undefined> {
    for (const { id, folderId, action } of this.#jobs.values())
      yield {
        jobId: id,
        folderId,
        path: action.path,
        kind: action.kind,
        bytesDone: this.#bytesDoneByJob.get(id) ?? 0,
        bytesTotal: contentBytes(action),
      }
  }

  /** Content bytes and files of this burst; live parts included. */
  get done(): Done {
    if (this.#countsOf !== this.#burst.number) return NOTHING_DONE
    let bytesUnderWay = 0
    for (const bytesDone of this.#bytesDoneByJob.values()) bytesUnderWay += bytesDone
    return {
      bytes: this.#bytesDone + bytesUnderWay,
      files: this.#filesDone,
      ...(this.#bytesBefore === 0 ? {} : { bytesBefore: this.#bytesBefore }),
      ...(bytesUnderWay === 0 ? {} : { bytesUnderWay }),
    }
  }

  jobOf(id: JobId): Job | undefined {
    return this.#jobs.get(id)
  }

  has(job: Job): boolean {
    return this.#jobs.has(job.id)
  }

  begin(jobs: readonly Job[]): void {
    if (this.#jobs.size === 0 && jobs.length > 0) this.#burst.begin()
    this.#countAnew()
    for (const job of jobs) this.#jobs.set(job.id, job)
  }

  progress(job: Job, bytesDone: number): void {
    if (this.has(job)) this.#bytesDoneByJob.set(job.id, Math.min(bytesDone, contentBytes(job.action)))
  }

  recorded(job: Job): void {
    this.#countAnew()
    if (this.has(job)) this.#bytesDone += contentBytes(job.action)
    this.#filesDone++
    this.remove(job)
  }

  /** It ended in another way, or goes back to the queue. */
  remove(job: Job): void {
    this.#bytesDoneByJob.delete(job.id)
    if (this.#jobs.delete(job.id) && this.#jobs.size === 0) this.#burst.end()
  }

  /** Nothing is under way any more, however it ended. */
  close(): void {
    if (this.#jobs.size > 0) this.#burst.end()
    this.#jobs.clear()
    this.#bytesDoneByJob.clear()
  }

  #countAnew(): void {
    if (this.#countsOf === this.#burst.number) return
    this.#countsOf = this.#burst.number
    this.#bytesDone = 0
    this.#bytesBefore = 0
    this.#filesDone = 0
  }
}

/** Of what moves content. */
function contentBytes(action: Action): number {
  if (action.kind === 'upload' || action.kind === 'adopt') return action.local.size
  if (action.kind === 'make-way') return action.side === 'local' ? action.remote.size : action.local.size
  return action.kind === 'download' || action.kind === 'keep-both' ? action.remote.size : 0
}
