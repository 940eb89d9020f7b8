import type { TidekeepError } from '../common/errors.ts'
import { formatLocation, parseLocation } from '../common/location.ts'
import type { FolderId, Hold, Problem } from '../common/model.ts'
import type { ActivityView, Counts, Summary } from '../common/protocol.ts'
import type { FolderSettings } from '../common/settings.ts'
import { resolve } from 'node:path'
import { MovesUnderWay } from './engine/moves-under-way.ts'
import { prepareTarget, queueSink, runPass, type PassResult, type PassSink } from './engine/passes.ts'
import { PlanCollector, readOnlyStore } from './engine/preview.ts'
import type { Scanner } from './engine/scan/scanner.ts'
import { isAtRisk } from './engine/status.ts'
import { Transfers } from './engine/transfers.ts'
import type { Host } from './host.ts'
import { pairDirectory, rememberPair, stateDirectory } from './pairs.ts'
import type { TargetProvider } from './providers/provider.ts'
import type { RunOnce, RunOnceOptions } from './run-once.ts'
import { acquireInstanceLock } from './state/instance-lock.ts'
import { openSettings } from './state/settings-store.ts'
import { openStore, openStoreForReading } from './state/sqlite-store.ts'
import type { PlannedAction, Store } from './state/store.ts'
import { openFolderScanner, openFolderTarget, openWorkbench, type Workbench } from './workbench.ts'

/** How long a run waits for jobs that are backing off before it ends and lists them as failed. */
const PATIENCE_MS = 5_000
const PROGRESS_MS = 200
/** Actions listed in a summary; the counts are always whole. */
const LISTED_ACTIONS = 100_000

/** The folder a run works on, and where its state is: a configured folder's own, or the pair's. */
interface Pair {
  readonly folder: FolderSettings
  readonly directory: string
  /** The state is the pair's own, and is found by what is written beside it. */
  readonly isAdHoc: boolean
  readonly globalIgnore: readonly string[]
}

/**
 * One pass with everything it finds: `tidekeep sync`, or with `dryRun` `tidekeep plan`. Throws a
 * TidekeepError when nothing could be done at all (source missing, target unreachable, locked);
 * single files that fail are in the summary.
 */
export const runOnce: RunOnce = async (host, options) => {
  const pair = await choosePair(host, options)
  const bench = await openWorkbench(host, process.env, options.bandwidthLimit)
  try {
    return options.dryRun ? await predict(bench, pair, options) : await synchronise(bench, pair, options)
  } finally {
    await bench.pool.close()
  }
}

async function choosePair(host: Host, options: RunOnceOptions): Promise<Pair> {
  const target = formatLocation(parseLocation(options.target, (path) => resolve(path)))
  const settings = await openSettings(host.paths.config)
  const { ignore, folders } = settings.get()
  const configured = folders.find((folder) => folder.path === options.source && folder.target === target)
  const folder: FolderSettings = {
    id: configured?.id ?? 'pair',
    name: options.source,
    path: options.source,
    target,
    mode: options.mode,
    paused: false,
    ignore: [...(configured?.ignore ?? []), ...options.ignore],
    s3: { ...configured?.s3, ...options.s3 },
  }
  return {
    folder,
    globalIgnore: ignore,
    isAdHoc: configured === undefined,
    directory:
      configured === undefined ? pairDirectory(host.paths, options.source, target) : stateDirectory(host.paths),
  }
}

async function predict(bench: Workbench, pair: Pair, options: RunOnceOptions): Promise<Summary> {
  const { host } = bench
  const startMs = host.clock.monotonic()
  const store = await openStoreForReading({ directory: pair.directory, clock: host.clock, log: host.log })
  const target = await openFolderTarget(
    bench,
    undefined,
    pair.folder,
    store.folders.get(pair.folder.id as FolderId).compared,
  )
  const collector = new ReportingCollector(options)
  try {
    const scanner = openFolderScanner(bench, pair.folder, pair.globalIgnore)
    const result = await runPass(
      {
        folderId: pair.folder.id as FolderId,
        scanner,
        target,
        store: readOnlyStore(store),
        clock: host.clock,
        moves: new MovesUnderWay(),
      },
      passRequest(options),
      collector,
    )
    const view = collector.view(result.hold?.message)
    return {
      type: 'summary',
      command: 'plan',
      ok: true,
      exitCode: 0,
      dryRun: true,
      durationMs: Math.round(host.clock.monotonic() - startMs),
      counts: view.counts,
      bytes: { scanned: result.bytes, sent: view.bytesToSend, received: 0, reused: 0 },
      requests: bench.meter.snapshot().requests,
      actions: collector.listed(),
      failures: [],
    }
  } finally {
    await target.close()
    store.close()
  }
}

/** A plan that also tells each step as it is found. */
class ReportingCollector extends PlanCollector {
  readonly #options: RunOnceOptions
  readonly #all: Summary['actions'][number][] = []

  constructor(options: RunOnceOptions) {
    super()
    this.#options = options
  }

