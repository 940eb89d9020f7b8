import type { BaselineEntry, Coverage, FolderId, RelPath, SyncMode } from '../../../common/model.ts'
import { DISTINCT_NAMES, isFolding, type NameFolding } from '../../../common/name-folding.ts'
import { parentOf, ROOT_PATH } from '../../../common/paths.ts'
import type { FolderView } from '../../../common/protocol.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../../common/settings.ts'
import { RunningEngine } from '../../../main/engine/running-engine.ts'
import type { HintBatch, Watcher } from '../../../main/engine/watch/watcher.ts'
import type { Host, Log, Random } from '../../../main/host.ts'
import { retrying } from '../../../main/providers/decorators/retrying.ts'
import { intercept } from '../../../main/providers/decorators/intercept.ts'
import type { Content, TargetProvider } from '../../../main/providers/provider.ts'
import type { PlannedAction, Store } from '../../../main/state/store.ts'
import { createBlake3 } from '../../../workers/hash/blake3.ts'
import type { Pool, StableFile } from '../../../workers/tasks.ts'
import type { Edit } from '../../fakes/model-source.ts'
import { SimulatedSource, type SourceVariant } from '../../fakes/simulated-source.ts'
import type { SimulatedState } from '../../fakes/simulated-state.ts'
import { SimulatedTarget, UNLIKE_ANY, type TargetClient, type TargetVariant } from '../../fakes/simulated-target.ts'
import { ProcessClock, settled, SteppedTime } from '../../fakes/stepped-time.ts'
import { Violation } from './cells.ts'
import { EngineOracle } from './engine-oracle.ts'
import { observedStore } from './observed-store.ts'
import type { Meddling } from './steps.ts'
import { ToldRenames } from './told-renames.ts'

const ID = 'f1' as FolderId
const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const PLACES = { home: '/', config: '/', state: '/', cache: '/', logs: '/', run: '/' }
/** Events that one wait may take; more is a loop. */
const STUCK_STEPS = 60_000
/** The halves of a rename are told at most so far apart: less than what is missing waits. */
const MOST_APART_MS = 4_500

/** A fault built into the engine on purpose, to see that the simulation notices it. */
export interface EngineVariant {
  readonly source?: SourceVariant
  readonly target?: TargetVariant
  readonly store?: (store: Store, world: EngineWorld) => Store
  readonly provider?: (target: TargetProvider) => TargetProvider
  readonly settings?: Partial<Settings>
  /** What was running when the process ended is not queued again. */
  readonly skipsRecovery?: true
}

/** How a world begins. */
export interface EngineOptions {
  readonly mode: SyncMode
  readonly random: Random
  readonly settings: Partial<Settings>
  readonly abilities: TargetClient['abilities']
  readonly state: SimulatedState
  /** Which names the target takes for one; none unless told. */
  readonly nameFolding?: NameFolding
  readonly variant?: EngineVariant
  readonly keepsTrace?: boolean
}

interface Process {
  readonly clock: ProcessClock
  readonly engine: RunningEngine
  readonly store: Store
  readonly watcher: HintingWatcher
}

/** A whole installation in one thread: the real engine and the real state over a simulated folder, target and clock. */
export class EngineWorld {
  readonly time = new SteppedTime()
  readonly source: SimulatedSource
  readonly target: SimulatedTarget
  readonly oracle: EngineOracle
  readonly options: EngineOptions
  crashes = 0
  /** When the last full pass that ended began to look, and the last one that looked at the target, too. */
  #lookedAtMs = Number.NEGATIVE_INFINITY
  #comparedAtMs = Number.NEGATIVE_INFINITY
  #scanAtMs = Number.NEGATIVE_INFINITY
  /** Actions queued since this was last set to 0. */
  planned = 0
  /** Full passes that ended well since this was last set to 0. */
  reconciles = 0
  readonly #state: SimulatedState
  readonly #renames = new ToldRenames()
  #anyScanAtMs = Number.NEGATIVE_INFINITY
  #isWholeScan = false
  #boots = 1
  #process: Process | undefined

  constructor(options: EngineOptions) {
    this.options = options
    this.#state = options.state
    const { variant = {}, mode, keepsTrace = false, nameFolding = DISTINCT_NAMES } = options
    this.source = new SimulatedSource(variant.source)
    this.oracle = new EngineOracle({
      mode,
      source: this.source,
      nowMs: () => this.time.nowMs,
      keepsTrace,
      folding: nameFolding,
    })
    this.target = new SimulatedTarget({
      time: this.time,
      random: options.random,
      witness: this.oracle,
      nameFolding,
      ...(variant.target === undefined ? {} : { variant: variant.target }),
    })
  }

  get process(): Process {
    return this.#process!
  }

  draw = (count: number): number => Math.floor(this.options.random.next() * count)

