import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { FolderId, HoldReason, JobId } from '../../common/model.ts'
import type { ActivityView, Answer, PlanView, StatusView } from '../../common/protocol.ts'
import { DEFAULT_SETTINGS, type FolderSettings, type Settings } from '../../common/settings.ts'
import { dailyCleanup, FIRST_CLEANUP_MS } from '../cleanup/daily-cleanup.ts'
import { DailySchedule, type DailyWork } from '../daily-schedule.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { Burst } from './burst.ts'
import { cleanableSides } from './cleanable.ts'
import { bringBackHeld, settleHeld } from './decisions.ts'
import type { EngineDeps } from './engine-deps.ts'
import type { Engine } from './engine.ts'
import { movedBytes } from './live-transfers.ts'
import { openFolder, wiringOf, type OpenFolder, type PipelineHooks } from './open-folder.ts'
import { previewPlan } from './preview.ts'
import { ProtectionClock } from './protection-clock.ts'
import { safeUpToNow } from './protection-rows.ts'
import { Rate } from './rate.ts'
import { StatusPace } from './status-pace.ts'
import type { FolderStatusInput } from './status-input.ts'
import { computeStatus, isPaused, isStopped } from './status.ts'
import { engineFailureTexts } from './engine-failure-texts.ts'

const DAY_MS = 86_400_000
const TICK_MS = 200
const REOPEN_MS = 30_000
/** From the start to the first proof of restore: late enough that what a start has to do is done. */
const FIRST_PROOF_MS = 20 * 60_000
/** Longer than idle threads live, so that theirs is over, too. */
const QUIET_MS = 7_000

/** The engine over all configured folders: opens and closes their pipelines, and tells what is going on. */
export class RunningEngine implements Engine {
  readonly #deps: EngineDeps
  readonly #folders = new Map<string, OpenFolder>()
  readonly #statusListeners = new Set<(status: StatusView) => void>()
  readonly #activityListeners = new Set<(rows: readonly ActivityView[]) => void>()
  readonly #rate: Rate
  readonly #cleanup: DailySchedule
  readonly #proofs: DailySchedule
  readonly #protection: ProtectionClock
  readonly #burst: Burst
  readonly #pace: StatusPace
  #applying: Promise<void> = Promise.resolve()
  /** How long nothing has been done since there was work; undefined once that was told. */
  #quietMs: number | undefined
  #wasWorking = false
  #stopped = false
  #cancelTick: () => void = () => undefined
  #cancelResume: () => void = () => undefined
  #cancelReopen: () => void = () => undefined

