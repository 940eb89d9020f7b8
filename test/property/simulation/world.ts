import { listInStretches, scanInStretches } from '../../fakes/in-stretches.ts'
import type { BaselineEntry, Coverage, FolderId, RelPath, SyncMode } from '../../../common/model.ts'
import type { NameFolding } from '../../../common/name-folding.ts'
import { parentOf, ROOT_PATH } from '../../../common/paths.ts'
import { DEFAULT_SETTINGS, type FolderSettings, type Settings } from '../../../common/settings.ts'
import { RunningEngine } from '../../../main/engine/running-engine.ts'
import type { HintBatch, Watcher } from '../../../main/engine/watch/watcher.ts'
import type { Host, Log, Random } from '../../../main/host.ts'
import { intercept } from '../../../main/providers/decorators/intercept.ts'
import { retrying } from '../../../main/providers/decorators/retrying.ts'
import type { Content, TargetProvider } from '../../../main/providers/provider.ts'
import type { Store } from '../../../main/state/store.ts'
import { createBlake3 } from '../../../workers/hash/blake3.ts'
import type { Pool, StableFile } from '../../../workers/tasks.ts'
import type { SimulatedSource } from '../../fakes/simulated-source.ts'
import type { SimulatedState } from '../../fakes/simulated-state.ts'
import type { SimulatedTarget, TargetClient } from '../../fakes/simulated-target.ts'
import { ProcessClock, settled, SteppedTime } from '../../fakes/stepped-time.ts'
import { Violation } from './cells.ts'

/** The one folder of every world. */
export const FOLDER_ID = 'f1' as FolderId

const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const PLACES = { home: '/', config: '/', state: '/', cache: '/', logs: '/', run: '/' }
/** Events that one wait may take; more is a loop. */
const STUCK_STEPS = 60_000

/** A fault built in between the engine and what it stands on, to see that the simulation notices it. */
export interface WorldVariant {
  readonly provider?: (target: TargetProvider) => TargetProvider
  readonly settings?: Partial<Settings>
}

/** How a world begins. */
export interface WorldOptions {
  readonly mode: SyncMode
  readonly random: Random
  readonly settings: Partial<Settings>
  readonly abilities: TargetClient['abilities']
  readonly state: SimulatedState
  /** Which names the target takes for one; none unless told. */
  readonly nameFolding?: NameFolding
  /** The target holds objects, as a bucket does. */
  readonly isFlat?: boolean
  readonly variant?: WorldVariant
  readonly keepsTrace?: boolean
}

/** How the process may end. */
export type Crash = 'kill' | 'power-cut' | 'lose-state' | 'restore-state'

/** One run of the program. */
export interface Process {
  readonly clock: ProcessClock
  readonly engine: RunningEngine
  readonly store: Store
  readonly watcher: HintingWatcher
  /** The target as this process speaks to it, retries included. */
  readonly target: TargetProvider
}

/** A whole installation in one thread: the real engine and the real state over a simulated folder, target and clock. */
export abstract class SimulatedWorld<Options extends WorldOptions> {
  readonly time = new SteppedTime()
  abstract readonly source: SimulatedSource
  abstract readonly target: SimulatedTarget
  readonly options: Options
  crashes = 0
  /** Actions queued since this was last set to 0. */
  planned = 0
  #boots = 1
  #process: Process | undefined

  constructor(options: Options) {
    this.options = options
  }

  /** Throws what was seen to be wrong so far. */
  abstract check(): void
  protected abstract trace(line: string): void
  /** The state with whoever judges what is written to it, and a variant's faults. */
  protected abstract opened(store: Store): Store
  /** The power goes: what is not durable on either side may be gone. */
  protected abstract losePower(): Promise<void>

  get process(): Process {
    return this.#process!
  }

  get isRunning(): boolean {
    return this.#process !== undefined
  }

  draw = (count: number): number => Math.floor(this.options.random.next() * count)

