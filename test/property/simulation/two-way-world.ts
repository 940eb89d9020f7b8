import type { BaselineEntry, FolderId, RelPath } from '../../../common/model.ts'
import { isWithin, parentOf, RESERVED_DIRECTORY, ROOT_PATH } from '../../../common/paths.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../../common/settings.ts'
import { RunningEngine } from '../../../main/engine/running-engine.ts'
import type { Host, Log, Random } from '../../../main/host.ts'
import { intercept } from '../../../main/providers/decorators/intercept.ts'
import { retrying } from '../../../main/providers/decorators/retrying.ts'
import type { Content, TargetProvider } from '../../../main/providers/provider.ts'
import type { Store } from '../../../main/state/store.ts'
import { createBlake3 } from '../../../workers/hash/blake3.ts'
import type { Pool, StableFile } from '../../../workers/tasks.ts'
import type { Edit } from '../../fakes/model-source.ts'
import { SimulatedSource } from '../../fakes/simulated-source.ts'
import type { SimulatedState } from '../../fakes/simulated-state.ts'
import { SimulatedTarget, type TargetClient } from '../../fakes/simulated-target.ts'
import { SimulatedWriter, type WriterVariant } from '../../fakes/simulated-writer.ts'
import { ProcessClock, settled, SteppedTime } from '../../fakes/stepped-time.ts'
import { Violation } from './cells.ts'
import { HintingWatcher } from './engine-world.ts'
import { replaceMethods } from './observed-store.ts'
import { TwoWayOracle, type Files } from './two-way-oracle.ts'

const ID = 'f1' as FolderId
const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const PLACES = { home: '/', config: '/', state: '/', cache: '/', logs: '/', run: '/' }
/** Events that one wait may take; more is a loop. */
const STUCK_STEPS = 60_000
const NEVER_MS = Number.POSITIVE_INFINITY

/** A fault built in on purpose, to see that the simulation notices it. */
export interface TwoWayVariant {
  readonly writer?: WriterVariant
  readonly target?: { readonly ignoresExpect?: true }
  readonly store?: (store: Store) => Store
  readonly provider?: (target: TargetProvider) => TargetProvider
  readonly source?: (source: TargetProvider) => TargetProvider
}

/** How a world begins. */
export interface TwoWayOptions {
  readonly random: Random
  readonly settings: Partial<Settings>
  readonly abilities: TargetClient['abilities']
  readonly state: SimulatedState
  readonly variant?: TwoWayVariant
  readonly keepsTrace?: boolean
}

interface Process {
  readonly clock: ProcessClock
  readonly engine: RunningEngine
  readonly store: Store
  readonly watcher: HintingWatcher
}

/** A two-way folder in one thread: the real engine and the real state between a simulated folder and a simulated target, both edited. */
export class TwoWayWorld {
  readonly time = new SteppedTime()
  readonly source = new SimulatedSource()
  readonly target: SimulatedTarget
  readonly writer: SimulatedWriter
  readonly oracle: TwoWayOracle
  readonly options: TwoWayOptions
  crashes = 0
  /** Actions queued, and full passes that listed the target, since these were last set to 0. */
  planned = 0
  compared = 0
  #boots = 1
  #process: Process | undefined

  constructor(options: TwoWayOptions) {
    this.options = options
    const { variant = {}, keepsTrace = false } = options
    this.oracle = new TwoWayOracle({
      nowMs: () => this.time.nowMs,
      source: this.source,
      target: () => this.target,
      base: (path) => this.#process?.store.baseline.get(ID, path),
      keepsTrace,
    })
    this.target = new SimulatedTarget({
      time: this.time,
      random: options.random,
      witness: this.oracle,
      ...(variant.target === undefined ? {} : { variant: variant.target }),
    })
    this.writer = new SimulatedWriter({
      source: this.source,
      witness: {
        trace: (line) => this.oracle.trace(line),
        movedHere: (from, to, content) => this.oracle.movedHere(from, to, content),
        displacedHere: (path, content, how) => this.oracle.displacedHere(path, content, how),
        // What the engine writes is an event like any other.
        writtenHere: (path) => this.#hint([path]),
      },
      draw: this.draw,
      ...(variant.writer === undefined ? {} : { variant: variant.writer }),
    })
  }

  get process(): Process {
    return this.#process!
  }

  draw = (count: number): number => Math.floor(this.options.random.next() * count)

  async start(): Promise<void> {
    const clock = new ProcessClock(this.time)
    const { random, state, variant = {} } = this.options
    const host: Host = { clock, random, paths: PLACES, notify: () => undefined, log: SILENT }
    const opened = this.#observed(await state.open({ clock, log: SILENT, bootId: `boot ${this.#boots}` }))
    const store = variant.store?.(opened) ?? opened
    const watcher = new HintingWatcher()
    const pause = (): Promise<void> => clock.sleep(this.draw(12))
    const settings = this.#settings()
    const provider = this.#provider(clock, host)
    const source = this.writer.connect(clock)
    const engine = new RunningEngine({
      host,
      store,
      pool: this.#pool(pause),
      version: 'simulated',
      settings: () => settings,
      openTarget: async () => provider,
      openSource: async () => variant.source?.(source) ?? source,
      openScanner: () =>
        this.source.scanner((what) => {
          this.oracle.trace(what)
          return pause()
        }),
      openWatcher: () => watcher,
    })
    store.queue.recover()
    this.#process = { clock, engine, store, watcher }
    await this.#drive(engine.applySettings())
  }

