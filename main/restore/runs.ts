import { existsSync } from 'node:fs'
import { toWireError } from '../../common/client.ts'
import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { RelPath } from '../../common/model.ts'
import { isWithin, ROOT_PATH } from '../../common/paths.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { RestoreRequest, RestoreRunView } from '../../common/protocol.ts'
import type { DeltaDownloads } from '../delta/delta-download.ts'
import type { Clock, Log, Random } from '../host.ts'
import type { TargetProvider } from '../providers/provider.ts'
import { freeNames, renamedDestination, type Renamed } from './beside.ts'
import type { Destination } from './destination.ts'
import { openLocalDestination } from './local-destination.ts'
import type { PastHold } from './past-use.ts'
import type { Records } from './records.ts'
import { localStamp } from './restore-file.ts'
import { restore, type RestoreResult } from './restore.ts'
import { inRounds, type ChangesSince } from './rounds.ts'
import { outcomeOf, RunProgress } from './run-view.ts'
import { selectedBy } from './selected.ts'
import type { Archived } from './thaw.ts'
import { ToldVersions, type Told } from './told-versions.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** What restores are carried out by. */
export interface RunDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly openTarget: (folder: FolderSettings) => Promise<TargetProvider>
  readonly recordsOf: (folder: FolderSettings) => Records
  /** Lets a restore fetch only what a file in its place does not hold already. */
  readonly openDelta: (target: TargetProvider) => DeltaDownloads | undefined
  /** Remembers how far the passes of the folder are. */
  readonly markChanges: (folder: FolderSettings) => ChangesSince
  /** Throws `invalid` for a directory that nothing may be restored into. */
  readonly checkDirectory: (folder: FolderSettings, directory: string) => void
  /** Keeps what the folder's target keeps from being let go of, until what it returns is called; left out: nobody lets it go. */
  readonly holdPast?: (folder: FolderSettings) => PastHold
}

/** A restore that was planned, and what of it lies in an archive class. */
export interface PlannedRestore {
  readonly folder: FolderSettings
  readonly request: RestoreRequest
  readonly archived: readonly Archived[]
}

/** Ended runs can be asked about for this long. */
const REMEMBERED_MS = 60 * 60_000
/** Plans under way at once; a further one ends the oldest. */
const MAX_PLANS = 4

/** Plans and restores, one restore at a time. */
export class RestoreRuns {
  readonly #deps: RunDeps
  readonly #runs = new Map<string, Run>()
  readonly #told: ToldVersions

  constructor(deps: RunDeps) {
    this.#deps = deps
    this.#told = new ToldVersions(deps.clock)
  }

