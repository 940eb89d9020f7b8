import type { FolderId } from '../../common/model.ts'
import type { Counts, PlanView } from '../../common/protocol.ts'
import type { FolderSettings, Settings } from '../../common/settings.ts'
import type { Host } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { PlannedAction, Store } from '../state/store.ts'
import { MovesUnderWay } from './moves-under-way.ts'
import { runPass, type PassSink } from './passes.ts'
import type { Scanner } from './scan/scanner.ts'

const LISTED_ACTIONS = 200

/** What predicting needs. `store` is only read: `readOnlyStore` sees to that. */
export interface PreviewDeps {
  readonly host: Host
  readonly store: Store
  readonly settings: () => Settings
  readonly openTarget: (folder: FolderSettings) => Promise<TargetProvider>
  readonly openScanner: (folder: FolderSettings) => Scanner
}

/** Runs the same scan, diff and plan as a pass, and writes nothing (I23). */
export async function previewPlan(deps: PreviewDeps, folder: FolderSettings, signal: AbortSignal): Promise<PlanView> {
  const target = await deps.openTarget(folder)
  const collected = new PlanCollector()
  try {
    const { guardFiles, guardPercent } = deps.settings()
    const result = await runPass(
      {
        folderId: folder.id as FolderId,
        scanner: deps.openScanner(folder),
        target,
        store: readOnlyStore(deps.store),
        clock: deps.host.clock,
        moves: new MovesUnderWay(),
      },
      {
        scopes: 'everything',
        compareTarget: true,
        rules: { mode: folder.mode, guardFiles, guardPercent, recentDeletions: 0 },
        signal,
      },
      collected,
    )
    return collected.view(result.hold?.message)
  } finally {
    await target.close()
  }
}

/** A store whose folder state cannot be moved: the only thing a pass writes besides its sink. */
export function readOnlyStore(store: Store): Store {
  const { baseline, queue, history, sessions, folders } = store
  return {
    baseline,
    queue,
    history,
    sessions,
    folders: {
      get: (id) => folders.get(id),
      problems: (id, limit) => folders.problems(id, limit),
      problemCount: (id, reasons) => folders.problemCount(id, reasons),
      set: () => undefined,
      putProblems: () => undefined,
      clear: () => undefined,
    },
    transaction: (work) => work(),
    close: () => undefined,
  }
}

/** Gathers a plan without keeping more than it shows. */
export class PlanCollector implements PassSink {
  readonly actions: PlannedAction[] = []
  #scanned = 0
  #problems = 0
  #bytes = 0
  readonly #counts = { uploaded: 0, moved: 0, deleted: 0, metadata: 0, held: 0 }

  plan(planned: readonly PlannedAction[]): void {
    for (const item of planned) {
      const { action } = item
      if (item.hold !== undefined) this.#counts.held++
      else if (action.kind === 'upload' || action.kind === 'adopt') this.#counts.uploaded++
      else if (action.kind === 'move') this.#counts.moved++
      else if (action.kind === 'delete') this.#counts.deleted++
      else this.#counts.metadata++
      if (action.kind === 'upload') this.#bytes += action.local.size
      if (this.actions.length < LISTED_ACTIONS) this.actions.push(item)
    }
  }

  problems(problems: readonly unknown[]): void {
    this.#problems += problems.length
  }

  scanned(files: number): void {
    this.#scanned += files
  }

  view(hold: string | undefined): PlanView {
    const counts: Counts = {
      scanned: this.#scanned,
      downloaded: 0,
      skipped: this.#problems,
      conflicts: 0,
      failed: 0,
      ...this.#counts,
    }
    return {
      counts,
      bytesToSend: this.#bytes,
      files: this.#scanned,
      problems: this.#problems,
      holds: hold === undefined ? [] : [hold],
      actions: this.actions.map(({ action }) => ({
        kind: action.kind,
        path: action.path,
        size: 'local' in action ? action.local.size : action.base.size,
      })),
    }
  }
}
