import { toWireError } from '../../common/client.ts'
import { TidekeepError, toTidekeepError } from '../../common/errors.ts'
import type { FolderSettings } from '../../common/settings.ts'
import type { TimelineView } from '../../common/protocol.ts'
import type { Clock, Random } from '../host.ts'
import { readOnly } from '../providers/decorators/read-only.ts'
import type { SourceProvider, TargetProvider } from '../providers/provider.ts'
import type { Records } from './records.ts'
import { openPastByFile } from './by-file/past-by-file.ts'
import type { FolderPast } from './folder-past.ts'
import { readTimeline, type ReadTimelineOptions } from './timeline/read-timeline.ts'
import { wholePast } from './timeline/whole-past.ts'
import { restoreFailureTexts } from './restore-failure-texts.ts'

/** What timelines are read by. */
export interface TimelineDeps {
  readonly clock: Clock
  readonly random: Random
  /** Throws `not-found` for a folder that is not configured. */
  readonly folder: (id: string) => FolderSettings
  readonly openTarget: (folder: FolderSettings) => Promise<TargetProvider>
  readonly recordsOf: (folder: FolderSettings) => Records
}

/** What was read of one folder, for as long as someone looks at it. */
export interface OpenTimeline {
  readonly folder: FolderSettings
  /** For looking only. */
  readonly provider: SourceProvider
  readonly past: FolderPast
}

/** Let go of after this long without a question. */
const IDLE_MS = 15 * 60_000
const MAX_OPEN = 2
/** Files and versions; one that is larger takes hundreds of megabytes and is held alone. */
const LARGE = 500_000

/** The timelines that people look at. At most two, and none that nobody asked about for a quarter of an hour. */
export class Timelines {
  readonly #deps: TimelineDeps
  /** Oldest question first. */
  readonly #open = new Map<string, Reading>()

  constructor(deps: TimelineDeps) {
    this.#deps = deps
  }

