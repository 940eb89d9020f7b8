import { TidekeepError, toTidekeepError } from '../../../common/errors.ts'
import type { RelPath } from '../../../common/model.ts'
import { parentsOf } from '../../../common/paths.ts'
import type { MakeDirectoryResult, Pool, TargetPlace, TargetStat } from '../../../workers/tasks.ts'
import type { Metadata } from '../provider.ts'
import type { GroupSync } from './group-sync.ts'
import type { TargetGuard } from './target-guard.ts'

/** Up to this many each is synced by itself; beyond, one sync of the file system costs less. */
const FSYNC_EACH = 4

/** What making directories needs of the provider around it. */
export interface DirectoriesContext {
  readonly pool: Pool
  readonly guard: TargetGuard
  readonly groupSync: GroupSync
}

interface Waiting {
  readonly path: RelPath
  readonly metadata: Metadata
  readonly onMade: (() => void) | undefined
  readonly resolve: (made: { readonly place: TargetPlace; readonly stat: TargetStat }) => void
  readonly reject: (error: unknown) => void
}

/** Makes directories durably. Calls made at the same time go together: one task and one sync for all of them. */
export class LocalDirectories {
  readonly #context: DirectoriesContext
  #waiting: Waiting[] = []

  constructor(context: DirectoriesContext) {
    this.#context = context
  }

  make(
    path: RelPath,
    metadata: Metadata,
    onMade?: () => void,
  ): Promise<{ readonly place: TargetPlace; readonly stat: TargetStat }> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ path, metadata, onMade, resolve, reject })
      if (this.#waiting.length === 1) queueMicrotask(() => void this.#makeWaiting())
    })
  }

  async #makeWaiting(): Promise<void> {
    let gathered: readonly Waiting[] = []
    try {
      const place = await this.#context.guard.prepare()
      // Whoever came while the target was looked at goes along.
      gathered = parentsFirst(this.#take())
      const results = await this.#makeAll(place, gathered)
      for (const [at, { resolve, reject }] of gathered.entries()) {
        const result = results[at]!
        if (result.ok) resolve({ place, stat: result.stat })
        else reject(new TidekeepError(result.failure))
      }
    } catch (error) {
      const known = toTidekeepError(error)
      for (const { reject } of gathered.length > 0 ? gathered : this.#take()) reject(known)
    }
  }

  #take(): readonly Waiting[] {
    const taken = this.#waiting
    this.#waiting = []
    return taken
  }

  async #makeAll(place: TargetPlace, wanted: readonly Waiting[]): Promise<readonly MakeDirectoryResult[]> {
    const { pool, groupSync } = this.#context
    const fsync = wanted.length <= FSYNC_EACH || !(await groupSync.available())
    const items = wanted.map(({ path, metadata }) => ({ path, ...metadata }))
    // Not interrupted: what changes something must be known to have ended.
    const results = await pool.run('makeDirectories', { place, items, fsync }, { signal: new AbortController().signal })
    if (fsync) return results
    const durable = groupSync.sync()
    for (const [at, { onMade }] of wanted.entries()) if (results[at]!.ok) onMade?.()
    await durable
    return results
  }
}

/** What is made for want of a parent has its times and its mode only once its own turn comes. */
function parentsFirst(wanted: readonly Waiting[]): readonly Waiting[] {
  return wanted.toSorted((a, b) => parentsOf(a.path).length - parentsOf(b.path).length)
}
