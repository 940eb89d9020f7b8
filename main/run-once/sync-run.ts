import type { TidekeepError } from '../../common/errors.ts'
import { HOLD_TEXTS } from '../../common/hold-texts.ts'
import type { FolderId, Problem, RelPath } from '../../common/model.ts'
import type { ActivityView, Counts, Summary } from '../../common/protocol.ts'
import { isOfFile } from '../engine/open-conflicts.ts'
import { MovesUnderWay } from '../engine/moves-under-way.ts'
import { prepareTarget, queueSink, runPass, type PassResult, type PassSink } from '../engine/passes.ts'
import type { ExecuteContext } from '../engine/execute/run.ts'
import type { DeltaUploads } from '../delta/delta-upload.ts'
import { createDigester, createSampler } from '../engine/sampling.ts'
import { presenceOf } from '../engine/scan/presence.ts'
import type { Scanner } from '../engine/scan/scanner.ts'
import { isAtRisk } from '../engine/status.ts'
import { Transfers } from '../engine/transfers.ts'
import { openTwins, type Twins } from '../engine/twins.ts'
import { expectLongWork } from '../heap-bounds.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { RunOnceOptions } from '../run-once.ts'
import type { Store } from '../state/store.ts'
import type { Workbench } from '../workbench.ts'
import { passRequest, type Pair } from './pair.ts'
import { programFailureTexts } from '../program-failure-texts.ts'

/** How long a run waits for jobs that are backing off before it ends and lists them as failed. */
const PATIENCE_MS = 5_000
const PROGRESS_MS = 200
/** From so many files on, a run takes long enough for V8's last compiler to pay. */
const LONG_RUN_FILES = 150_000
/** Actions listed in a summary; the counts are always whole. */
export const LISTED_ACTIONS = 100_000

/** What a synchronisation is made of. */
export interface SyncRunDeps {
  readonly bench: Workbench
  readonly pair: Pair
  readonly options: RunOnceOptions
  readonly store: Store
  readonly scanner: Scanner
  readonly target: TargetProvider
  readonly delta: DeltaUploads
  /** The source as somewhere to write, and how conflicts are settled that its rules decide; two-way mode only. */
  readonly twoWay?: {
    readonly source: TargetProvider
    readonly conflictRule: NonNullable<ExecuteContext['conflictRule']>
  }
}

/** One synchronisation: a pass and its transfers side by side, then the account of it. */
export class SyncRun {
  readonly #deps: SyncRunDeps
  readonly #folderId: FolderId
  readonly #scanner: Scanner
  readonly #transfers: Transfers
  readonly #startMs: number
  readonly #moves = new MovesUnderWay()
  readonly #twins: Twins
  readonly #actions: Summary['actions'][number][] = []
  readonly #counts = { uploaded: 0, downloaded: 0, moved: 0, deleted: 0, metadata: 0, conflicts: 0, skipped: 0 }
  readonly #bytes = { sent: 0, reused: 0 }
  readonly #atRisk: Problem[] = []
  #scanned = 0
  /** Files below a file against a folder: the look tells of them, and the jobs that were for them, both of the same one. */
  readonly #waiting = new Set<RelPath>()

  constructor(deps: SyncRunDeps) {
    const { bench, pair, options, store, scanner, target, delta, twoWay } = deps
    this.#deps = deps
    this.#folderId = pair.folder.id as FolderId
    this.#scanner = scanner
    this.#startMs = bench.host.clock.monotonic()
    this.#twins = openTwins({ folderId: this.#folderId, store, scanner: this.#scanner })
    this.#transfers = new Transfers({
      folderId: this.#folderId,
      store,
      context: {
        root: pair.folder.path,
        target,
        pool: bench.pool,
        clock: bench.host.clock,
        presence: (path, kind) => presenceOf(this.#scanner, path, kind),
        isAgreedOn: (path) => store.baseline.get(this.#folderId, path) !== undefined,
        keepDays: () => options.keepDays,
        twins: this.#twins,
        delta,
        ...twoWay,
      },
      clock: bench.host.clock,
      random: bench.host.random,
      log: bench.host.log,
      concurrency: () => options.concurrency,
      onRecorded: (rows) => this.#recorded(rows),
      onEnded: (action) => this.#moves.ended(action),
      onWaits: (action) => {
        if (isOfFile(action)) this.#waiting.add(action.path)
      },
      // What is tried again is no failure yet; what still waits at the end is told then.
      onFailed: (job, error, dead) => {
        if (dead) this.#tellFailure(job.action.path, error)
      },
      onStale: () => undefined,
      onChange: () => undefined,
    })
  }