  async start(): Promise<void> {
    const clock = new ProcessClock(this.time)
    const { random, variant = {} } = this.options
    const host: Host = { clock, random, paths: PLACES, notify: () => undefined, log: SILENT }
    const opened = observedStore(await this.#state.open({ clock, log: SILENT, bootId: `boot ${this.#boots}` }), this)
    const store = variant.store?.(opened, this) ?? opened
    const watcher = new HintingWatcher()
    const pause = (): Promise<void> => clock.sleep(this.draw(12))
    const settings = this.#settings()
    const provider = this.#provider(clock, host)
    const engine = new RunningEngine({
      host,
      store,
      pool: this.#pool(pause),
      version: 'simulated',
      settings: () => settings,
      openTarget: async () => provider,
      openScanner: () =>
        this.source.scanner((what) => {
          this.oracle.trace(what)
          if (what === 'scan /') this.#scanAtMs = this.time.nowMs
          if (what.startsWith('scan ')) this.#noteScan(what)
          return pause()
        }),
      openWatcher: () => watcher,
    })
    if (variant.skipsRecovery !== true) store.queue.recover()
    this.#process = { clock, engine, store, watcher }
    this.#renames.forget()
    await this.#drive(engine.applySettings())
  }

  #noteScan(what: string): void {
    if (what === 'scan on') return
    this.#anyScanAtMs = this.time.nowMs
    this.#isWholeScan = what === 'scan /'
  }

  /** A full pass ended. */
  reconciled(hasCompared: boolean): void {
    this.reconciles++
    this.#lookedAtMs = this.#scanAtMs
    // Beside an empty mount point there is nothing to compare with.
    if (hasCompared && this.source.mount === 'mounted') this.#comparedAtMs = this.#scanAtMs
  }