  override plan(planned: readonly PlannedAction[]): void {
    super.plan(planned)
    for (const { action, hold } of planned) {
      if (hold !== undefined) continue
      const bytesSent = action.kind === 'upload' ? action.local.size : 0
      const bytesReused = action.kind === 'move' || action.kind === 'adopt' ? action.local.size : 0
      const row = {
        kind: action.kind,
        path: action.path,
        bytesSent,
        bytesReused,
        method: METHOD_BY_KIND[action.kind],
      } as const
      if (this.#all.length < LISTED_ACTIONS) this.#all.push(row)
      this.#options.onEvent({ type: 'action', ...row })
    }
  }

  override problems(problems: readonly Problem[]): void {
    super.problems(problems)
    for (const { path, reason, message } of problems) this.#options.onEvent({ type: 'problem', path, reason, message })
  }

  listed(): Summary['actions'] {
    return this.#all
  }
}

const METHOD_BY_KIND = {
  upload: 'whole',
  adopt: 'adopt',
  move: 'move',
  delete: 'delete',
  metadata: 'metadata',
  'make-directory': 'directory',
  forget: 'forget',
} as const

async function synchronise(bench: Workbench, pair: Pair, options: RunOnceOptions): Promise<Summary> {
  const { host } = bench
  const lock = acquireInstanceLock(pair.directory)
  try {
    const opened = await openStore({ directory: pair.directory, clock: host.clock, log: host.log })
    const { store } = opened
    if (opened.note !== undefined) options.onEvent({ type: 'notice', message: opened.note })
    try {
      if (pair.isAdHoc) rememberPair(pair.directory, { ...options, target: pair.folder.target })
      const target = await openFolderTarget(
        bench,
        store,
        pair.folder,
        store.folders.get(pair.folder.id as FolderId).compared,
      )
      try {
        return await new SyncRun({ bench, pair, options, store, target }).run()
      } finally {
        await target.close()
      }
    } finally {
      store.close()
    }
  } finally {
    lock.release()
  }
}

interface SyncRunDeps {
  readonly bench: Workbench
  readonly pair: Pair
  readonly options: RunOnceOptions
  readonly store: Store
  readonly target: TargetProvider
}

/** One synchronisation: a pass and its transfers side by side, then the account of it. */
class SyncRun {
  readonly #deps: SyncRunDeps
  readonly #folderId: FolderId
  readonly #scanner: Scanner
  readonly #transfers: Transfers
  readonly #startMs: number
  readonly #moves = new MovesUnderWay()
  readonly #actions: Summary['actions'][number][] = []
  readonly #counts = { uploaded: 0, moved: 0, deleted: 0, metadata: 0, skipped: 0 }
  readonly #bytes = { sent: 0, reused: 0 }
  readonly #atRisk: Problem[] = []
  #scanned = 0

  constructor(deps: SyncRunDeps) {
    const { bench, pair, options, store, target } = deps
    this.#deps = deps
    this.#folderId = pair.folder.id as FolderId
    this.#scanner = openFolderScanner(bench, pair.folder, pair.globalIgnore)
    this.#startMs = bench.host.clock.monotonic()
    this.#transfers = new Transfers({
      folderId: this.#folderId,
      store,
      context: {
        root: pair.folder.path,
        target,
        pool: bench.pool,
        clock: bench.host.clock,
        isPresent: (path) => this.#scanner.exists(path),
      },
      clock: bench.host.clock,
      random: bench.host.random,
      log: bench.host.log,
      concurrency: () => options.concurrency,
      onRecorded: (rows) => this.#recorded(rows),
      onEnded: (action) => this.#moves.ended(action),
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
    const ended = new AbortController()
    const stop = AbortSignal.any([options.stop, ended.signal])
    const transferring = this.#transfers.run(stop, options.kill)
    const cancelProgress = this.#reportProgress()
    try {
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

  async #pass(): Promise<PassResult> {
    const { options, store, target, bench } = this.#deps
    const inner = queueSink({ store, folderId: this.#folderId, moves: this.#moves }, (files) => {
      this.#scanned += files
      this.#transfers.wake()
    })
    const sink: PassSink = {
      ...inner,
      problems: (problems) => {
        const atRisk = problems.filter(isAtRisk)
        this.#atRisk.push(...atRisk)
        this.#counts.skipped += problems.length - atRisk.length
        for (const { path, reason, message } of problems) options.onEvent({ type: 'problem', path, reason, message })
      },
    }
    await prepareTarget({ store, folderId: this.#folderId, target }, options.kill)
    const result = await runPass(
      { folderId: this.#folderId, scanner: this.#scanner, target, store, clock: bench.host.clock, moves: this.#moves },
      passRequest(options),
      sink,
    )
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
    if (result.hold !== undefined) this.#tellHold(result.hold)
    const all: Counts = {
      scanned: result.files,
      downloaded: 0,
      conflicts: 0,
      failed: failures.length,
      held: counts.held,
      ...this.#counts,
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

  #tellHold(hold: Hold): void {
    this.#deps.options.onEvent({
      type: 'notice',
      message: `${hold.message} Run again with --max-delete to let them through.`,
    })
  }

  #recorded(rows: readonly ActivityView[]): void {
    for (const row of rows) {
      this.#bytes.sent += row.bytesSent
      this.#bytes.reused += row.bytesReused
      this.#counts[COUNTER_BY_METHOD[row.method]]++
      const action = {
        kind: row.kind,
        path: row.path,
        bytesSent: row.bytesSent,
        bytesReused: row.bytesReused,
        method: row.method,
      }
      if (this.#actions.length < LISTED_ACTIONS) this.#actions.push(action)
      this.#deps.options.onEvent({ type: 'action', ...action })
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
} as const

function passRequest(options: RunOnceOptions): Parameters<typeof runPass>[1] {
  const { mode, guardFiles, guardPercent } = options
  return {
    scopes: 'everything',
    compareTarget: true,
    rules: { mode, guardFiles, guardPercent, recentDeletions: 0 },
    signal: options.kill.aborted ? options.kill : AbortSignal.any([options.stop, options.kill]),
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
