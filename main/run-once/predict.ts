import type { FolderId, Problem, UploadAction } from '../../common/model.ts'
import { comparePaths } from '../../common/paths.ts'
import type { Summary } from '../../common/protocol.ts'
import { MovesUnderWay } from '../engine/moves-under-way.ts'
import { runPass, type PassResult } from '../engine/passes.ts'
import { PlanCollector, readOnlyStore, type PlanCollectorOptions } from '../engine/preview.ts'
import { createDigester, createSampler } from '../engine/sampling.ts'
import type { Scanner } from '../engine/scan/scanner.ts'
import { UploadPredictor, type PredictedUpload } from '../engine/upload-prediction.ts'
import { readOnly } from '../providers/decorators/read-only.ts'
import type { RunOnceOptions } from '../run-once.ts'
import { openStoreForReading } from '../state/sqlite-store.ts'
import type { PlannedAction } from '../state/store.ts'
import { openDelta, openFolderTarget, type Workbench } from '../workbench.ts'
import { beginSource } from './begin-source.ts'
import { passRequest, type Pair } from './pair.ts'
import { ProblemsMet } from './problems-met.ts'
import { LISTED_ACTIONS } from './sync-run.ts'

/** What a run would do, by the same pass, with nothing written anywhere (I23). */
export async function predict(bench: Workbench, pair: Pair, options: RunOnceOptions): Promise<Summary> {
  const early = await beginSource(bench, pair, options)
  try {
    return await predictWith(early.scanner, { bench, pair, options })
  } finally {
    await early.end()
  }
}

async function predictWith(
  scanner: Scanner,
  { bench, pair, options }: { readonly bench: Workbench; readonly pair: Pair; readonly options: RunOnceOptions },
): Promise<Summary> {
  const { host } = bench
  const startMs = host.clock.monotonic()
  const store = await openStoreForReading({ ...host, directory: pair.directory })
  const opened = await openFolderTarget(
    bench,
    undefined,
    pair.folder,
    store.folders.get(pair.folder.id as FolderId).compared,
  )
  const target = readOnly(opened)
  const delta = await openDelta(bench, {
    folder: pair.folder,
    target,
    store,
    rules: () => options,
    uploadLimit: () => options.bandwidthLimit,
    readOnly: true,
  })
  const collector = new ReportingCollector(options, {
    folder: pair.folder,
    predictor: new UploadPredictor(delta, pair.folder.path),
  })
  try {
    const result = await runPass(
      {
        folderId: pair.folder.id as FolderId,
        scanner,
        target,
        store: readOnlyStore(store),
        clock: host.clock,
        moves: new MovesUnderWay(),
        sample: createSampler(bench.pool, pair.folder.path),
        digest: createDigester(bench.pool, pair.folder.path),
      },
      passRequest(options),
      collector,
    )
    await collector.compare(options.kill)
    return {
      type: 'summary',
      command: 'plan',
      dryRun: true,
      durationMs: Math.round(host.clock.monotonic() - startMs),
      requests: bench.meter.snapshot().requests,
      ...collector.found(result, store.conflicts.count(pair.folder.id as FolderId)),
    }
  } finally {
    await target.close()
    store.close()
  }
}

type Found = Pick<Summary, 'ok' | 'exitCode' | 'counts' | 'bytes' | 'actions' | 'estimate' | 'failures'>

/** A plan that also tells each step as it is found. */
class ReportingCollector extends PlanCollector {
  readonly #options: RunOnceOptions
  readonly #all: Summary['actions'][number][] = []

  readonly #met = new ProblemsMet()
  /** Content that is at the target already. */
  #reused = 0

  constructor(options: RunOnceOptions, plan: PlanCollectorOptions) {
    super(plan)
    this.#options = options
  }

  override plan(planned: readonly PlannedAction[]): void {
    super.plan(planned)
    for (const { action, hold } of planned) {
      if (hold !== undefined || action.kind === 'upload') continue
      const bytesReused = action.kind === 'move' || action.kind === 'adopt' ? action.local.size : 0
      const { kind, path } = action
      const method = this.isConflict(action) ? 'conflict' : METHOD_BY_KIND[kind]
      this.#tell({ kind, path, bytesSent: 0, bytesReused, method })
    }
  }

  protected override predicted(action: UploadAction, predicted: PredictedUpload): void {
    super.predicted(action, predicted)
    const { method, cost } = predicted
    const { bytesSent, bytesReused, ...estimate } = cost
    this.#tell({ kind: action.kind, path: action.path, bytesSent, bytesReused, method, estimate })
  }

  #tell(row: Summary['actions'][number]): void {
    this.#reused += row.bytesReused
    if (this.#all.length < LISTED_ACTIONS) this.#all.push(row)
    this.#options.onEvent({ type: 'action', ...row })
  }

  override problems(problems: readonly Problem[]): void {
    super.problems(problems)
    for (const { path, reason, message } of this.#met.met(problems))
      this.#options.onEvent({ type: 'problem', path, reason, message })
  }

  /** What the summary tells of the plan. `conflicts`: those that are open. */
  found(result: PassResult, conflicts: number): Found {
    const { counts, bytesToSend, estimate } = this.view(result)
    const { failures, skipped } = this.#met
    return {
      ok: failures.length === 0,
      exitCode: failures.length === 0 ? 0 : 3,
      counts: { ...counts, skipped, failed: failures.length, conflicts: counts.conflicts + conflicts },
      bytes: { scanned: result.bytes, sent: bytesToSend, received: 0, reused: this.#reused },
      actions: this.#all.toSorted((a, b) => comparePaths(a.path, b.path)),
      ...(estimate === undefined ? {} : { estimate }),
      failures,
    }
  }
}

const METHOD_BY_KIND = {
  adopt: 'adopt',
  move: 'move',
  delete: 'delete',
  metadata: 'metadata',
  'make-directory': 'directory',
  forget: 'forget',
  download: 'download',
  'remove-local': 'delete-local',
  'move-local': 'move-local',
  'make-local-directory': 'directory',
  settle: 'adopt',
  'keep-both': 'download',
  'make-way': 'directory',
} as const