  async start(): Promise<void> {
    const clock = new ProcessClock(this.time)
    const { random, state } = this.options
    const host: Host = { clock, random, paths: PLACES, notify: () => undefined, log: SILENT }
    const store = this.opened(await state.open({ clock, log: SILENT, bootId: `boot ${this.#boots}` }))
    const watcher = new HintingWatcher()
    const pause = (): Promise<void> => clock.sleep(this.draw(12))
    const settings = this.#settings()
    const target = this.#provider(clock, host)
    const source = this.sourceOf(clock)
    const engine = new RunningEngine({
      host,
      store,
      pool: this.#pool(pause),
      version: 'simulated',
      settings: () => settings,
      openTarget: async () => listInStretches(target),
      ...(source === undefined ? {} : { openSource: async () => source }),
      openScanner: () =>
        scanInStretches(
          this.source.scanner((what) => {
            this.trace(what)
            this.looked(what)
            return pause()
          }),
        ),
      openWatcher: () => watcher,
    })
    store.queue.recover()
    this.#process = { clock, engine, store, watcher, target }
    await this.drive(engine.applySettings())
  }

  /** The process ends in the middle of whatever it does, and starts again. */
  async crash(how: Crash): Promise<void> {
    this.crashes++
    this.trace(how)
    this.process.clock.kill()
    const { state } = this.options
    if (how === 'kill') state.kill()
    else if (how === 'lose-state') state.lose()
    else if (how === 'restore-state') state.restoreCopy()
    else {
      this.#boots++
      state.powerCut(this.draw)
      await this.losePower()
    }
    await this.start()
    this.restarted()
    this.check()
  }

  /** The process is asked to end, does, and starts again. */
  async restart(now: boolean): Promise<void> {
    const { engine, clock } = this.process
    await this.drive(engine.stop({ now }))
    clock.kill()
    this.options.state.kill()
    await this.start()
  }

  /** What a person wants the other side to keep as it is. */
  refused(): ReadonlySet<RelPath> {
    const jobs = this.process.store.queue.list({ folderId: FOLDER_ID, state: 'refused', limit: 10_000 })
    return new Set(jobs.map(({ action }) => action.path))
  }

  mount(as: SimulatedSource['mount']): void {
    this.trace(`mount ${as}`)
    this.source.mount = as
  }

  lock(path: RelPath): void {
    this.source.locked.add(path)
  }

  askForSync(): void {
    void this.process.engine.syncNow()
  }

  decide(approve: boolean): void {
    void this.process.engine.decide(FOLDER_ID, approve ? 'approve' : 'keep')
  }

  keepCopyOfState(): void {
    this.options.state.keepCopy()
  }

  /** Lets `durationMs` go by. */
  async pass(durationMs: number): Promise<void> {
    const untilMs = this.time.nowMs + durationMs
    let steps = 0
    await settled()
    while (await this.time.step(untilMs)) {
      this.check()
      if (++steps > STUCK_STEPS) throw new Violation('I19', 'it never stops asking')
    }
    this.time.nowMs = untilMs
  }

  /** Everything is looked at, and what is found is carried out. */
  syncNow(): Promise<void> {
    return this.drive(this.process.engine.syncNow())
  }

  known(): readonly BaselineEntry[] {
    return this.process.store.baseline.page(FOLDER_ID, ROOT_PATH, undefined, 10_000)
  }

  close(): void {
    this.#process?.clock.kill()
    this.options.state.close()
  }

  /** The source as somewhere to write, for a process with this clock. */
  protected sourceOf(_clock: ProcessClock): TargetProvider | undefined {
    return undefined
  }

  /** The engine looks at the source: `scan /`, `stat a/b`. */
  protected looked(_what: string): void {
    // Only some worlds go by it.
  }

  /** After a crash, before anything else happens. */
  protected restarted(): void {
    // Only some worlds judge it.
  }

  get folderSettings(): FolderSettings {
    return {
      id: FOLDER_ID,
      name: 'source',
      path: '/source',
      target: 'memory:simulated',
      mode: this.options.mode,
      paused: false,
      ignore: [],
    }
  }

