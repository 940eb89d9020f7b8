import type { Action, Job } from '../../common/model.ts'
import type { TransferView } from '../../common/protocol.ts'
import type { Clock } from '../host.ts'

/** Work that begins within this time extends what is shown as done; after it, counting starts over. */
const PAUSE_MS = 3_000

/** What is under way now and what was done in this burst of work, for showing. */
export class LiveTransfers {
  readonly #clock: Clock
  readonly #viewsByJob = new Map<number, TransferView>()
  #bytesDone = 0
  #filesDone = 0
  #idleSinceMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get views(): readonly TransferView[] {
    return [...this.#viewsByJob.values()]
  }

  /** Content bytes and files of this burst; live parts included. */
  get done(): { readonly bytes: number; readonly files: number } {
    let bytes = this.#bytesDone
    for (const view of this.#viewsByJob.values()) bytes += view.bytesDone
    return { bytes, files: this.#filesDone }
  }

  has(job: Job): boolean {
    return this.#viewsByJob.has(job.id)
  }

  begin(jobs: readonly Job[]): void {
    if (this.#viewsByJob.size === 0 && this.#clock.monotonic() - this.#idleSinceMs >= PAUSE_MS) {
      this.#bytesDone = 0
      this.#filesDone = 0
    }
    for (const { id, folderId, action } of jobs)
      this.#viewsByJob.set(id, {
        jobId: id,
        folderId,
        path: action.path,
        kind: action.kind,
        bytesDone: 0,
        bytesTotal: contentBytes(action),
      })
  }

  progress(job: Job, bytesDone: number): void {
    const view = this.#viewsByJob.get(job.id)
    if (view === undefined) return
    this.#viewsByJob.set(job.id, { ...view, bytesDone: Math.min(bytesDone, view.bytesTotal) })
  }

  recorded(job: Job): void {
    this.#bytesDone += this.#viewsByJob.get(job.id)?.bytesTotal ?? 0
    this.#filesDone++
    this.remove(job)
  }

  /** It ended in another way, or goes back to the queue. */
  remove(job: Job): void {
    this.#viewsByJob.delete(job.id)
    if (this.#viewsByJob.size === 0) this.#idleSinceMs = this.#clock.monotonic()
  }
}

/** Of what moves content. */
function contentBytes(action: Action): number {
  if (action.kind === 'upload' || action.kind === 'adopt') return action.local.size
  return action.kind === 'download' || action.kind === 'keep-both' ? action.remote.size : 0
}
