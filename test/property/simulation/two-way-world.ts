import type { Conflict, ResolutionKind } from '../../../common/conflict.ts'
import type { BaselineEntry, RelPath } from '../../../common/model.ts'
import { DISTINCT_NAMES } from '../../../common/name-folding.ts'
import { isWithin, RESERVED_DIRECTORY } from '../../../common/paths.ts'
import { choicesOf } from '../../../main/conflicts/choices.ts'
import { decide } from '../../../main/conflicts/decide.ts'
import type { ConflictSides } from '../../../main/conflicts/sides.ts'
import { undoDecisions } from '../../../main/conflicts/undo.ts'
import type { TargetProvider } from '../../../main/providers/provider.ts'
import type { Store } from '../../../main/state/store.ts'
import type { Edit } from '../../fakes/model-source.ts'
import { SimulatedSource } from '../../fakes/simulated-source.ts'
import { SimulatedTarget } from '../../fakes/simulated-target.ts'
import { SimulatedWriter, type WriterVariant } from '../../fakes/simulated-writer.ts'
import type { ProcessClock } from '../../fakes/stepped-time.ts'
import { replaceMethods } from './observed-store.ts'
import { TwoWayOracle, type Files } from './two-way-oracle.ts'
import { FOLDER_ID, hintsOf, SimulatedWorld, type WorldOptions, type WorldVariant } from './world.ts'

/** A fault built in on purpose, to see that the simulation notices it. */
export interface TwoWayVariant extends WorldVariant {
  readonly writer?: WriterVariant
  readonly target?: { readonly ignoresExpect?: true }
  readonly store?: (store: Store) => Store
  readonly source?: (source: TargetProvider) => TargetProvider
}

/** How a world begins in which both sides follow each other. */
export interface TwoWayOptions extends WorldOptions {
  readonly variant?: TwoWayVariant
  /** A request or an answer takes at most so long; see `SimulatedTarget`. */
  readonly latencyMs?: number
}

/** What a person says about conflicts. */
export type Word = Exclude<ResolutionKind, 'merge'> | 'undo'

/** An installation in two-way mode: the real engine and the real state between a simulated folder and a simulated target, both edited. */
export class TwoWayWorld extends SimulatedWorld<TwoWayOptions> {
  readonly source = new SimulatedSource()
  readonly target: SimulatedTarget
  readonly writer: SimulatedWriter
  readonly oracle: TwoWayOracle
  /** Full passes that listed the target since this was last set to 0. */
  compared = 0
  #writable: TargetProvider | undefined

  constructor(options: TwoWayOptions) {
    super(options)
    const { variant = {}, keepsTrace = false, nameFolding = DISTINCT_NAMES, isFlat = false, latencyMs } = options
    this.oracle = new TwoWayOracle({
      nowMs: () => this.time.nowMs,
      source: this.source,
      target: () => this.target,
      agreed: (path) => this.#agreed(path),
      folding: nameFolding,
      keepsTrace,
    })
    this.target = new SimulatedTarget({
      time: this.time,
      random: options.random,
      witness: this.oracle,
      nameFolding,
      isFlat,
      ...(latencyMs === undefined ? {} : { latencyMs }),
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
    const before = this.there()
    // Most of what is written is newer than everything before; some comes out of a backup.
    const mtime = this.draw(10) === 0 ? 1 : this.source.tick()
    if (!(await this.target.edit(edit, BigInt(mtime)))) return
    this.oracle.trace(`edit there ${JSON.stringify(edit)}`)
    this.oracle.edited('target', before, this.there())
  }

  /** A person says something about one of the conflicts; false where there is none that it could be said about. */
  answer(word: Word): boolean {
    const { store, engine, clock } = this.process
    const state = word === 'undo' ? 'resolved' : 'open'
    const known = store.conflicts.list({ folderId: FOLDER_ID, state, limit: 100 })
    const sides: ConflictSides = {
      folder: this.folderSettings,
      source: this.#writable!,
      target: this.process.target,
      store,
      clock,
      hostName: 'here',
      signal: new AbortController().signal,
    }
    const possible = known.filter((each) => word === 'undo' || choicesOf(each, sides).includes(word))
    const conflict = possible[this.draw(Math.max(1, possible.length))]
    if (conflict === undefined) return false
    this.oracle.trace(`answer ${word} ${conflict.path}`)
    this.oracle.answered(conflict, word)
    const said: readonly Conflict[] = [conflict]
    const done = word === 'undo' ? undoDecisions(sides, said) : decide(sides, said, { kind: word })
    done.then(
      // A process that has ended begins nothing any more.
      () => (this.isRunning && this.process.engine === engine ? engine.applySettings() : undefined),
      (error: Error) => this.oracle.trace(`not answered: ${error.message}`),
    )
    return true
  }

  there(): Files {
    const files = [...this.target.files].filter(([path]) => !isWithin(path, RESERVED_DIRECTORY as RelPath))
    return new Map(files.map(([path, { content }]) => [path, content]))
  }

  check(): void {
    if (this.oracle.violation !== undefined) throw this.oracle.violation
  }

  protected trace(line: string): void {
    this.oracle.trace(line)
  }

  protected opened(store: Store): Store {
    const observed = this.#observed(store)
    return this.options.variant?.store?.(observed) ?? observed
  }

  protected override sourceOf(clock: ProcessClock): TargetProvider {
    const connected = this.writer.connect(clock)
    this.#writable = this.options.variant?.source?.(connected) ?? connected
    return this.#writable
  }

  protected async losePower(): Promise<void> {
    const before = this.source.files
    this.source.powerCut(this.draw)
    this.oracle.edited('source', before, this.source.files)
  }

  #hint(paths: readonly RelPath[], overflow = false): void {
    const { watcher } = this.process
    const hints = hintsOf(paths)
    this.time.after(200 + this.draw(2_000), () => watcher.hint(hints, overflow))
  }

  #agreed(path: RelPath): readonly BaselineEntry[] {
    if (!this.isRunning) return []
    const { baseline } = this.process.store
    return [path, ...baseline.twins(FOLDER_ID, path)].flatMap((each) => baseline.get(FOLDER_ID, each) ?? [])
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
}