  /** Throws `invalid`, `not-found` for a folder in place that is not there, `locked` while another restore writes. */
  start(folder: FolderSettings, request: RestoreRequest, isPlan: boolean): RestoreRunView {
    const running = [...this.#runs.values()].filter((run) => !run.isOver && run.isPlan === isPlan)
    if (!isPlan && running.length > 0) throw alreadyRestoring()
    if (isPlan && running.length >= MAX_PLANS) running[0]!.cancel()
    const directory = this.check(folder, request)
    const past = this.#deps.holdPast?.(folder)
    const run = new Run({
      deps: this.#deps,
      folder,
      request,
      isPlan,
      directory,
      told: this.#told.of(folder),
      ...(past === undefined ? {} : { past }),
    })
    this.#runs.set(run.id, run)
    void run.ended.then(() => past?.release())
    void run.ended.then(() => this.#deps.clock.after(REMEMBERED_MS, () => this.#runs.delete(run.id)))
    return run.view()
  }

  /** Where a request would write. Throws what `start` throws of the request itself. */
  check(folder: FolderSettings, request: RestoreRequest): string {
    const directory = directoryFor(folder, request)
    this.#deps.checkDirectory(folder, directory)
    return directory
  }

  /** Throws `not-found`. */
  view(id: string): RestoreRunView {
    return this.#find(id).view()
  }

  /** What a plan that is done found archived. Throws `not-found`, and `unavailable` for one that is not done. */
  planned(id: string): PlannedRestore {
    return this.#find(id).planned()
  }

  /** How it ended. Throws `not-found`. */
  async ended(id: string): Promise<RestoreRunView> {
    const run = this.#find(id)
    await run.ended
    return run.view()
  }

  /** Throws `not-found`. */
  cancel(id: string): RestoreRunView {
    const run = this.#find(id)
    run.cancel()
    return run.view()
  }

  async cancelAll(): Promise<void> {
    for (const run of this.#runs.values()) run.cancel()
    this.#told.forget()
    await Promise.all([...this.#runs.values()].map((run) => run.ended))
  }

  #find(id: string): Run {
    const run = this.#runs.get(id)
    if (run !== undefined) return run
    throw new TidekeepError({ code: 'not-found', message: restoreFailureTexts.runs.thisRestoreEndedLongAgo })
  }
}

interface RunParts {
  readonly deps: RunDeps
  readonly folder: FolderSettings
  readonly request: RestoreRequest
  readonly isPlan: boolean
  readonly directory: string
  readonly told: Told
  readonly past?: PastHold
}

class Run {
  readonly id: string
  readonly isPlan: boolean
  /** Resolves when nothing of it runs any more; never rejects. */
  readonly ended: Promise<void>
  readonly #parts: RunParts
  readonly #abort = new AbortController()
  readonly #progress = new RunProgress()
  readonly #rounds: RestoreResult[] = []
  readonly #archived: Archived[] = []
  #isUnsettled = false
  #renamed: readonly Renamed[] = []
  #error: TidekeepError | undefined
  #isOver = false

  constructor(parts: RunParts) {
    this.#parts = parts
    this.id = parts.deps.random.hex(8)
    this.isPlan = parts.isPlan
    this.ended = this.#carryOut()
  }

  get isOver(): boolean {
    return this.#isOver
  }

  cancel(): void {
    if (!this.#isOver)
      this.#abort.abort(
        new TidekeepError({ code: 'cancelled', message: restoreFailureTexts.runs.theRestoreWasCancelled }),
      )
  }

  planned(): PlannedRestore {
    const { folder, request } = this.#parts
    if (this.isPlan && this.#isOver && this.#error === undefined) return { folder, request, archived: this.#archived }
    throw new TidekeepError({ code: 'unavailable', message: restoreFailureTexts.runs.whatWouldBeRestoredIs })
  }

  view(): RestoreRunView {
    const { isCounted, ...progress } = this.#progress.view()
    return {
      id: this.id,
      isPlan: this.isPlan,
      state: this.#state(isCounted),
      directory: this.#parts.directory,
      ...progress,
      ...outcomeOf(this.#rounds),
      isUnsettled: this.#isUnsettled,
      renamed: this.#renamed.map(({ path, to }) => ({ path, to })),
      ...(this.#error === undefined ? {} : { error: toWireError(this.#error) }),
    }
  }

  #state(isCounted: boolean): RestoreRunView['state'] {
    if (!this.#isOver) return isCounted ? 'running' : 'counting'
    if (this.#abort.signal.aborted) return 'cancelled'
    return this.#error === undefined ? 'done' : 'failed'
  }

  async #carryOut(): Promise<void> {
    const { deps, folder, directory, past } = this.#parts
    const destination = openLocalDestination(directory)
    let target: TargetProvider | undefined
    try {
      await past?.ready
      target = await deps.openTarget(folder)
      await this.#inRounds(target, await this.#placed(destination))
      // What was written is durable only now.
      await destination.close()
      if (this.#rounds[0]!.isEmpty && !this.#abort.signal.aborted) throw nothingThere(folder)
    } catch (error) {
      this.#error = toTidekeepError(error, directory)
    } finally {
      await Promise.allSettled([destination.close(), target?.close()])
      this.#isOver = true
      this.#logEnd()
    }
  }

  /** Counts, never names. */
  #logEnd(): void {
    const { deps, folder, isPlan } = this.#parts
    if (isPlan) return
    const { state, restored, replaced, failed } = this.view()
    deps.log.info('restore ended', { folder: folder.id, state, restored, replaced, failed })
  }

  async #placed(destination: Destination): Promise<Destination> {
    const { request, deps } = this.#parts
    if (request.to.kind !== 'beside') return destination
    const { atMs } = request
    const label =
      atMs === undefined ? `restored ${localStamp(new Date(deps.clock.now()))}` : `as of ${localStamp(new Date(atMs))}`
    this.#renamed = await freeNames(destination, request.paths as readonly RelPath[], label)
    return renamedDestination(destination, this.#renamed)
  }

  async #inRounds(target: TargetProvider, destination: Destination): Promise<void> {
    const { deps, folder, request, isPlan } = this.#parts
    this.#isUnsettled = await inRounds(request.paths as readonly RelPath[], {
      mark: () => deps.markChanges(folder),
      restore: async (paths) => void this.#rounds.push(await this.#restore(target, destination, paths)),
      // A plan is an estimate, and a version of its own does not change.
      goesOn: () => !isPlan && request.token === undefined && !this.#abort.signal.aborted,
      isOpen: (path) => this.#isOpen(path),
      onAgain: (paths) => this.#progress.forget(paths),
    })
  }

  /** It was asked for, and is not back yet. */
  #isOpen(path: RelPath): boolean {
    const { paths } = this.#parts.request
    return paths.some((wanted) => isWithin(path, wanted as RelPath)) && !this.#progress.hasMade(path)
  }

  async #restore(target: TargetProvider, destination: Destination, paths: readonly RelPath[]): Promise<RestoreResult> {
    const { deps, folder, request, isPlan, told } = this.#parts
    const { token, atMs, last } = request
    const { signal } = this.#abort
    const records = deps.recordsOf(folder)
    const delta = isPlan ? undefined : deps.openDelta(target)
    return restore({
      provider: target,
      destination,
      records,
      path: ROOT_PATH,
      selected: await selectedBy({
        provider: target,
        paths,
        token,
        atMs,
        last,
        records,
        pause: () => deps.clock.sleep(0),
        told,
        signal,
      }),
      dryRun: isPlan,
      overwrite: true,
      ...(delta === undefined ? {} : { delta }),
      clock: deps.clock,
      stop: signal,
      kill: signal,
      onEvent: this.#progress.onEvent,
      ...(isPlan
        ? { onArchived: (entry, kept) => void this.#archived.push(kept === undefined ? { entry } : { entry, kept }) }
        : {}),
    })
  }
}

/** Where a request writes. Throws `invalid`, and `not-found` where the folder itself is away: its disk may not be connected. */
function directoryFor({ path }: FolderSettings, request: RestoreRequest): string {
  const { to, paths } = request
  if (saysTwice(request))
    throw new TidekeepError({ code: 'invalid', message: restoreFailureTexts.runs.aVersionIsOfOne })
  if (to.kind === 'directory') return to.path
  if (to.kind === 'beside' && paths.includes(''))
    throw new TidekeepError({
      code: 'invalid',
      message: restoreFailureTexts.runs.aWholeFolderCannotBe,
      fix: restoreFailureTexts.runs.aWholeFolderCannotBeFix,
    })
  if (existsSync(path)) return path
  throw new TidekeepError({
    code: 'not-found',
    message: restoreFailureTexts.runs.theFolderIsNotThere({ path }),
    path,
    fix: restoreFailureTexts.runs.theFolderIsNotThereFix,
  })
}

/** A moment, a version and the last of everything exclude each other. */
function saysTwice({ token, atMs, last, paths }: RestoreRequest): boolean {
  const ways = [token !== undefined, atMs !== undefined, last === true].filter(Boolean).length
  return ways > 1 || (token !== undefined && paths.length !== 1)
}

function alreadyRestoring(): TidekeepError {
  return new TidekeepError({
    code: 'locked',
    message: restoreFailureTexts.runs.anotherRestoreIsUnderWay,
    fix: restoreFailureTexts.runs.anotherRestoreIsUnderWayFix,
  })
}

function nothingThere({ target }: FolderSettings): TidekeepError {
  return new TidekeepError({
    code: 'not-found',
    message: restoreFailureTexts.runs.hasNothingOfWhatWas({ target }),
    fix: restoreFailureTexts.runs.hasNothingOfWhatWasFix,
  })
}
