import type { TidekeepError } from '../../common/errors.ts'
import { HOLD_TEXTS } from '../../common/hold-texts.ts'
import type { FolderId, RelPath } from '../../common/model.ts'
import { ROOT_PATH } from '../../common/paths.ts'
import type { ActivityView, Counts, Summary } from '../../common/protocol.ts'
import { DirtyPaths, type Due } from '../engine/dirty-paths.ts'
import type { StaleReach } from '../engine/job-ends.ts'
import { MissingPaths } from '../engine/missing-paths.ts'
import { isOfFile } from '../engine/open-conflicts.ts'
import { MovesUnderWay } from '../engine/moves-under-way.ts'
import { prepareTarget, queueSink, runPass, type PassResult, type PassSink } from '../engine/passes.ts'
import type { ExecuteContext } from '../engine/execute/run.ts'
import type { DeltaUploads } from '../delta/delta-upload.ts'
import { RecentChanges } from '../engine/recent-changes.ts'
import { createDigester, createSampler } from '../engine/sampling.ts'
import { presenceOf } from '../engine/scan/presence.ts'
import type { Scanner } from '../engine/scan/scanner.ts'
import { Transfers } from '../engine/transfers.ts'
import { openTwins, type Twins } from '../engine/twins.ts'
import { expectLongWork } from '../heap-bounds.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { RunOnceOptions } from '../run-once.ts'
import type { Store } from '../state/store.ts'
import type { Workbench } from '../workbench.ts'
import { COUNTER_BY_METHOD, NOTHING_COUNTED } from './counters.ts'
import { decideFirst } from './decide-first.ts'
import { passRequest, type Pair } from './pair.ts'
import { ProblemsMet } from './problems-met.ts'
import { programFailureTexts } from '../program-failure-texts.ts'

/** How long a run waits for jobs that are backing off before it ends and lists them as failed. */
const PATIENCE_MS = 5_000
/**
 * How long each look after the first one waits, at what turned out to be otherwise meanwhile: what is being written may be done by
 * then. What goes on changing is left to the next run.
 */
