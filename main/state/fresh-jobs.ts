import type { Action, FolderId, Job, JobId, Lane, RelPath } from '../../common/model.ts'
import { bytesOf, orderOf, QUEUED, RUNNING } from './job-rows.ts'
import type { Connection, TransactionListener } from './sqlite/connection.ts'

/** At most, of about 500 bytes each. */
const MOST_JOBS = 65_536
/** Above every rank of what is kept here. */
const PHASE = 1_000_000

interface FolderJobs {
  /** As the file has it. */
  readonly folder: number
  readonly jobByPath: Map<RelPath, Job>
  /** What does not run: by lane, then by its place in the order of claims, oldest first. */
  readonly waiting: Readonly<Record<Lane, Map<number, Map<JobId, Job>>>>
}

/** A job that leaves this place for the file. */
export interface UnwrittenJob {
  /** As the file has it. */
  readonly folder: number
  readonly job: Job
  readonly isRunning: boolean
}

interface Step {
  readonly kind: 'kept' | 'started' | 'ended' | 'written' | 'written-running'
  readonly job: Job
}

/**
 * Jobs that are in no file (yet): what is new, and carried out within moments, and what the full pass of every start finds
 * again. Jobs are as they will be claimed. Follows transactions: what is rolled back is undone here, too.
 */
export class FreshJobs implements TransactionListener {
  readonly #folders = new Map<FolderId, FolderJobs>()
  readonly #running = new Map<JobId, Job>()
  #steps: Step[] = []
  #size = 0

  constructor(connection: Connection) {
    connection.listen(this)
  }