  async run(): Promise<Summary> {
    const { options, store } = this.#deps
    store.queue.recover()
    store.queue.retry()
    await this.#decideHeld()
    await this.#decideConflicts()
    const ended = new AbortController()
    const stop = AbortSignal.any([options.stop, ended.signal])
    const transferring = this.#transfers.run(stop, options.kill)
    const cancelProgress = this.#reportProgress()
    try {
      await this.#carryOutDecisions()
      const result = await this.#pass()
      await Promise.race([this.#transfers.drained(PATIENCE_MS), aborted(options.stop)])
      return await this.#finish(result, async () => {
        ended.abort()
        await transferring
      })
    } finally {
      cancelProgress()
      ended.abort()
      await transferring
    }
  }

  /** There is no service that could be told: the run itself carries the answer. */
  async #decideHeld(): Promise<void> {
    const { bench, options, pair, store, target } = this.#deps
    if (options.held === undefined) return
    const { bringBackHeld, keepHeld, settleHeld } = await import('../engine/decisions.ts')
    if (options.held === 'keep') return keepHeld({ store, folderId: this.#folderId, scanner: this.#scanner })
    if (options.held === 'approve') return void settleHeld(store, this.#folderId, { answer: options.held })
    const { createBringBack } = await import('../restore/bring-back.ts')
    const bringBack = createBringBack(bench.host.clock)
    await bringBackHeld({ store, folder: pair.folder, target, bringBack, reason: undefined }, () => undefined)
  }

  /** As a rule for all files would have decided what waits since earlier runs. */
  async #decideConflicts(): Promise<void> {
    const { bench, options, pair, store, target, twoWay } = this.#deps
    if (options.resolve === undefined || twoWay === undefined) return
    const { source } = twoWay
    const { decideOpen } = await import('../conflicts/decide-open.ts')
    const { clock } = bench.host
    const sides = {
      folder: pair.folder,
      source,
      target,
      store,
      clock,
      hostName: bench.device.name,
      signal: options.kill,
    }
    await decideOpen(sides, options.resolve)
  }

  /** What was decided changes the folder: looked at meanwhile, it would be found as it is no more. */
  async #carryOutDecisions(): Promise<void> {
    const { store, options } = this.#deps
    const decided = store.conflicts.list({ folderId: this.#folderId, state: 'resolving', limit: 1 })
    if (decided.length > 0) await Promise.race([this.#transfers.drained(0), aborted(options.stop)])
  }

  async #pass(): Promise<PassResult> {
    const { options, store, target, twoWay, bench, pair } = this.#deps
    const writable = twoWay === undefined ? {} : { source: twoWay.source }
    const inner = queueSink(
      {
        store,
        folderId: this.#folderId,
        moves: this.#moves,
        clock: bench.host.clock,
        isTwoWay: this.#deps.twoWay !== undefined,
      },
      (files) => {
        this.#scanned += files
        if (this.#scanned >= LONG_RUN_FILES) expectLongWork()
        this.#transfers.wake()
      },
    )
    const sink: PassSink = {
      ...inner,
      waits: (path) => this.#waiting.add(path),
      problems: (problems) => {
        const atRisk = problems.filter(isAtRisk)
        this.#atRisk.push(...atRisk)
        this.#counts.skipped += problems.length - atRisk.length
        for (const { path, reason, message } of problems) options.onEvent({ type: 'problem', path, reason, message })
      },
    }
    await prepareTarget({ store, folderId: this.#folderId, target, ...writable }, options.kill)
    const result = await runPass(
      {
        folderId: this.#folderId,
        scanner: this.#scanner,
        target,
        ...writable,
        store,
        clock: bench.host.clock,
        moves: this.#moves,
        twins: this.#twins,
        sample: createSampler(bench.pool, pair.folder.path),
        digest: createDigester(bench.pool, pair.folder.path),
      },
      passRequest(options, pair.folder),
      sink,
    )
    // What an earlier run held back stays held where the same is found again.
    if (options.allowsDeletions === true && result.hold === undefined)
      for (const reason of MASS_REASONS) store.queue.decide(this.#folderId, 'approve', reason)
    this.#transfers.wake()
    return result
  }

  async #finish(result: PassResult, end: () => Promise<void>): Promise<Summary> {
    await end()
    const { bench, options, store } = this.#deps
    if (this.#transfers.down !== undefined) throw this.#transfers.down
    const counts = store.queue.counts(this.#folderId)
    const failures = this.#failures()
    const interrupted = options.stop.aborted
    const exitCode = interrupted ? 130 : failures.length > 0 ? 3 : counts.held > 0 ? 5 : 0
    this.#tellHolds()
    this.#tellConflicts()
    const all: Counts = {
      scanned: result.files,
      failed: failures.length,
      held: counts.held,
      waiting: this.#waiting.size,
      ...this.#counts,
      // Those of earlier runs wait still.
      conflicts: store.conflicts.count(this.#folderId),
    }
    return {
      type: 'summary',
      command: 'sync',
      ok: exitCode === 0,
      exitCode,
      dryRun: false,
      durationMs: Math.round(bench.host.clock.monotonic() - this.#startMs),
      counts: all,
      bytes: { scanned: result.bytes, received: 0, ...this.#bytes },
      requests: bench.meter.snapshot().requests,
      actions: this.#actions,
      failures,
    }
  }

  #tellFailure(
    path: string,
    { code, message, fix }: Pick<TidekeepError, 'code' | 'message'> & { readonly fix?: string | undefined },
  ): void {
    this.#deps.options.onEvent({ type: 'failure', path, code, message, ...(fix === undefined ? {} : { fix }) })
  }

  /** Dead letters, and what still waits for another attempt when the run ends. */
  #failures(): Summary['failures'] {
    const { store } = this.#deps
    const problems = this.#atRisk.map(({ path, reason, message }) => {
      return { path, code: reason === 'unreadable' ? 'forbidden' : 'unsupported', message } as const
    })
    const jobs = (['dead', 'waiting'] as const).flatMap((state) =>
      store.queue.list({ folderId: this.#folderId, state, limit: LISTED_ACTIONS }).flatMap(({ action, failure }) => {
        if (failure === undefined) return []
        if (state === 'waiting') this.#tellFailure(action.path, failure)
        return [{ path: action.path, code: failure.code, message: failure.message }]
      }),
    )
    return [...problems, ...jobs]
  }

  #tellHolds(): void {
    for (const { reason, count } of this.#deps.store.queue.holds(this.#folderId)) {
      const { waiting, why } = HOLD_TEXTS[reason]
      const { held, heldByGuard } = programFailureTexts.run
      const message = (reason === 'suspect' ? held : heldByGuard)({ waiting: waiting({ n: count }), why })
      this.#deps.options.onEvent({ type: 'notice', message })
    }
  }

  #tellConflicts(): void {
    const { options, pair, store } = this.#deps
    const waiting = store.conflicts.count(this.#folderId)
    if (waiting === 0) return
    const { conflicts, conflictsAdHoc } = programFailureTexts.run
    options.onEvent({ type: 'notice', message: (pair.isAdHoc ? conflictsAdHoc : conflicts)({ n: waiting }) })
  }

  #recorded(rows: readonly ActivityView[]): void {
    for (const row of rows) {
      this.#bytes.sent += row.bytesSent
      this.#bytes.reused += row.bytesReused
      this.#counts[COUNTER_BY_METHOD[row.method]]++
      const { kind, path, bytesSent, bytesReused, method } = row
      if (this.#actions.length < LISTED_ACTIONS) this.#actions.push({ kind, path, bytesSent, bytesReused, method })
      this.#deps.options.onEvent({ type: 'action', kind, path, bytesSent, bytesReused, method })
    }
  }

  #reportProgress(): () => void {
    const { bench, options, store } = this.#deps
    let cancel: () => void = () => undefined
    const tell = (): void => {
      const counts = store.queue.counts(this.#folderId)
      const done = this.#transfers.done
      const left = counts.queued + counts.running + counts.waiting
      options.onEvent({
        type: 'progress',
        phase: left > 0 ? 'transferring' : 'scanning',
        scanned: this.#scanned,
        filesDone: done.files,
        filesTotal: done.files + left,
        bytesDone: done.bytes,
        bytesTotal: done.bytes + counts.bytes,
      })
      cancel = bench.host.clock.after(PROGRESS_MS, tell)
    }
    cancel = bench.host.clock.after(PROGRESS_MS, tell)
    return () => cancel()
  }
}

/** What limits for one run release. What a power cut may have taken needs a word of its own. */
const MASS_REASONS = [
  'mass-delete',
  'mass-delete-here',
  'mass-overwrite',
  'mass-overwrite-here',
  'source-emptied',
  'source-replaced',
] as const

const COUNTER_BY_METHOD = {
  whole: 'uploaded',
  delta: 'uploaded',
  segments: 'uploaded',
  move: 'moved',
  delete: 'deleted',
  metadata: 'metadata',
  directory: 'metadata',
  adopt: 'metadata',
  forget: 'skipped',
  undo: 'skipped',
  prune: 'skipped',
  download: 'downloaded',
  'delete-local': 'deleted',
  'move-local': 'moved',
  conflict: 'conflicts',
} as const

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