  /** Answers what is open of the folder, unless it failed; else begins to read it. */
  open(folderId: string, again: boolean): TimelineView {
    const folder = this.#deps.folder(folderId)
    const known = [...this.#open.values()].find((reading) => reading.folder.id === folderId)
    const isUsable = known !== undefined && !known.hasFailed() && known.folder.target === folder.target
    if (isUsable && !again) return this.#touched(known).view()
    if (known !== undefined) this.#end(known)
    const reading = new Reading(this.#deps, folder)
    this.#open.set(reading.id, reading)
    for (const older of this.#open.values())
      if (older !== reading && (this.#open.size > MAX_OPEN || older.isLarge())) this.#end(older)
    return this.#touched(reading).view()
  }

  /** Throws `not-found`. */
  view(id: string): TimelineView {
    return this.#find(id).view()
  }

  /** Throws `not-found`, and `unavailable` while it is being read. */
  get(id: string): OpenTimeline {
    return this.#find(id).opened()
  }

  /** Throws `not-found`. */
  folderOf(id: string): FolderSettings {
    return this.#find(id).folder
  }

  close(id: string): void {
    const reading = this.#open.get(id)
    if (reading !== undefined) this.#end(reading)
  }

  async closeAll(): Promise<void> {
    const readings = [...this.#open.values()]
    for (const reading of readings) this.#end(reading)
    await Promise.all(readings.map((reading) => reading.ended))
  }

  #find(id: string): Reading {
    const reading = this.#open.get(id)
    if (reading !== undefined) return this.#touched(reading)
    throw new TidekeepError({
      code: 'not-found',
      message: restoreFailureTexts.timelines.whatWasReadOfThis,
      fix: restoreFailureTexts.timelines.whatWasReadOfThisFix,
    })
  }

  #touched(reading: Reading): Reading {
    this.#open.delete(reading.id)
    this.#open.set(reading.id, reading)
    reading.cancelIdle()
    reading.cancelIdle = this.#deps.clock.after(IDLE_MS, () => this.#end(reading))
    return reading
  }

  #end(reading: Reading): void {
    this.#open.delete(reading.id)
    reading.cancelIdle()
    reading.end()
  }
}

/** One folder being read, or read. */
class Reading {
  readonly id: string
  readonly folder: FolderSettings
  cancelIdle = (): void => undefined
  /** Resolves when nothing of it runs any more; never rejects. */
  readonly ended: Promise<void>
  readonly #readAtMs: number
  readonly #abort = new AbortController()
  #found = { files: 0, earlierVersions: 0 }
  #provider: SourceProvider | undefined
  #opened: OpenTimeline | undefined
  #error: TidekeepError | undefined
  #letGo = (): void => undefined

  constructor(deps: TimelineDeps, folder: FolderSettings) {
    this.id = deps.random.hex(8)
    this.folder = folder
    this.#readAtMs = deps.clock.now()
    this.ended = this.#read(deps)
  }

  isLarge(): boolean {
    return this.#found.files + this.#found.earlierVersions > LARGE
  }

  hasFailed(): boolean {
    return this.#error !== undefined
  }

  end(): void {
    this.#abort.abort(
      new TidekeepError({ code: 'cancelled', message: restoreFailureTexts.timelines.readingThisFolderWasEnded }),
    )
    this.#letGo()
  }

  opened(): OpenTimeline {
    if (this.#opened !== undefined) return this.#opened
    throw this.#error ?? stillReading(this.folder)
  }

  view(): TimelineView {
    const base = { id: this.id, folderId: this.folder.id, readAtMs: this.#readAtMs, keepsVersions: true }
    if (this.#error !== undefined) return { ...base, ...this.#found, state: 'failed', error: toWireError(this.#error) }
    if (this.#opened === undefined) {
      const waitMs = this.#provider?.features.askedToWaitMs?.() ?? 0
      return { ...base, ...this.#found, state: 'reading', ...(waitMs === 0 ? {} : { waitMs }) }
    }
    const { past } = this.#opened
    const firstMs = past.firstMs()
    return {
      ...base,
      ...this.#found,
      state: 'ready',
      keepsVersions: past.keepsVersions,
      ...(past.isByFile ? { versionsByFile: true as const } : {}),
      ...(firstMs === undefined ? {} : { firstMs }),
    }
  }

  /** Keeps the target open for looking at versions until it is let go of. */
  async #read(deps: TimelineDeps): Promise<void> {
    const { signal } = this.#abort
    let target: TargetProvider | undefined
    try {
      target = await deps.openTarget(this.folder)
      const provider = readOnly(target)
      this.#provider = provider
      const past = await this.#pastOf(provider, deps)
      signal.throwIfAborted()
      this.#found = past.counts()
      this.#opened = { folder: this.folder, provider, past }
      await new Promise<void>((resolve) => (this.#letGo = resolve))
    } catch (error) {
      this.#error = toTidekeepError(error, this.folder.target)
    } finally {
      this.#opened = undefined
      await target?.close().catch(() => undefined)
    }
  }

  async #pastOf(provider: SourceProvider, deps: TimelineDeps): Promise<FolderPast> {
    const { signal } = this.#abort
    const pause = (): Promise<void> => deps.clock.sleep(0, signal)
    const records = deps.recordsOf(this.folder)
    if (provider.features.children !== undefined) return openPastByFile({ provider, records, signal, pause })
    const onProgress: ReadTimelineOptions['onProgress'] = (found) => (this.#found = found)
    return wholePast(await readTimeline({ provider, records, signal, pause, onProgress }), provider)
  }
}

function stillReading({ target }: FolderSettings): TidekeepError {
  return new TidekeepError({
    code: 'unavailable',
    message: restoreFailureTexts.timelines.whatHoldsIsStillBeing({ target }),
    fix: restoreFailureTexts.timelines.whatHoldsIsStillBeingFix,
  })
}
