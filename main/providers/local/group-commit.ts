import type { Pool, PublishBatch, PublishResult, StagedFile, TargetPlace } from '../../../workers/tasks.ts'
import type { GroupSync } from './group-sync.ts'
import { syncStaged } from './put-stream.ts'
import { throwIfCancelled } from './task-control.ts'

/** Up to this many files each is synced by itself; beyond, two syncs of the file system cost less. */
export const FSYNC_EACH_FILES = 4
/** Larger contents are made durable by themselves, so that small ones do not wait for them. */
const GROUPED_BYTES = 1024 * 1024

/** What committing needs of the provider around it. */
export interface GroupCommitContext {
  readonly pool: Pool
  readonly groupSync: GroupSync
}

/** A verified temporary file that is to have its name. */
export interface StagedPut {
  readonly place: TargetPlace
  /** Directory of temporary files that goes with it. */
  readonly stage: string
  readonly item: Omit<PublishBatch['items'][number], 'staged'> & { readonly staged: StagedFile }
  /** Its content is on the disk. */
  readonly isDurable: boolean
  readonly signal: AbortSignal
}

interface Waiting {
  readonly put: StagedPut
  readonly resolve: (published: PublishResult) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gives single puts their names, durably. Those that are ready while others are being named go
 * together: one task, and two syncs of the file system for all of them. Nobody waits for more to come.
 */
export class GroupCommits {
  readonly #context: GroupCommitContext
  #waiting: Waiting[] = []
  #underWay = 0
  #isCommitting = false

  constructor(context: GroupCommitContext) {
    this.#context = context
  }

  /** Runs a put from its first byte on; `work` is told whether its content has to be durable before it is committed. */
  async around<T>(sizeBytes: number, work: (syncsItself: boolean) => Promise<T>): Promise<T> {
    this.#underWay++
    try {
      const isGrouped = sizeBytes <= GROUPED_BYTES && this.#underWay > FSYNC_EACH_FILES
      return await work(!isGrouped || !(await this.#context.groupSync.available()))
    } finally {
      this.#underWay--
    }
  }

  /** Answers once content and name are durable. Rejects where the target as a whole could not do it, or it was cancelled before. */
  commit(put: StagedPut): Promise<PublishResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ put, resolve, reject })
      if (!this.#isCommitting) void this.#commitAll()
    })
  }

  async #commitAll(): Promise<void> {
    this.#isCommitting = true
    // Those that are ready in this very moment go along.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const taken = this.#waiting
      this.#waiting = []
      // The disk may have been another one when some of them began.
      for (const group of Map.groupBy(taken, ({ put }) => put.place.rootInode).values()) await this.#commitGroup(group)
    }
    this.#isCommitting = false
  }

  /** Never rejects: each of the group is told. */
  async #commitGroup(group: readonly Waiting[]): Promise<void> {
    const { pool, groupSync } = this.#context
    try {
      const loose = group.filter(({ put }) => !put.isDurable)
      const isGrouped = loose.length > FSYNC_EACH_FILES
      if (isGrouped) await groupSync.sync()
      else await Promise.all(loose.map(({ put }) => syncStaged(put.place, put.item.staged)))
      const wanted = group.filter((each) => !isCancelled(each))
      if (wanted.length === 0) return
      const published = await pool.run(
        'publishBatch',
        {
          place: wanted[0]!.put.place,
          stages: wanted.map(({ put }) => put.stage),
          directories: [],
          items: wanted.map(({ put }) => put.item),
          fsync: !isGrouped,
        },
        UNINTERRUPTED,
      )
      if (isGrouped) await groupSync.sync()
      for (const [at, { resolve }] of wanted.entries()) resolve(published.items[at]!)
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
}

/** Tells whoever waits for it. */
function isCancelled({ put, reject }: Waiting): boolean {
  try {
    throwIfCancelled(put.signal)
    return false
  } catch (error) {
    reject(error)
    return true
  }
}

/** Tasks that write are asked to end, never killed. */
const UNINTERRUPTED = {}