  /** Whether a job for this may be kept here: a full pass finds the file or folder again, and nobody decided anything about it. */
  takes(action: Action): boolean {
    if (this.#size >= MOST_JOBS) return false
    if (action.kind === 'make-directory') return action.base === undefined
    return (
      action.kind === 'upload' &&
      action.base === undefined &&
      action.resolves === undefined &&
      action.expect.kind === 'absent'
    )
  }

  /** Precondition: {@link takes} it, and its path has no other job. */
  keep(folder: number, job: Job): void {
    this.#do({ kind: 'kept', job }, folder)
  }

  at(folderId: FolderId, path: RelPath): Job | undefined {
    return this.#folders.get(folderId)?.jobByPath.get(path)
  }

  count(folderId: FolderId): number {
    return this.#folders.get(folderId)?.jobByPath.size ?? 0
  }

  get size(): number {
    return this.#size
  }

  /** The job itself is kept here. */
  isKept(job: Job): boolean {
    return this.at(job.folderId, job.action.path) === job
  }

  isRunning(id: JobId): boolean {
    return this.#running.has(id)
  }

  running(id: JobId): Job | undefined {
    return this.#running.get(id)
  }

  /** The first that wait, in the order of claims. */
  due(folderId: FolderId, lane: Lane, limit: number): readonly Job[] {
    const due: Job[] = []
    for (const [, jobs] of this.#inOrder(folderId, lane))
      for (const job of jobs.values()) {
        if (due.length === limit) return due
        due.push(job)
      }
    return due
  }

  /** Those that run, in no order; of all folders without one. They are no more than targets take at once. */
  allRunning(folderId?: FolderId): readonly Job[] {
    return [...this.#running.values()].filter((job) => folderId === undefined || job.folderId === folderId)
  }

  /** At least the `limit` oldest that wait, of a folder or of all, as they are listed. */
  oldestWaiting(folderId: FolderId | undefined, limit: number): readonly Job[] {
    const jobs: Job[] = []
    for (const each of folderId === undefined ? this.#folders.keys() : [folderId])
      for (const job of this.#waiting(each, limit)) jobs.push({ ...job, state: 'queued' })
    return jobs
  }

  start(job: Job): void {
    this.#do({ kind: 'started', job })
  }

  /** Ends one that runs; undefined for one that is not kept here. */
  end(id: JobId): Job | undefined {
    const job = this.#running.get(id)
    if (job !== undefined) this.#do({ kind: 'ended', job })
    return job
  }

  /** When the first of the folder was put here, host-clock milliseconds. */
  oldestMs(folderId: FolderId): number | undefined {
    return this.#folders.get(folderId)?.jobByPath.values().next().value?.createdAtMs
  }

  /** Gives away all of a folder, or of all folders, or one job, oldest first: whoever takes them writes them. */
  takeOut(which?: FolderId | Job): readonly UnwrittenJob[] {
    const one = typeof which === 'object' ? which : undefined
    const folderIds =
      one !== undefined ? [one.folderId] : which === undefined ? [...this.#folders.keys()] : [which as FolderId]
    return folderIds.flatMap((folderId) => {
      const known = this.#folders.get(folderId)
      if (known === undefined) return []
      const jobs = one === undefined ? [...known.jobByPath.values()] : [one]
      return jobs.map((job): UnwrittenJob => {
        const isRunning = this.#running.has(job.id)
        this.#do({ kind: isRunning ? 'written-running' : 'written', job })
        return { folder: known.folder, job, isRunning }
      })
    })
  }

  /** How many of each folder, as the file has it, wait. */
  *waiting(): Generator<readonly [folder: number, count: number]> {
    for (const { folder, waiting } of this.#folders.values()) {
      const places = Object.values(waiting).flatMap((lane) => [...lane.values()])
      yield [folder, places.reduce((sum, jobs) => sum + jobs.size, 0)]
    }
  }

  /** For counting: folder as the file has it, state, and content bytes of each job. */
  *all(): Generator<readonly [folder: number, state: number, bytes: number]> {
    for (const { folder, jobByPath } of this.#folders.values())
      for (const { id, action } of jobByPath.values())
        yield [folder, this.#running.has(id) ? RUNNING : QUEUED, bytesOf(action)]
  }

  afterCommit(): void {
    this.#steps = []
  }

  afterRollback(): void {
    const steps = this.#steps
    if (steps.length === 0) return
    for (const step of steps.reverse()) this.#undo(step)
    this.#steps = []
    for (const [folderId, { jobByPath, waiting }] of this.#folders) {
      // Its number may be undone with it.
      if (jobByPath.size === 0) this.#folders.delete(folderId)
      const jobs = [...jobByPath.values()].toSorted((a, b) => a.id - b.id)
      jobByPath.clear()
      for (const job of jobs) jobByPath.set(job.action.path, job)
      for (const lane of Object.values(waiting)) lane.clear()
      for (const job of jobs) if (!this.#running.has(job.id)) this.#queue(job)
    }
  }

  #do(step: Step, folder?: number): void {
    const { kind, job } = step
    this.#steps.push(step)
    const known = this.#of(job.folderId, folder)
    if (kind === 'kept') {
      known.jobByPath.set(job.action.path, job)
      this.#size++
      return this.#queue(job)
    }
    if (kind === 'started' || kind === 'written') known.waiting[job.lane].get(placeOf(job))?.delete(job.id)
    if (kind === 'started') return void this.#running.set(job.id, job)
    this.#running.delete(job.id)
    known.jobByPath.delete(job.action.path)
    this.#size--
  }

  /** Leaves the order, and what waits, to be made anew. */
  #undo({ kind, job }: Step): void {
    const known = this.#of(job.folderId)
    if (kind === 'started') return void this.#running.delete(job.id)
    if (kind === 'kept') {
      known.jobByPath.delete(job.action.path)
      this.#size--
      return
    }
    known.jobByPath.set(job.action.path, job)
    this.#size++
    if (kind !== 'written') this.#running.set(job.id, job)
  }

  #queue(job: Job): void {
    const lane = this.#of(job.folderId).waiting[job.lane]
    const place = placeOf(job)
    let jobs = lane.get(place)
    if (jobs === undefined) lane.set(place, (jobs = new Map()))
    jobs.set(job.id, job)
  }

  /** The oldest of a folder. What runs is passed over, which is no more than the target takes at once. */
  #waiting(folderId: FolderId, limit: number): readonly Job[] {
    const jobs: Job[] = []
    for (const job of this.#folders.get(folderId)?.jobByPath.values() ?? []) {
      if (jobs.length === limit) break
      if (!this.#running.has(job.id)) jobs.push(job)
    }
    return jobs
  }

  #inOrder(folderId: FolderId, lane: Lane): readonly (readonly [number, ReadonlyMap<JobId, Job>])[] {
    const jobs = this.#folders.get(folderId)?.waiting[lane]
    return jobs === undefined ? [] : [...jobs].toSorted(([a], [b]) => a - b)
  }

  #of(folderId: FolderId, folder = 0): FolderJobs {
    let known = this.#folders.get(folderId)
    if (known === undefined) {
      known = { folder, jobByPath: new Map(), waiting: { small: new Map(), large: new Map() } }
      this.#folders.set(folderId, known)
    }
    return known
  }
}

function placeOf({ action }: Job): number {
  const { phase, rank } = orderOf(action)
  return phase * PHASE + rank
}
