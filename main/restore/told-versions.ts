import type { FolderSettings } from '../../common/settings.ts'
import type { Clock } from '../host.ts'
import type { FileVersions } from '../providers/provider.ts'

/** What a target told of files, by path and etag: as long as a listing tells the same etag, it would tell the same again. */
export type Told = Map<string, FileVersions>

/** Let go of after this long without a use. */
const IDLE_MS = 15 * 60_000

/** What targets that tell versions file by file told of each folder, for plans and restores that follow one another: each is listed anew, and only what changed meanwhile is asked for again. */
export class ToldVersions {
  readonly #clock: Pick<Clock, 'after'>
  readonly #folders = new Map<string, { readonly told: Told; readonly cancelIdle: () => void }>()

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock
  }

  /** Of the folder at the target it has now. */
  of({ id, target }: Pick<FolderSettings, 'id' | 'target'>): Told {
    const key = `${id} ${target}`
    const known = this.#folders.get(key)
    known?.cancelIdle()
    const told: Told = known?.told ?? new Map()
    const cancelIdle = this.#clock.after(IDLE_MS, () => this.#folders.delete(key))
    this.#folders.set(key, { told, cancelIdle })
    return told
  }

  /** Ends all waiting. */
  forget(): void {
    for (const { cancelIdle } of this.#folders.values()) cancelIdle()
    this.#folders.clear()
  }
}