  edit(edit: Edit): void {
    const before = this.source.paths
    this.source.apply(edit)
    const after = this.source.paths
    const paths = edit.kind === 'rename' ? [edit.path, edit.to] : [edit.path]
    this.oracle.trace(`edit ${JSON.stringify(edit)}`)
    this.#renames.vanished(
      before.filter((path) => !after.includes(path)),
      this.time.nowMs,
    )
    this.oracle.edited([...new Set([...before, ...after])].filter((path) => paths.some((each) => isBelow(path, each))))
    // A watcher is slow, forgets, sometimes knows only that it forgot, and may tell the halves of a rename apart.
    const luck = this.draw(10)
    if (luck === 0) return
    const { process } = this
    const told = edit.kind === 'rename' && luck > 4 ? paths.map((path) => [path]) : [paths]
    const delaysMs = told.map(() => 200 + this.draw(told.length > 1 ? MOST_APART_MS : 2_000))
    for (const [at, each] of told.entries())
      this.time.after(delaysMs[at]!, () => process.watcher.hint(hintsOf(each), luck === 1))
    const canBeSeen = this.source.locked.size === 0 && this.source.mount === 'mounted'
    if (edit.kind === 'rename' && luck > 1 && canBeSeen)
      this.#renames.told(edit, this.time.nowMs + Math.max(...delaysMs))
  }

  checkMoves(planned: readonly PlannedAction[]): void {
    // Where names are one at the target, what has another name may give way to its twin, and is not looked at.
    if (isFolding(this.options.nameFolding ?? DISTINCT_NAMES)) return
    if (this.#isWholeScan || this.source.locked.size > 0 || this.source.mount !== 'mounted') return
    const { store } = this.process
    const isKnown = (path: RelPath): boolean => store.baseline.get(ID, path) !== undefined
    const taken = this.#renames.takenForDeleted(planned, { untilMs: this.#anyScanAtMs, source: this.source, isKnown })
    if (taken !== undefined) this.oracle.tookForDeleted(taken.path, taken.moved)
  }

  /** What lies below the path cannot be read from now on: it may be where something went. */
  lock(path: RelPath): void {
    this.source.locked.add(path)
    this.#renames.forget()
  }

  async meddle({ path, what }: Meddling): Promise<void> {
    const same = this.source.files.get(path)
    const content = what === 'remove' ? undefined : what === 'put-same' && same !== undefined ? same : UNLIKE_ANY
    if (await this.target.meddle(path, content)) {
      this.oracle.trace(`meddle ${what} ${path}`)
      this.oracle.meddled(path)
    }
  }

  /** The process ends in the middle of whatever it does, and starts again. */
  async crash(how: 'kill' | 'power-cut' | 'lose-state' | 'restore-state'): Promise<void> {
    this.crashes++
    this.oracle.trace(how)
    this.process.clock.kill()
    if (how === 'kill') this.#state.kill()
    else if (how === 'lose-state') this.#state.lose()
    else if (how === 'restore-state') this.#state.restoreCopy()
    else {
      this.#boots++
      this.#state.powerCut(this.draw)
      await this.target.powerCut()
      const before = this.source.files
      this.source.powerCut(this.draw)
      this.oracle.touched([...before.keys(), ...this.source.paths])
      this.oracle.powerCut(before)
    }
    await this.start()
    this.oracle.restarted(this.known(), this.target)
    this.check()
  }

  /** The process is asked to end, does, and starts again. */
  async restart(now: boolean): Promise<void> {
    const { engine, clock } = this.process
    await this.#drive(engine.stop({ now }))
    clock.kill()
    this.#state.kill()
    await this.start()
  }

  /** A person decides about what the guard holds. */
  decide(approve: boolean): void {
    const { store, engine } = this.process
    const held = store.queue.list({ folderId: ID, state: 'held', limit: 10_000 })
    const paths = held.map(({ action }) => action.path)
    if (approve) this.oracle.approved(paths)
    // Kept for good is forgotten here: what the source has there is found anew by the next look.
    else this.oracle.edited(held.filter(({ action }) => action.kind === 'delete').map(({ action }) => action.path))
    void engine.decide(ID, approve ? 'approve' : 'keep')
  }

  /** What a person wants the target to keep as it is. */
  refused(): readonly RelPath[] {
    const { store } = this.process
    return store.queue.list({ folderId: ID, state: 'refused', limit: 10_000 }).map(({ action }) => action.path)
  }

  /** The disk of the source comes or goes: the folder is not what it was for any path in it. */
  mount(as: SimulatedSource['mount']): void {
    this.oracle.trace(`mount ${as}`)
    this.source.mount = as
    this.#renames.forget()
    this.oracle.touched(this.source.paths)
  }

  keepCopyOfState(): void {
    this.#state.keepCopy()
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
    return this.#drive(this.process.engine.syncNow())
  }

  /** As `syncNow`, beside everything else; when it is done, the look it asked for has begun since. */
  askForSync(): void {
    const askedMs = this.time.nowMs
    const { clock, engine } = this.process
    const told = async (): Promise<void> => {
      await engine.syncNow()
      if (!clock.isDead && this.folder().state === 'protected') this.oracle.lookedSince(askedMs, this.#scanAtMs)
    }
    void told()
  }

  folder(): FolderView {
    return this.process.engine.status().folders[0]!
  }

  known(): readonly BaselineEntry[] {
    return this.process.store.baseline.page(ID, ROOT_PATH, undefined, 10_000)
  }

  /** Throws what the oracle saw; asks whether "protected" is true. */
  check(): void {
    if (this.time.steps % 16 === 0) this.checkStatus()
    if (this.oracle.violation !== undefined) throw this.oracle.violation
  }

  checkStatus(): void {
    if (this.#process === undefined || this.process.clock.isDead || this.source.mount !== 'mounted') return
    if (this.folder().state !== 'protected') return
    const known = new Set(this.known().map(({ path }) => path))
    const since = { editedMs: this.#lookedAtMs, meddledMs: this.#comparedAtMs }
    const refused = new Set(this.refused())
    this.oracle.saidProtected(since, this.target, (path) => (refused.has(path) ? 'refused' : known.has(path)))
    if (this.oracle.violation !== undefined) throw this.oracle.violation
  }

  close(): void {
    this.#process?.clock.kill()
    this.#state.close()
  }

  async #drive(work: Promise<void>): Promise<void> {
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
    const folder = {
      id: ID,
      name: 'source',
      path: '/source',
      target: 'memory:simulated',
      mode: this.options.mode,
      paused: false,
      ignore: [],
    }
    return {
      ...DEFAULT_SETTINGS,
      ignore: [],
      ...this.options.settings,
      ...this.options.variant?.settings,
      folders: [folder],
    }
  }

  /** As a product opens it: the retry layer around the target. Content is read from the simulated folder. */
  #provider(clock: ProcessClock, host: Host): TargetProvider {
    const { abilities, variant } = this.options
    const connected = this.target.connect({ clock, abilities })
    const retried = retrying(variant?.provider?.(connected) ?? connected, host)
    const read = (content: Content): Content => ({
      size: content.size,
      open: () => this.#bytes(content.file!, () => clock.sleep(this.draw(8))),
    })
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
    const run = async (name: string, file: StableFile): Promise<unknown> => {
      if (name === 'sampleFiles') return []
      if (name !== 'hashFile') throw new Error(`the simulation does not know the task ${name}`)
      const hasher = createBlake3()
      for await (const piece of this.#bytes(file, pause)) hasher.update(piece)
      return hasher.digestHex()
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
function hintsOf(paths: readonly RelPath[]): ReadonlyMap<RelPath, boolean> {
  const hints = new Map<RelPath, boolean>()
  for (const path of paths) {
    for (let parent = parentOf(path); parent !== ROOT_PATH; parent = parentOf(parent))
      if (!hints.has(parent)) hints.set(parent, false)
    hints.set(path, true)
  }
  return hints
}

function isBelow(path: RelPath, top: RelPath): boolean {
  return path === top || path.startsWith(`${top}/`)
}