  /** Lets time go on until the work is done. */
  protected async drive(work: Promise<unknown>): Promise<void> {
    const end: { isDone: boolean; failure?: unknown } = { isDone: false }
    work.then(
      () => (end.isDone = true),
      (failure: unknown) => Object.assign(end, { isDone: true, failure }),
    )
    await settled()
    for (let steps = 0; !end.isDone; steps++) {
      if (steps > STUCK_STEPS) throw new Violation('I19', 'it never ends')
      if (!(await this.time.step())) throw new Violation('I19', 'nothing is left that it could wait for')
      this.check()
    }
    if (end.failure !== undefined) throw end.failure as Error
  }

  #settings(): Settings {
    const { settings, variant } = this.options
    return { ...DEFAULT_SETTINGS, ignore: [], ...settings, ...variant?.settings, folders: [this.folderSettings] }
  }

  /** As a product opens it: the retry layer around the target. Content is read from the simulated folder. */
  #provider(clock: ProcessClock, host: Host): TargetProvider {
    const { abilities, variant } = this.options
    const connected = this.target.connect({ clock, abilities })
    const retried = retrying(variant?.provider?.(connected) ?? connected, host)
    const read = (content: Content): Content =>
      content.file === undefined
        ? content
        : { size: content.size, open: () => this.#bytes(content.file!, () => clock.sleep(this.draw(8))) }
    const putBatch = retried.features.putBatch?.bind(retried.features)
    return intercept(retried, {
      put: (path, content, options) => retried.put(path, read(content), options),
      ...(putBatch === undefined
        ? {}
        : {
            abilities: {
              putBatch: (items, options) =>
                putBatch(
                  items.map((item) => ({ ...item, content: read(item.content) })),
                  options,
                ),
            },
          }),
    })
  }

  #pool(pause: () => Promise<void>): Pool {
    const hashed = async (file: StableFile): Promise<string> => {
      const hasher = createBlake3()
      for await (const piece of this.#bytes(file, pause)) hasher.update(piece)
      return hasher.digestHex()
    }
    const run = async (name: string, params: StableFile | readonly StableFile[]): Promise<unknown> => {
      if (name === 'sampleFiles') return []
      if (name === 'hashFile') return hashed(params as StableFile)
      if (name !== 'hashFiles') throw new Error(`the simulation does not know the task ${name}`)
      return Promise.all((params as readonly StableFile[]).map((file) => hashed(file).catch(() => undefined)))
    }
    return { run: run as Pool['run'], close: async () => undefined }
  }

  async *#bytes(file: StableFile, pause: () => Promise<void>): AsyncGenerator<Uint8Array> {
    for await (const piece of this.source.read(file, pause)) yield Buffer.from(piece)
  }
}

/** A watcher that passes on what it is told. */
export class HintingWatcher implements Watcher {
  readonly coverage: Coverage = { kind: 'live' }
  readonly #batches: HintBatch[] = []
  #wake: () => void = () => undefined

  hint(paths: ReadonlyMap<RelPath, boolean>, overflow: boolean): void {
    const hints = [...paths].map(([path, recursive]) => ({ path, recursive, cause: 'watch' as const }))
    this.#batches.push({ hints: overflow ? [] : hints, overflow, acknowledge: () => undefined })
    this.#wake()
  }

  async *batches(signal: AbortSignal): AsyncGenerator<HintBatch> {
    signal.addEventListener('abort', () => this.#wake())
    while (!signal.aborted) {
      const batch = this.#batches.shift()
      if (batch !== undefined) yield batch
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  onCoverageChange(): () => void {
    return () => undefined
  }
}

/** As a watcher tells of a change: what was named with everything below it, and each directory above. */
export function hintsOf(paths: readonly RelPath[]): ReadonlyMap<RelPath, boolean> {
  const hints = new Map<RelPath, boolean>()
  for (const path of paths) {
    for (let parent = parentOf(path); parent !== ROOT_PATH; parent = parentOf(parent))
      if (!hints.has(parent)) hints.set(parent, false)
    hints.set(path, true)
  }
  return hints
}
