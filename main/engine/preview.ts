import type { Action, ActionKind, FolderId, RelPath, UploadAction } from '../../common/model.ts'
import type { Counts, EstimateView, PlanView } from '../../common/protocol.ts'
import type { FolderSettings, Settings } from '../../common/settings.ts'
import type { DeltaUploads } from '../delta/delta-upload.ts'
import type { Pool } from '../../workers/tasks.ts'
import type { Host } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { sizeOfAction } from '../state/action-json.ts'
import type { PlannedAction, Store } from '../state/store.ts'
import { MovesUnderWay } from './moves-under-way.ts'
import { isCertainConflict } from './plan/certain-conflict.ts'
import { runPass, type PassResult, type PassSink } from './passes.ts'
import { createDigester, createSampler } from './sampling.ts'
import type { Scanner } from './scan/scanner.ts'
import { addEstimate, UploadPredictor, type PredictedUpload } from './upload-prediction.ts'

const LISTED_ACTIONS = 200

/** What predicting needs. `store` is only read: `readOnlyStore` sees to that. */
export interface PreviewDeps {
  readonly host: Host
  readonly pool: Pool
  readonly store: Store
  readonly settings: () => Settings
  /** A target that refuses every change. */
  readonly openTarget: (folder: FolderSettings, use: 'preview') => Promise<TargetProvider>
  /** For reading only; without it, every upload counts as whole. */
  readonly openDelta?: (folder: FolderSettings, target: TargetProvider, use: 'preview') => Promise<DeltaUploads>
  readonly openScanner: (folder: FolderSettings) => Scanner
}

/** Runs the same scan, diff and plan as a pass, and writes nothing (I23). */
export async function previewPlan(deps: PreviewDeps, folder: FolderSettings, signal: AbortSignal): Promise<PlanView> {
  const target = await deps.openTarget(folder, 'preview')
  const delta = await deps.openDelta?.(folder, target, 'preview')
  const predictor = delta === undefined ? undefined : new UploadPredictor(delta, folder.path)
  const collected = new PlanCollector({ folder, predictor })
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
        sample: createSampler(deps.pool, folder.path),
        digest: createDigester(deps.pool, folder.path),
      },
      {
        scopes: 'everything',
        compareTarget: true,
        rules: { mode: folder.mode, guardFiles, guardPercent, ...(folder.adopt && { adopt: folder.adopt }) },
        signal,
      },
      collected,
    )
    await collected.compare(signal)
    return collected.view(result)
  } finally {
    await target.close()
  }
}

/** A store whose folder state cannot be moved: the only thing a pass writes besides its sink. */
export function readOnlyStore(store: Store): Store {
  const { baseline, queue, history, sessions, feeds, folders, conflicts, thaws } = store
  return {
    baseline,
    queue,
    history,
    sessions,
    feeds,
    conflicts,
    thaws,
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

/** What a plan is gathered for. */
export interface PlanCollectorOptions {
  readonly folder: Pick<FolderSettings, 'conflictRules'>
  /** Without it, every upload counts as whole. */
  readonly predictor: UploadPredictor | undefined
}

/** Gathers a plan without keeping more than it shows and what has to be read to know. */
export class PlanCollector implements PassSink {
  readonly actions: PlannedAction[] = []
  readonly #predictor: UploadPredictor | undefined
  #unread: UploadAction[] = []
  #estimate: EstimateView | undefined
  #scanned = 0
  #problems = 0
  #bytes = 0
  readonly #waiting = new Set<RelPath>()
  readonly #counts: { -readonly [name in keyof Counters]: number } = {
    uploaded: 0,
    downloaded: 0,
    moved: 0,
    deleted: 0,
    metadata: 0,
    held: 0,
    conflicts: 0,
  }
  /** A rule may settle what two versions in one place would leave to a person. */
  readonly #isRuled: boolean

  constructor({ folder, predictor }: PlanCollectorOptions) {
    this.#predictor = predictor
    this.#estimate = predictor?.nothing()
    this.#isRuled = (folder.conflictRules ?? []).length > 0
  }

  /** A real run may have sent some of them by then; here they all wait, and only what they would take stays reckoned with. */
  hold(paths: readonly RelPath[]): void {
    const isHeld = new Set(paths)
    this.#unread = this.#unread.filter(({ path }) => !isHeld.has(path))
    this.#counts.uploaded -= paths.length
    this.#counts.held += paths.length
  }

  plan(planned: readonly PlannedAction[]): void {
    for (const item of planned) {
      const { action } = item
      this.#counts[item.hold === undefined ? this.#counterOf(action) : 'held']++
      if (action.kind === 'upload' && item.hold === undefined) this.#upload(action)
      if (this.actions.length < LISTED_ACTIONS) this.actions.push(item)
    }
  }

  /** Whether carrying it out can only end with two versions for a person to choose from. */
  protected isConflict(action: Action): boolean {
    return !this.#isRuled && isCertainConflict(action)
  }

  #counterOf(action: Action): keyof Counters {
    return this.isConflict(action) ? 'conflicts' : (COUNTER_BY_KIND[action.kind] ?? 'metadata')
  }

  /** Reads what has to be read: large changed files. Once, after the pass. */
  async compare(signal: AbortSignal): Promise<void> {
    for (const action of this.#unread) this.predicted(action, await this.#predictor!.compare(action, signal))
  }

  /** Called once for each upload that is not held, when it is known what it takes. */
  protected predicted(_action: UploadAction, { method, cost }: PredictedUpload): void {
    this.#bytes += cost.bytesSent
    if (this.#estimate !== undefined) this.#estimate = addEstimate(this.#estimate, cost)
    if (method !== 'metadata') return
    this.#counts.uploaded--
    this.#counts.metadata++
  }

  #upload(action: UploadAction): void {
    if (this.#predictor === undefined) this.#bytes += action.local.size
    else if (this.#predictor.mustRead(action)) this.#unread.push(action)
    else this.predicted(action, this.#predictor.whole(action))
  }

  problems(problems: readonly unknown[]): void {
    this.#problems += problems.length
  }

  scanned(files: number): void {
    this.#scanned += files
  }

  waits(path: RelPath): void {
    this.#waiting.add(path)
  }

  view({ hold }: Pick<PassResult, 'hold'>): PlanView {
    const counts: Counts = {
      scanned: this.#scanned,
      skipped: this.#problems,
      failed: 0,
      waiting: this.#waiting.size,
      ...this.#counts,
    }
    return {
      counts,
      bytesToSend: this.#bytes,
      ...(this.#estimate === undefined ? {} : { estimate: this.#estimate }),
      files: this.#scanned,
      problems: this.#problems,
      holds: hold === undefined ? [] : [hold.message],
      actions: this.actions.map(({ action, hold }) => ({
        kind: action.kind,
        path: action.path,
        size: sizeOfAction(action),
        ...(hold === undefined ? {} : { held: true as const }),
        ...(this.isConflict(action) ? { conflict: true as const } : {}),
      })),
    }
  }
}

type Counters = Pick<Counts, 'uploaded' | 'downloaded' | 'moved' | 'deleted' | 'metadata' | 'held' | 'conflicts'>

const COUNTER_BY_KIND: Partial<Record<ActionKind, 'uploaded' | 'downloaded' | 'moved' | 'deleted'>> = {
  upload: 'uploaded',
  adopt: 'uploaded',
  download: 'downloaded',
  'keep-both': 'downloaded',
  move: 'moved',
  'move-local': 'moved',
  delete: 'deleted',
  'remove-local': 'deleted',
}
