import { toWireError } from '../../common/client.ts'
import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { FolderId } from '../../common/model.ts'
import type { ThawSpeedName, ThawView } from '../../common/protocol.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { Clock, Log, Notice } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import type { ThawBody, ThawRecord } from '../state/thaw-record.ts'
import type { ThawChange, ThawStore } from '../state/thaw-store.ts'
import type { RestoreRuns } from './runs.ts'
import { askForFiles, lookAtFiles } from './thaw-files.ts'
import type { ReadyThawPlan } from './thaw-plans.ts'
import { isThawOver, thawNotice, thawView } from './thaw-view.ts'
import { thawEstimate } from './thaw.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** What thaws are followed by. */
export interface ThawJobDeps {
  readonly clock: Clock
  readonly log: Log
  readonly notify: (notice: Notice) => void
  readonly thaws: ThawStore
  /** Undefined where it is configured no longer. */
  readonly folder: (id: FolderId) => FolderSettings | undefined
  readonly openTarget: (folder: FolderSettings) => Promise<TargetProvider>
  readonly runs: Pick<RestoreRuns, 'start' | 'ended' | 'cancel'>
}

/** How the copies of a plan are asked for. */
export interface ThawOrder {
  readonly speed: ThawSpeedName
  readonly days: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** After a start, and between two glances at the clock: a computer that slept is not long behind. */
const FIRST_MS = 20_000
const GLANCE_MS = 15 * MINUTE_MS
/** Again where the target is away, and where another restore writes. */
const TROUBLE_MS = 15 * MINUTE_MS
const BUSY_MS = MINUTE_MS
/** A store that is so late does not do it any more. */
const GIVEN_UP_MS = 7 * DAY_MS
/** Ended ones are shown for this long. */
const REMEMBERED_MS = 30 * DAY_MS

/**
 * Thaws over days and restarts, one step at a time: asks, looks rarely until everything is readable, and restores it.
 * What is asked for is never asked for a second time by itself: that would cost a second time.
 */
export class ThawJobs {
  readonly #deps: ThawJobDeps
  #cancelGlance = (): void => undefined
  #turn: Promise<void> = Promise.resolve()
  #current: { readonly id: number; readonly abort: AbortController } | undefined
  #isStopped = false

  constructor(deps: ThawJobDeps) {
    this.#deps = deps
  }

  /** Goes on with what is unfinished. */
  start(): void {
    const { thaws, clock } = this.#deps
    for (const { id, endedAtMs } of thaws.list())
      if (endedAtMs !== undefined && endedAtMs + REMEMBERED_MS < clock.now()) thaws.remove(id)
    this.#glanceAfter(FIRST_MS)
  }

  /** Begins one. Durable when it returns; the store is asked right after. Throws `unsupported` for a speed that some file cannot be had at. */
  request({ folder, request, survey }: ReadyThawPlan, { speed, days }: ThawOrder): ThawView {
    const { thaws, clock } = this.#deps
    const { id: _timeline, ...wish } = request
    const nowMs = clock.now()
    // Nobody says at which speed the others were asked for.
    const longestMs = Math.max(
      thawEstimate(survey.toThaw, speed, undefined).longestMs,
      thawEstimate(survey.underWay, 'bulk', undefined).longestMs,
    )
    const body: ThawBody = {
      wish,
      target: folder.target,
      speed,
      days,
      askedAtMs: nowMs,
      readyByMs: nowMs + longestMs,
      nextLookMs: nowMs,
    }
    const record = thaws.add(folder.id as FolderId, body, [
      // What is readable already is asked for as well: it then lives as long as the rest.
      ...[...survey.toThaw, ...survey.ready].map((file) => ({ ...file, state: 'wanted' as const })),
      ...survey.underWay.map((file) => ({ ...file, state: 'asked' as const })),
    ])
    this.#goOn()
    return this.#view(record)
  }

  list(folderId?: string): readonly ThawView[] {
    return this.#deps.thaws.list(folderId as FolderId | undefined).map((record) => this.#view(record))
  }

