import type { ActionKind, Job, RelPath } from '../../common/model.ts'
import { parentsOf } from '../../common/paths.ts'

const FOLDER_KINDS: ReadonlySet<ActionKind> = new Set(['make-directory', 'make-local-directory'])

/** True for a job that makes a folder. */
export function isOfFolder({ action }: Job): boolean {
  return FOLDER_KINDS.has(action.kind)
}

/**
 * Folders that are being made for one pair: what lies in one is made after it, whichever group of jobs each came in. Otherwise
 * whoever is below makes the folders above as well, and each is asked for several times.
 */
export class FoldersUnderWay {
  readonly #ended = new Map<RelPath, PromiseWithResolvers<void>>()

  /** Those that make folders are on their way from now on, until `end`. */
  begin(jobs: readonly Job[]): void {
    this.end(jobs)
    for (const job of jobs) if (isOfFolder(job)) this.#ended.set(job.action.path, Promise.withResolvers())
  }

  /** They are made, or will not be. Idempotent. */
  end(jobs: Iterable<Job>): void {
    for (const { action } of jobs) {
      this.#ended.get(action.path)?.resolve()
      this.#ended.delete(action.path)
    }
  }

  /** Resolves once no folder that one of these lies in is on its way. */
  async above(jobs: readonly Job[]): Promise<void> {
    if (this.#ended.size === 0) return
    const parents = new Set(jobs.flatMap(({ action }) => parentsOf(action.path)))
    await Promise.all([...parents].flatMap((parent) => this.#ended.get(parent)?.promise ?? []))
  }
}
