import type { RelPath } from '../../../common/model.ts'
import { DISTINCT_NAMES, isFolding } from '../../../common/name-folding.ts'
import { isWithin } from '../../../common/paths.ts'
import type { FolderView } from '../../../common/protocol.ts'
import type { PlannedAction, Store } from '../../../main/state/store.ts'
import type { Edit } from '../../fakes/model-source.ts'
import { SimulatedSource, type SourceVariant } from '../../fakes/simulated-source.ts'
import { SimulatedTarget, UNLIKE_ANY, type TargetVariant } from '../../fakes/simulated-target.ts'
import { EngineOracle } from './engine-oracle.ts'
import { observedStore } from './observed-store.ts'
import type { Meddling } from './steps.ts'
import { ToldRenames } from './told-renames.ts'
import { FOLDER_ID, hintsOf, SimulatedWorld, type WorldOptions, type WorldVariant } from './world.ts'

/** The halves of a rename are told at most so far apart: less than what is missing waits. */
const MOST_APART_MS = 4_500

/** A fault built into the engine on purpose, to see that the simulation notices it. */
export interface EngineVariant extends WorldVariant {
  readonly source?: SourceVariant
  readonly target?: TargetVariant
  readonly store?: (store: Store, world: EngineWorld) => Store
}

/** How a world begins in which only the target follows. */
export interface EngineOptions extends WorldOptions {
  readonly variant?: EngineVariant
}

/** An installation in backup or mirror mode, with an oracle that judges what it does to the target. */
export class EngineWorld extends SimulatedWorld<EngineOptions> {
  readonly source: SimulatedSource
  readonly target: SimulatedTarget
  readonly oracle: EngineOracle
  /** When the last full pass that ended began to look, and the last one that looked at the target, too. */
  #lookedAtMs = Number.NEGATIVE_INFINITY
  #comparedAtMs = Number.NEGATIVE_INFINITY
  #scanAtMs = Number.NEGATIVE_INFINITY
  /** Full passes that ended well since this was last set to 0. */
  reconciles = 0
  readonly #renames = new ToldRenames()
  #anyScanAtMs = Number.NEGATIVE_INFINITY
  #isWholeScan = false
  /** Agreed paths, as last read; undefined after a change. */
  #knownPaths: ReadonlySet<RelPath> | undefined

  constructor(options: EngineOptions) {
    super(options)
    const { variant = {}, mode, keepsTrace = false, nameFolding = DISTINCT_NAMES, isFlat = false } = options
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
      isFlat,
      ...(variant.target === undefined ? {} : { variant: variant.target }),
    })
  }

  override async start(): Promise<void> {
    this.#renames.forget()
    this.baselineChanged()
    await super.start()
  }

  /** What is agreed on is read anew when it is next asked for. */
  baselineChanged(): void {
    this.#knownPaths = undefined
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
    this.oracle.edited([...new Set([...before, ...after])].filter((path) => paths.some((each) => isWithin(path, each))))
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
    const isKnown = (path: RelPath): boolean => store.baseline.get(FOLDER_ID, path) !== undefined
    const taken = this.#renames.takenForDeleted(planned, { untilMs: this.#anyScanAtMs, source: this.source, isKnown })
    if (taken !== undefined) this.oracle.tookForDeleted(taken.path, taken.moved)
  }

  /** What lies below the path cannot be read from now on: it may be where something went. */
  override lock(path: RelPath): void {
    super.lock(path)
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

  /** The folder is another one from now on, with the same in it. */
  swapRoot(): void {
    this.source.rootInode++
  }

  /** A person decides about what the guard holds. */
  override decide(approve: boolean): void {
    const held = this.process.store.queue.list({ folderId: FOLDER_ID, state: 'held', limit: 10_000 })
    const paths = held.map(({ action }) => action.path)
    if (approve) this.oracle.approved(paths)
    // Kept for good is forgotten here: what the source has there is found anew by the next look.
    else {
      const deleted = held.filter(({ action }) => action.kind === 'delete').map(({ action }) => action.path)
      this.oracle.edited(deleted)
    }
    super.decide(approve)
  }

  /** The disk of the source comes or goes: the folder is not what it was for any path in it. */
  override mount(as: SimulatedSource['mount']): void {
    super.mount(as)
    this.#renames.forget()
    this.oracle.touched(this.source.paths)
  }

  /** When it is done, the look that was asked for has begun since. */
  override askForSync(): void {
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

  /** Throws what the oracle saw; asks whether "protected" is true. */
  check(): void {
    if (this.time.steps % 16 === 0) this.checkStatus()
    if (this.oracle.violation !== undefined) throw this.oracle.violation
  }

  checkStatus(): void {
    if (!this.isRunning || this.process.clock.isDead || this.source.mount !== 'mounted') return
    if (this.folder().state !== 'protected') return
    const known = (this.#knownPaths ??= new Set(this.known().map(({ path }) => path)))
    const since = { editedMs: this.#lookedAtMs, meddledMs: this.#comparedAtMs }
    const refused = this.refused()
    this.oracle.saidProtected(since, this.target, (path) => (refused.has(path) ? 'refused' : known.has(path)))
    if (this.oracle.violation !== undefined) throw this.oracle.violation
  }

  protected trace(line: string): void {
    this.oracle.trace(line)
  }

  protected opened(store: Store): Store {
    const observed = observedStore(store, this)
    return this.options.variant?.store?.(observed, this) ?? observed
  }

  protected override looked(what: string): void {
    if (what === 'scan /') this.#scanAtMs = this.time.nowMs
    if (!what.startsWith('scan ') || what === 'scan on') return
    this.#anyScanAtMs = this.time.nowMs
    this.#isWholeScan = what === 'scan /'
  }

  protected async losePower(): Promise<void> {
    await this.target.powerCut()
    const before = new Map(
      [...this.source.files].map(([path, content]) => {
        const inode = this.source.entry(path)?.identity?.inode
        return [path, { content, inode }] as const
      }),
    )
    this.source.powerCut(this.draw)
    this.oracle.touched([...before.keys(), ...this.source.paths])
    this.oracle.powerCut(before)
  }

  protected override restarted(): void {
    this.oracle.restarted(this.known(), this.target)
  }
}