  /** Throws `not-found`. */
  cancel(id: number): ThawView {
    const record = this.#find(id)
    if (!isThawOver(record.state)) {
      this.#deps.thaws.change(id, 'cancelled', { endedAtMs: this.#deps.clock.now() })
      if (this.#current?.id === id) this.#current.abort.abort(cancelled())
    }
    return this.#view(this.#find(id))
  }

  /** Throws `locked` for one that is followed. */
  forget(id: number): void {
    const record = this.#deps.thaws.get(id)
    if (record !== undefined && !isThawOver(record.state))
      throw new TidekeepError({
        code: 'locked',
        message: restoreFailureTexts.thawJobs.theseFilesAreStillBeing,
        fix: restoreFailureTexts.thawJobs.theseFilesAreStillBeingFix,
      })
    this.#deps.thaws.remove(id)
  }

  /** Resolves when nothing is under way any more; everything goes on at the next start. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelGlance()
    this.#current?.abort.abort(cancelled())
    await this.#turn
  }

  #find(id: number): ThawRecord {
    const record = this.#deps.thaws.get(id)
    if (record !== undefined) return record
    throw new TidekeepError({ code: 'not-found', message: restoreFailureTexts.thawJobs.thisIsNotKnownAny })
  }

  #view(record: ThawRecord): ThawView {
    return thawView(record, this.#deps.thaws)
  }

  #goOn(): void {
    this.#turn = this.#turn.then(() => this.#glance())
  }

  #glanceAfter(delayMs: number): void {
    this.#cancelGlance()
    if (!this.#isStopped) this.#cancelGlance = this.#deps.clock.after(delayMs, () => this.#goOn())
  }

  /** Whatever is due has its step. Never rejects. */
  async #glance(): Promise<void> {
    const { thaws, clock } = this.#deps
    for (const { id } of thaws.list().toReversed()) {
      // Steps that follow each other at once: asked, looked at, restored.
      for (let record = thaws.get(id); record !== undefined && this.#isDue(record); record = thaws.get(id))
        await this.#step(record)
    }
    const open = thaws.list().filter(({ state }) => !isThawOver(state))
    if (open.length === 0) return
    const nextMs = Math.min(...open.map(({ nextLookMs }) => nextLookMs)) - clock.now()
    this.#glanceAfter(Math.min(GLANCE_MS, Math.max(1000, nextMs)))
  }

  /** A time too far in the future was written before the clock was set back. */
  #isDue({ state, nextLookMs }: ThawRecord): boolean {
    const nowMs = this.#deps.clock.now()
    return !this.#isStopped && !isThawOver(state) && (nextLookMs <= nowMs || nextLookMs > nowMs + DAY_MS)
  }

  async #step(record: ThawRecord): Promise<void> {
    const { id, state } = record
    const abort = new AbortController()
    this.#current = { id, abort }
    try {
      if (state === 'restoring') await this.#restore(record, abort.signal)
      else await this.#withTarget(record, abort.signal)
    } catch (error) {
      if (abort.signal.aborted) return
      const failure = toTidekeepError(error)
      // A place that nothing may be restored into does not become one.
      if (state === 'restoring' && failure.code === 'invalid')
        this.#end(record, 'failed', { error: toWireError(failure) })
      else this.#troubled(record, failure)
    } finally {
      this.#current = undefined
    }
  }