  constructor(deps: EngineDeps) {
    this.#deps = deps
    this.#rate = new Rate(deps.host.clock)
    this.#cleanup = new DailySchedule(deps.host, {
      firstMs: FIRST_CLEANUP_MS,
      work: () => this.#cleanable(),
      failedAs: 'not-cleaned-up',
    })
    this.#proofs = new DailySchedule(deps.host, {
      firstMs: FIRST_PROOF_MS,
      work: () => this.#provable(),
      failedAs: 'restore-not-proven',
    })
    this.#protection = new ProtectionClock(deps.host.clock, deps.store.folders)
    this.#burst = new Burst(deps.host.clock)
    this.#pace = new StatusPace(deps.host.clock)
  }

  async start(): Promise<void> {
    this.#deps.store.queue.recover()
    await this.applySettings()
    this.#tick()
    this.#cleanup.start()
    this.#proofs.start()
  }

  async stop(options: { readonly now?: boolean } = {}): Promise<void> {
    const isFirst = !this.#stopped
    this.#stopped = true
    this.#cancelTick()
    this.#cancelResume()
    this.#cancelReopen()
    await this.#applying
    await Promise.all([this.#cleanup.stop(), this.#proofs.stop()])
    await Promise.all([...this.#folders.values()].map(async ({ pipeline }) => pipeline?.stop(options.now === true)))
    if (isFirst) this.#protection.write()
  }

  applySettings(): Promise<void> {
    // One at a time: two changes in quick succession must not open a folder twice.
    const applied = this.#applying.then(() => this.#apply())
    this.#applying = applied.catch(() => undefined)
    return applied
  }

  async syncNow(folderId?: string): Promise<void> {
    const chosen = [...this.#folders.values()].filter(
      ({ settings }) => folderId === undefined || settings.id === folderId,
    )
    await Promise.all(chosen.map(async ({ pipeline }) => pipeline?.syncNow()))
  }

  async decide(folderId: string, answer: Answer, reason?: HoldReason): Promise<void> {
    const { store } = this.#deps
    const open = this.#folders.get(folderId)
    try {
      if (answer === 'restore') await this.#bringBack(open, reason)
      else if (answer === 'keep' && open?.pipeline !== undefined) await open.pipeline.keepHeld(reason)
      else settleHeld(store, folderId as FolderId, { answer, ...(reason === undefined ? {} : { reason }) })
    } finally {
      open?.pipeline?.decided()
      this.#pace.changed(true)
    }
  }

  async skip(id: JobId): Promise<boolean> {
    const running = [...this.#folders.values()].map(({ pipeline }) => pipeline?.skip(id))
    const isSkipped = (await running.find((each) => each !== undefined)) ?? this.#deps.store.queue.skip(id) > 0
    this.#pace.changed(true)
    return isSkipped
  }

  async #bringBack(open: OpenFolder | undefined, reason: HoldReason | undefined): Promise<void> {
    const { store, bringBack } = this.#deps
    if (open?.target === undefined || bringBack === undefined) throw notOpen()
    await bringBackHeld({ store, folder: open.settings, target: open.target, bringBack, reason }, (path) => {
      open.pipeline?.lookAt(path)
      this.#pace.changed(true)
    })
  }

  async prove(folderId: string): Promise<void> {
    const open = this.#folders.get(folderId)
    const { prove, settings } = this.#deps
    if (open?.target === undefined || prove === undefined) throw notOpen()
    await this.#proofs.now(
      this.#provableFolder(open, open.target, settings().proofBytes || DEFAULT_SETTINGS.proofBytes),
    )
  }

  preview(folder: FolderSettings, signal: AbortSignal): Promise<PlanView> {
    return previewPlan(this.#deps, folder, signal)
  }

  wake(): void {
    for (const { pipeline } of this.#folders.values()) pipeline?.wake()
    if ([...this.#folders.values()].some(({ pipeline }) => pipeline === undefined)) this.#applyByItself()
  }

  status(): StatusView {
    const { host, store, settings, version } = this.#deps
    const folders = settings().folders.map((folder) => statusInput(folder, this.#folders.get(folder.id)))
    this.#protection.tick(() => this.#signs())
    const bytesMoved = folders.reduce((sum, { state }) => sum + movedBytes(state?.done), 0)
    const status = computeStatus({
      folders,
      settings: settings(),
      store,
      clock: host.clock,
      version,
      bytesPerSecond: this.#rate.update(bytesMoved, this.#burst.number),
      rateAgeMs: this.#rate.steadyMs,
      hasSlowed: this.#rate.hasDropped,
      protectionOf: (id) => this.#protection.of(id),
      ...(this.#deps.speed === undefined ? {} : { speed: this.#deps.speed() }),
    })
    return { ...status, ...this.#deps.alongside?.() }
  }

  onStatus(listener: (status: StatusView) => void): () => void {
    this.#statusListeners.add(listener)
    return () => void this.#statusListeners.delete(listener)
  }

  onActivity(listener: (rows: readonly ActivityView[]) => void): () => void {
    this.#activityListeners.add(listener)
    return () => void this.#activityListeners.delete(listener)
  }

  /** Of folders that are open and not paused, with what keeps versions of its own; and what is too long ago to be undone. */
  #cleanable(): readonly DailyWork[] {
    const { settings: settingsNow, host, speed, store } = this.#deps
    const { keepDays } = settingsNow()
    const run = async (): Promise<void> => void store.conflicts.prune(host.clock.now() - keepDays * DAY_MS)
    const forget: DailyWork = { id: 'ended-conflicts', run }
    if (isPaused({ settings: settingsNow(), clock: host.clock })) return [forget]
    const deps = { ...this.#deps, clock: host.clock, recorded: (rows: readonly ActivityView[]) => this.recorded(rows) }
    const verdict = speed?.()
    const targets = [...this.#folders.values()].flatMap(({ settings, target, source }) =>
      settings.paused || isStopped(settings, verdict) ? [] : cleanableSides(settings, [target, source], deps),
    )
    return [forget, ...targets.map((each) => dailyCleanup(host, each))]
  }

  /** Of folders that are at rest: a proof must not take the line from what is not safe yet. */
  #provable(): readonly DailyWork[] {
    const { settings, host, prove } = this.#deps
    const { proofBytes } = settings()
    if (prove === undefined || proofBytes === 0 || isPaused({ settings: settings(), clock: host.clock })) return []
    const verdict = this.#deps.speed?.()
    return [...this.#folders.values()].flatMap((open) => {
      const { pipeline, target } = open
      const isAtRest = pipeline?.isWorking === false && pipeline.state().targetError === undefined
      return target === undefined || open.settings.paused || isStopped(open.settings, verdict) || !isAtRest
        ? []
        : [this.#provableFolder(open, target, proofBytes)]
    })
  }

  #provableFolder({ settings: folder }: OpenFolder, target: TargetProvider, maxBytes: number): DailyWork {
    const { store, prove } = this.#deps
    const id = folder.id as FolderId
    return {
      id,
      lastAtMs: store.folders.get(id).proof?.atMs,
      run: async (signal) => {
        const proof = await prove?.({ folder, target, store, maxBytes }, signal)
        if (proof !== undefined) store.folders.set(id, { proof })
        this.#pace.changed(true)
      },
    }
  }

  async #apply(): Promise<void> {
    if (this.#stopped) return
    const settings = this.#deps.settings()
    const wanted = new Map(settings.folders.map((folder) => [folder.id, folder]))
    for (const [id, open] of this.#folders) {
      const next = wanted.get(id)
      if (open.pipeline !== undefined && next !== undefined && open.wiring === wiringOf(next, settings)) continue
      this.#folders.delete(id)
      await open.pipeline?.stop(false)
      if (next?.target !== open.settings.target) this.#deps.store.feeds.forget(open.target?.location ?? '')
      if (next === undefined) this.#forget(id as FolderId)
    }
    const allPaused = isPaused({ settings, clock: this.#deps.host.clock })
    const verdict = this.#deps.speed?.()
    for (const folder of wanted.values()) {
      const open = this.#folders.get(folder.id)
      const paused = allPaused || folder.paused || isStopped(folder, verdict)
      if (open === undefined)
        this.#folders.set(folder.id, await openFolder(this.#deps, folder, { paused, ...this.#hooks() }))
      else {
        open.settings = folder
        open.pipeline?.setPaused(paused)
        open.pipeline?.jobsChanged()
      }
    }
    this.#scheduleResume(settings)
    this.#scheduleReopen()
    this.#pace.changed(true)
  }

  #hooks(): PipelineHooks {
    return {
      burst: this.#burst,
      onRecorded: (rows) => this.recorded(rows),
      onDead: (action) => this.#deps.onDead?.(action),
      onScanned: (durationMs) => this.#deps.onScanned?.(durationMs),
      onChange: () => {
        this.#quietMs = 0
        this.#pace.changed(false)
      },
    }
  }

  #forget(id: FolderId): void {
    const { store } = this.#deps
    this.#protection.forget(id)
    store.transaction(() => {
      store.queue.clear(id)
      store.baseline.clear(id)
      store.folders.clear(id)
      store.conflicts.clear(id)
      store.thaws.clear(id)
    })
  }

  /** A timed pause ends by itself. */
  #scheduleResume(settings: Settings): void {
    const { clock } = this.#deps.host
    this.#cancelResume()
    if (settings.pausedUntil === 'forever' || settings.pausedUntil <= clock.now()) return
    this.#cancelResume = clock.after(settings.pausedUntil - clock.now() + 1, () => this.#applyByItself())
  }

  /** A folder that could not be opened is tried again: its disk may be connected by then. */
  #scheduleReopen(): void {
    this.#cancelReopen()
    if (this.#stopped || [...this.#folders.values()].every(({ pipeline }) => pipeline !== undefined)) return
    this.#cancelReopen = this.#deps.host.clock.after(REOPEN_MS, () => this.#applyByItself())
  }

  #applyByItself(): void {
    const { log } = this.#deps.host
    this.applySettings().catch((error: unknown) => log.error('not-applied', { code: toTidekeepError(error).code }))
  }

  recorded(rows: readonly ActivityView[]): void {
    for (const listener of this.#activityListeners) listener(rows)
  }

  #tick(): void {
    if (this.#stopped) return
    this.#noticeQuiet()
    this.#protection.tick(() => this.#signs())
    if (this.#pace.isDue() && this.#statusListeners.size > 0)
      this.#pace.telling(() => {
        const status = this.status()
        for (const listener of this.#statusListeners) listener(status)
      })
    this.#cancelTick = this.#deps.host.clock.after(TICK_MS, () => this.#tick())
  }

  #signs(): ReturnType<Parameters<ProtectionClock['tick']>[0]> {
    const { store, settings, host } = this.#deps
    return [...this.#folders.values()].map(({ settings: folder, pipeline }) => ({
      id: folder.id as FolderId,
      safeUpToMs: safeUpToNow(
        { settings: folder, state: pipeline?.state() },
        { store, settings: settings(), clock: host.clock },
      ),
    }))
  }

  #noticeQuiet(): void {
    const isWorking = [...this.#folders.values()].some(({ pipeline }) => pipeline?.isWorking === true)
    if (!isWorking && this.#wasWorking) this.#pace.changed(true)
    this.#wasWorking = isWorking
    if (isWorking) this.#quietMs = 0
    else if (this.#quietMs !== undefined) this.#quietMs += TICK_MS
    if (this.#quietMs === undefined || this.#quietMs < QUIET_MS) return
    this.#quietMs = undefined
    this.#deps.onQuiet?.()
  }
}

function statusInput(folder: FolderSettings, open: OpenFolder | undefined): FolderStatusInput {
  if (open === undefined) return { settings: folder, state: undefined, isOpening: true }
  const { settings, pipeline, openError } = open
  return { settings, state: pipeline?.state(), ...(openError === undefined ? {} : { openError }) }
}

function notOpen(): TidekeepError {
  return new TidekeepError({
    code: 'unavailable',
    message: engineFailureTexts.runningEngine.theFolderIsNotOpen,
    fix: engineFailureTexts.runningEngine.theFolderIsNotOpenFix,
  })
}