  /** A person edits the folder. */
  edit(edit: Edit): void {
    const before = this.source.files
    const all = this.source.paths
    this.source.apply(edit)
    this.oracle.trace(`edit ${JSON.stringify(edit)}`)
    this.oracle.edited('source', before, this.source.files)
    const paths = edit.kind === 'rename' ? [edit.path, edit.to] : [edit.path]
    const touched = [...new Set([...all, ...this.source.paths])].filter((path) =>
      paths.some((each) => isWithin(path, each)),
    )
    // A watcher forgets now and then.
    if (this.draw(10) > 0) this.#hint([...paths, ...touched], this.draw(10) === 0)
  }

  /** A person, or another computer, edits the target. */
  async editThere(edit: Edit): Promise<void> {
    const before = this.#there()
    // Most of what is written is newer than everything before; some comes out of a backup.
    const mtime = this.draw(10) === 0 ? 1 : this.source.tick()
    if (!(await this.target.edit(edit, BigInt(mtime)))) return
    this.oracle.trace(`edit there ${JSON.stringify(edit)}`)
    this.oracle.edited('target', before, this.#there())
  }

  /** The process ends in the middle of whatever it does, and starts again. */
  async crash(how: 'kill' | 'power-cut' | 'lose-state' | 'restore-state'): Promise<void> {
    this.crashes++
    this.oracle.trace(how)
    this.process.clock.kill()
    const { state } = this.options
    if (how === 'kill') state.kill()
    else if (how === 'lose-state') state.lose()
    else if (how === 'restore-state') state.restoreCopy()
    else {
      this.#boots++
      state.powerCut(this.draw)
      const before = this.source.files
      this.source.powerCut(this.draw)
      this.oracle.edited('source', before, this.source.files)
    }
    await this.start()
    this.check()
  }

  async restart(now: boolean): Promise<void> {
    const { engine, clock } = this.process
    await this.#drive(engine.stop({ now }))
    clock.kill()
    this.options.state.kill()
    await this.start()
  }

  decide(approve: boolean): void {
    void this.process.engine.decide(ID, approve ? 'approve' : 'keep')
  }

  refused(): ReadonlySet<RelPath> {
    const jobs = this.process.store.queue.list({ folderId: ID, state: 'refused', limit: 10_000 })
    return new Set(jobs.map(({ action }) => action.path))
  }

  mount(as: SimulatedSource['mount']): void {
    this.oracle.trace(`mount ${as}`)
    this.source.mount = as
  }

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

  syncNow(): Promise<void> {
    return this.#drive(this.process.engine.syncNow())
  }

  known(): ReadonlyMap<RelPath, BaselineEntry> {
    const rows = this.process.store.baseline.page(ID, ROOT_PATH, undefined, 10_000)
    return new Map(rows.map((entry) => [entry.path, entry]))
  }

  check(): void {
    if (this.oracle.violation !== undefined) throw this.oracle.violation
  }

  close(): void {
    this.#process?.clock.kill()
    this.options.state.close()
  }

  #there(): Files {
    const files = [...this.target.files].filter(([path]) => !isWithin(path, RESERVED_DIRECTORY as RelPath))
    return new Map(files.map(([path, { content }]) => [path, content]))
  }

  #hint(paths: readonly RelPath[], overflow = false): void {
    const hints = new Map<RelPath, boolean>()
    for (const path of paths) {
      for (let parent = parentOf(path); parent !== ROOT_PATH; parent = parentOf(parent))
        if (!hints.has(parent)) hints.set(parent, false)
      hints.set(path, true)
    }
    const { watcher } = this.process
    this.time.after(200 + this.draw(2_000), () => watcher.hint(hints, overflow))
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
      if (!(await this.time.step(NEVER_MS))) throw new Violation('I19', 'nothing is left that it could wait for')
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
      mode: 'two-way',
      paused: false,
      ignore: [],
    } as const
    return { ...DEFAULT_SETTINGS, ignore: [], ...this.options.settings, folders: [folder] }
  }

  #observed(store: Store): Store {
    const { guardFiles = 0, guardPercent = 0 } = this.options.settings
    return replaceMethods(store, {
      baseline: replaceMethods(store.baseline, {
        put: (folderId, entry) => {
          const there = store.baseline.get(folderId, entry.path)
          const isNews = there?.contentHash !== entry.contentHash || there?.remote.etag !== entry.remote.etag
          if (isNews || entry.kind === 'directory') this.oracle.recorded(entry)
          store.baseline.put(folderId, entry)
        },
      }),
      queue: replaceMethods(store.queue, {
        enqueue: (folderId, planned) => {
          this.planned += planned.length
          const { files } = store.baseline.totals(folderId)
          this.oracle.enqueued(planned, Math.max(guardFiles, Math.floor((files * guardPercent) / 100)))
          store.queue.enqueue(folderId, planned)
        },
      }),
      folders: replaceMethods(store.folders, {
        set: (folderId, change) => {
          if (change.compared === true) this.compared++
          store.folders.set(folderId, change)
        },
      }),
    })
  }

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