  async #withTarget(record: ThawRecord, signal: AbortSignal): Promise<void> {
    const folder = this.#deps.folder(record.folderId)
    if (folder === undefined || folder.target !== record.target)
      return this.#end(record, 'failed', { error: movedAway() })
    const target = await this.#deps.openTarget(folder)
    try {
      if (record.state === 'asking') await this.#ask(record, target, signal)
      else await this.#look(record, target, signal)
    } finally {
      await target.close().catch(() => undefined)
    }
  }

  async #ask(record: ThawRecord, target: TargetProvider, signal: AbortSignal): Promise<void> {
    const { thaws, clock } = this.#deps
    await askForFiles({ record, target, thaws, signal })
    signal.throwIfAborted()
    const { asked, ready } = thaws.sums(record.id)
    if (asked + ready === 0) return this.#end(record, 'failed', { error: allRefused() })
    // By the clock of now: asking for many takes a while, and may have been cut off for days.
    const waitMs = record.readyByMs - record.askedAtMs
    const nowMs = clock.now()
    thaws.change(record.id, 'waiting', {
      askedAtMs: nowMs,
      readyByMs: nowMs + waitMs,
      nextLookMs: asked === 0 ? nowMs : nowMs + firstLookMs(waitMs),
      trouble: undefined,
    })
  }

  async #look(record: ThawRecord, target: TargetProvider, signal: AbortSignal): Promise<void> {
    const { thaws, clock } = this.#deps
    const readyUntilMs = await lookAtFiles({ record, target, thaws, signal })
    signal.throwIfAborted()
    const { asked, ready } = thaws.sums(record.id)
    const nowMs = clock.now()
    const known = { ...(readyUntilMs === undefined ? {} : { readyUntilMs }), trouble: undefined }
    if (asked > 0) {
      if (nowMs > record.readyByMs + GIVEN_UP_MS) return this.#end(record, 'failed', { error: neverCame() })
      const waitMs = record.readyByMs - record.askedAtMs
      return thaws.change(record.id, 'waiting', { ...known, nextLookMs: nowMs + nextLookMs(waitMs) })
    }
    if (ready === 0) return this.#end(record, 'failed', { error: allRefused() })
    thaws.change(record.id, 'restoring', { ...known, readyAtMs: nowMs, nextLookMs: nowMs })
    this.#tell(record.id)
  }

  async #restore(record: ThawRecord, signal: AbortSignal): Promise<void> {
    const { runs, folder: folderOf, thaws, clock } = this.#deps
    const folder = folderOf(record.folderId)
    if (folder === undefined || folder.target !== record.target)
      return this.#end(record, 'failed', { error: movedAway() })
    const { id: runId } = runs.start(folder, { ...record.wish, id: '' }, false)
    const onAbort = (): void => void runs.cancel(runId)
    signal.addEventListener('abort', onAbort, { once: true })
    const view = await runs.ended(runId).finally(() => signal.removeEventListener('abort', onAbort))
    // Cancelled by whoever stops the program: it goes on at the next start.
    if (signal.aborted) return
    if (view.state === 'cancelled')
      return thaws.change(record.id, 'restoring', { nextLookMs: clock.now() + TROUBLE_MS })
    const { restored, equal, failed, failures } = view
    const done = { restoredFiles: restored + equal, failed, failures: failures.slice(0, 20) }
    if (view.state === 'done') this.#end(record, 'done', done)
    else this.#end(record, 'failed', { ...done, error: view.error! })
  }

  #end({ id }: ThawRecord, state: 'done' | 'failed', change: ThawChange): void {
    const { thaws, clock, log } = this.#deps
    thaws.change(id, state, { ...change, endedAtMs: clock.now(), trouble: undefined })
    log.info('thaw-ended', { state, failed: change.failed ?? 0 })
    this.#tell(id)
  }

  #tell(id: number): void {
    const record = this.#deps.thaws.get(id)
    if (record !== undefined) this.#deps.notify(thawNotice(this.#view(record)))
  }

  /** Nothing is lost by it: the store goes on, and so does this, later. */
  #troubled({ id, state }: ThawRecord, error: TidekeepError): void {
    const { thaws, clock, log } = this.#deps
    const isBusy = state === 'restoring' && error.code === 'locked'
    if (!isBusy) log.warn('thaw-delayed', { code: error.code })
    thaws.change(id, state, {
      nextLookMs: clock.now() + (isBusy ? BUSY_MS : TROUBLE_MS),
      trouble: toWireError(error),
    })
  }
}

/** Copies are seldom there before a quarter of the promised time is over. */
function firstLookMs(longestMs: number): number {
  return Math.min(6 * HOUR_MS, longestMs / 4)
}

/** Twelve looks in the promised time; one a minute at the most, one an hour at the least. */
function nextLookMs(longestMs: number): number {
  return Math.max(MINUTE_MS, Math.min(HOUR_MS, longestMs / 12))
}

const movedAway = () => ({ code: 'not-found', message: restoreFailureTexts.thawJobs.theFolderWasRemovedOr }) as const
const allRefused = () => ({ code: 'unsupported', message: restoreFailureTexts.thawJobs.theStoreGivesNoneOf }) as const
const neverCame = () => {
  const { theStoreDidNotMake: message, theStoreDidNotMakeFix: fix } = restoreFailureTexts.thawJobs
  return { code: 'timeout', message, fix } as const
}

function cancelled(): TidekeepError {
  return new TidekeepError({ code: 'cancelled', message: restoreFailureTexts.thawJobs.thawingWasStopped })
}