const FURTHER_LOOKS_MS = [0, 1_000, 4_000]
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
  readonly #counts = { ...NOTHING_COUNTED }
  readonly #bytes = { sent: 0, reused: 0 }
  readonly #problems = new ProblemsMet()
  /** What is not as the looks so far saw it. */
  readonly #dirty = new DirtyPaths()
  readonly #missing: MissingPaths
  readonly #recent: RecentChanges
  #scanned = 0
  #isSomeHeld = false
  /** Files below a file against a folder: the look tells of them, and the jobs that were for them, both of the same one. */
  readonly #waiting = new Set<RelPath>()

  constructor(deps: SyncRunDeps) {
    const { bench, pair, options, store, scanner, target, delta, twoWay } = deps
    this.#deps = deps
    this.#folderId = pair.folder.id as FolderId
    this.#scanner = scanner
    this.#startMs = bench.host.clock.monotonic()
    this.#recent = new RecentChanges(bench.host.clock)
    // A name that goes away while a run is under way may be half of a rename: only a look at everything takes it for deleted.
    this.#missing = new MissingPaths(bench.host.clock, () => Number.POSITIVE_INFINITY)
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
      onStale: (path, reach) => this.#stale(path, reach),
      onChange: () => undefined,
    })
  }

  async run(): Promise<Summary> {
    const { options, store } = this.#deps
    store.queue.recover()
    store.queue.retry()
    await decideFirst(this.#deps)
    const ended = new AbortController()
    const stop = AbortSignal.any([options.stop, ended.signal])
    const transferring = this.#transfers.run(stop, options.kill)
    const cancelProgress = this.#reportProgress()
    try {
      await this.#carryOutDecisions()
      const result = await this.#looks()
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

  /** What was decided changes the folder: looked at meanwhile, it would be found as it is no more. */
  async #carryOutDecisions(): Promise<void> {
    const decided = this.#deps.store.conflicts.list({ folderId: this.#folderId, state: 'resolving', limit: 1 })
    if (decided.length === 0) return
    await this.#drained(0)
    // Whatever that found to be otherwise lies in what is looked at now.
    this.#dirty.take()
  }

  /**
   * Everything is looked at, and then, a few times at most, what jobs found to be otherwise and what was left out for a conflict
   * that ended: one run is to be enough where nobody changes anything. Answers what the last look at everything found.
   */
  async #looks(): Promise<PassResult> {
    const { bench, options } = this.#deps
    let whole = await this.#look('everything')
    for (const delayMs of FURTHER_LOOKS_MS) {
      await this.#drained(0)
      if (this.#dirty.isEmpty) await this.#drained(PATIENCE_MS)
      else if (delayMs > 0) await bench.host.clock.sleep(delayMs, options.stop).catch(() => undefined)
      if (this.#dirty.isEmpty || options.stop.aborted || this.#transfers.down !== undefined) return whole
      const due = this.#dirty.take()
      const found = await this.#lookAgain(due)
      if (found !== undefined && due.scopes === 'everything') whole = found
    }
    await this.#drained(PATIENCE_MS)
    return whole
  }

  /** Undefined where a person ended the run meanwhile: what was done by then is told all the same. */
  async #lookAgain(due: Due): Promise<PassResult | undefined> {
    if (due.scopes === 'everything') {
      this.#scanned = 0
      this.#problems.anew()
      this.#waiting.clear()
    }
    try {
      return await this.#look(due.scopes)
    } catch (error) {
      this.#dirty.putBack(due)
      if (this.#deps.options.stop.aborted) return undefined
      throw error
    }
  }

  #stale(path: RelPath, reach: StaleReach | undefined): void {
    // What drifted is found by the next run, which lists the target as every run does.
    if (reach === 'everywhere') this.#dirty.addEverything(true)
    else this.#dirty.addPath(path, false)
  }

  #drained(patienceMs: number): Promise<void> {
    return Promise.race([this.#transfers.drained(patienceMs), aborted(this.#deps.options.stop)])
  }

  async #look(scopes: Due['scopes']): Promise<PassResult> {
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
        for (const { path, reason, message } of this.#problems.met(problems))
          options.onEvent({ type: 'problem', path, reason, message })
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
        recent: this.#recent,
        missing: this.#missing,
      },
      { ...passRequest(options, pair.folder), scopes, compareTarget: scopes === 'everything' },
      sink,
    )
    if (result.isSomeLeft) this.#dirty.addEverything(true)
    this.#isSomeHeld ||= result.hold !== undefined
    // What an earlier run held back stays held where the same is found again.
    if (options.allowsDeletions === true && !this.#isSomeHeld)
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
      skipped: this.#counts.skipped + this.#problems.skipped,
      vanished: this.#missing.size,
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

  /** Dead letters, what still waits for another attempt when the run ends, and what was otherwise than seen and not looked at again. */
  #failures(): Summary['failures'] {
    const { store } = this.#deps
    const jobs = (['dead', 'waiting'] as const).flatMap((state) =>
      store.queue.list({ folderId: this.#folderId, state, limit: LISTED_ACTIONS }).flatMap(({ action, failure }) => {
        if (failure === undefined) return []
        if (state === 'waiting') this.#tellFailure(action.path, failure)
        return [{ path: action.path, code: failure.code, message: failure.message }]
      }),
    )
    const known = new Set<string>(jobs.map(({ path }) => path))
    return [...this.#problems.failures, ...jobs, ...this.#unseen(known)]
  }

  /** What a look more would be for, and no job told of. */
  #unseen(known: ReadonlySet<string>): Summary['failures'] {
    if (this.#dirty.isEmpty || this.#deps.options.stop.aborted) return []
    const { scopes } = this.#dirty.take()
    const { stillChanging, stillChangingFix: fix, sidesStillChanging } = programFailureTexts.run
    const paths = scopes === 'everything' ? [ROOT_PATH] : scopes.map(({ path }) => path)
    const unseen = paths
      .filter((path) => !known.has(path))
      .map((path) => {
        const message = path === ROOT_PATH ? sidesStillChanging : stillChanging({ path })
        return { path, code: 'changed', message } as const
      })
    for (const failure of unseen) this.#tellFailure(failure.path, { ...failure, fix })
    return unseen
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
      const { kind, path, bytesSent, bytesReused, method, keptAside = path } = row
      if (keptAside !== path && kind !== 'make-way') this.#counts.putAside++
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

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
