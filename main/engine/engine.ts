import type { FolderSettings } from '../../common/settings.ts'
import type { HoldReason, JobId } from '../../common/model.ts'
import type { ActivityView, Answer, PlanView, StatusView } from '../../common/protocol.ts'

/**
 * The running engine as the API sees it: every configured folder with its pipeline. It reads the
 * settings it is given and never writes them.
 */
export interface Engine {
  /** Opens every folder and starts watching. Returns once each folder is open; the first passes go on behind. */
  start(): Promise<void>
  /** Graceful: no new work, parts in flight finish and are saved. Idempotent. With `now`: abandons them (they are resumed or redone later). */
  stop(options?: { readonly now?: boolean }): Promise<void>
  /** Makes the set of running folders equal to the settings: opens, closes, pauses, resumes, re-reads limits. */
  applySettings(): Promise<void>
  /** Requests one full pass of a folder or all; runs even while paused. Resolves when the pass and the work it queued have ended. */
  syncNow(folderId?: string): Promise<void>
  /**
   * Answers what is held, for one reason or all. `restore` resolves when everything is there; what could not be brought
   * back stays held, and is what it throws about.
   */
  decide(folderId: string, answer: Answer, reason?: HoldReason): Promise<void>
  /**
   * Leaves a file out whose content waits or is on its way: what runs is stopped as by a shutdown, and can be gone on with. It stays
   * listed as skipped until the file changes or the job is retried. Resolves when that is durable: false where it got
   * through before, or where a job is nothing to leave out.
   */
  skip(id: JobId): Promise<boolean>
  /** Brings a sample of a folder back into a scratch place, and keeps what that showed. Throws what concerns the target as a whole. */
  prove(folderId: string): Promise<void>
  /** Predicts what a folder would do. Writes nothing. */
  preview(folder: FolderSettings, signal: AbortSignal): Promise<PlanView>
  /** The computer slept, or the network came back: everything is looked at again. */
  wake(): void
  status(): StatusView
  onStatus(listener: (status: StatusView) => void): () => void
  onActivity(listener: (rows: readonly ActivityView[]) => void): () => void
  /** Tells subscribers of rows that something else than a folder's work wrote to the history. */
  recorded(rows: readonly ActivityView[]): void
}
